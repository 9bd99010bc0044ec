package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

// The programs, as make builds them.
var (
	zog   = filepath.Join("bin", "zog")
	sprog = filepath.Join("bin", "sprog")
)

// possible returns an error if a ring cannot run here.
func possible() error {
	for _, bin := range []string{zog, sprog} {
		if _, err := os.Stat(bin); err != nil {
			return fmt.Errorf("%w: make demo builds it first", err)
		}
	}
	return daemons.Listenable(config.Loopback(size))
}

// size is how many hosts there are.
const size = 5

// stage is the ring of the demo, and where it prints.
type stage struct {
	*daemons.Ring
	out   io.Writer
	began time.Time
}

func newStage(out io.Writer, dir string) (*stage, error) {
	ring, err := daemons.New(dir, zog, config.Loopback(size))
	return &stage{Ring: ring, out: out, began: time.Now()}, err
}

// say prints what happens, with the time since the start.
func (s *stage) say(format string, args ...any) {
	fmt.Fprintf(s.out, "%5.1f s  %s\n", time.Since(s.began).Seconds(), fmt.Sprintf(format, args...))
}

// show prints a further line below that of say.
func (s *stage) show(format string, args ...any) {
	fmt.Fprintf(s.out, "           %s\n", fmt.Sprintf(format, args...))
}

// watch waits. A host that ends meanwhile is an error.
func (s *stage) watch(ctx context.Context, d time.Duration) error {
	end := time.Now().Add(d)
	return s.Await(ctx, "", func() bool { return !time.Now().Before(end) })
}
