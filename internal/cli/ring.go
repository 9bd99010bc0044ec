package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/disk"
)

// EnvRing is the environment variable that names the ring file.
const EnvRing = "ZOG_CONFIG"

// places are where the ring file may be if nothing names it, best first.
var places = []string{"zog.yaml", "/etc/zog/zog.yaml"}

// ErrNoRing says that there is no ring file in any of the usual places.
var ErrNoRing = errors.New("no ring file: $" + EnvRing + " is not set, and there is no zog.yaml here or in /etc/zog")

// FindRing reads the ring file that is named, or else the one that $ZOG_CONFIG
// names, or else zog.yaml here or in /etc/zog. It returns where it was. An
// error is a Usage error; it wraps ErrNoRing if nothing is named or found.
func FindRing(named string) (file string, ring *config.Ring, err error) {
	file, data, err := readRing(named)
	if err == nil {
		ring, err = config.Parse(file, data)
	}
	if err != nil {
		return "", nil, Usage(err)
	}
	return file, ring, nil
}

func readRing(named string) (file string, data []byte, err error) {
	if named == "" {
		named = os.Getenv(EnvRing)
	}
	if named != "" {
		data, err = readRegular(named)
		return named, data, describe(err)
	}
	for _, place := range places {
		data, err = readRegular(place)
		if !errors.Is(err, fs.ErrNotExist) {
			return place, data, describe(err)
		}
	}
	return "", nil, ErrNoRing
}

// readRegular reads a regular file, or one that a link leads to, as far as a ring file can
// be long, and a byte more. A pipe is none, not even one that something writes to: the
// daemon reads its ring file again, and a pipe nobody writes to would be waited for.
func readRegular(name string) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if err := disk.NotRegular(name, info.Mode()); err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, config.MaxFile+1))
}

func describe(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ring file: %w", err)
}
