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

// EnvRing is the environment variable with the path of the ring file.
const EnvRing = "ZOG_CONFIG"

// ringFiles are the paths of the ring file if none is given, in order.
var ringFiles = []string{"zog.yaml", "/etc/zog/zog.yaml"}

// ErrNoRing means that there is no ring file at any of the usual paths.
var ErrNoRing = errors.New("no ring file: $" + EnvRing + " is not set, and there is no zog.yaml here or in /etc/zog")

// FindRing reads the ring file with the given path, or else that of $ZOG_CONFIG, or else
// zog.yaml in the current directory or in /etc/zog. It returns the path of the file. Errors
// are usage errors; the error matches ErrNoRing if no path is given and no file is found.
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
		return named, data, ringFileError(err)
	}
	for _, place := range ringFiles {
		data, err = readRegular(place)
		if !errors.Is(err, fs.ErrNotExist) {
			return place, data, ringFileError(err)
		}
	}
	return "", nil, ErrNoRing
}

// readRegular reads a regular file, or one that a link leads to, up to the limit of a ring
// file and one byte more. It refuses a pipe: the daemon reads the ring file again, and a
// pipe without a writer would block.
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

func ringFileError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ring file: %w", err)
}
