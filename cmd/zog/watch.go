package main

import (
	"fmt"
	"io"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/inspect"
)

const (
	watchAfter = 500 * time.Millisecond // what is shorter needs no word
	watchEvery = 200 * time.Millisecond
)

// watch shows what text returns, again and again, in one line of a terminal. On
// anything else it shows nothing. The caller calls stop, which takes the line
// away.
func watch(w io.Writer, text func() string) (stop func()) {
	if !cli.IsTerminal(w) {
		return func() {}
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		paint(w, text, quit)
	}()
	return func() {
		close(quit)
		<-done
	}
}

// clearLine goes to the begin of the line and empties it.
const clearLine = "\r\x1b[K"

// paint writes the line until it is told to quit.
func paint(w io.Writer, text func() string, quit <-chan struct{}) {
	next := time.NewTimer(watchAfter)
	defer next.Stop()
	shown := false
	for {
		select {
		case <-next.C:
			shown = true
			fmt.Fprint(w, clearLine, text()) // a terminal that is gone is no reason to stop
			next.Reset(watchEvery)
		case <-quit:
			if shown {
				fmt.Fprint(w, clearLine)
			}
			return
		}
	}
}

// reading says how much of some directories has been read. Those that are
// compared are read twice, and where they differ again.
func reading(dirs []*inspect.Dir) func() string {
	all := int64(0)
	for _, d := range dirs {
		size, _ := d.Size() // what cannot be read is found when it is
		all += size
	}
	if len(dirs) > 1 {
		all *= 2
	}
	return func() string {
		read := int64(0)
		for _, d := range dirs {
			read += d.Progress()
		}
		if read > all {
			return "reading again where they differ, " + megabytes(read)
		}
		return fmt.Sprintf("read %s of %s", megabytes(read), megabytes(all))
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
