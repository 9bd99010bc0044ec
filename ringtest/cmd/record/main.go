// Command record is what `make demo-svg` runs. It types the session in session.go into a real
// bash on a pseudo-terminal, records the output with its times, and draws it as docs/demo.svg,
// an animated terminal for the README:
//
//	session -> shell -> []event -> shorten, draw -> *picture -> render -> SVG
//
// Everything after the shell is pure. If a command ends with an unexpected exit code, or its
// output cannot be drawn, record ends with an error and does not change the file. In every case
// it ends all processes that it started. It needs Linux, bash, and the ports of the built-in ring.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

const (
	output  = "docs/demo.svg"
	longest = 2 * time.Minute // a recording that takes longer fails
	idle    = 3 * time.Second // longer pauses are shortened to this
)

// shape is the window of docs/demo.svg.
var shape = window{
	columns: 96, rows: 25, hold: 5 * time.Second,
	title: "A terminal: five hosts, one log",
	description: "A recorded session. Five zog daemons start. A message sent to one of them is in the logs of all five. " +
		"One is killed, the others take 10,000 more messages, it starts again, and zog verify finds all five logs identical.",
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	ctx, cancel := context.WithTimeout(ctx, longest)
	err := record(ctx)
	cancel()
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// record plays the session and writes the drawing.
func record(ctx context.Context) error {
	programs, err := filepath.Abs("bin")
	if err != nil {
		return err
	}
	for _, name := range []string{"zog", "sprog"} {
		if _, err := os.Stat(filepath.Join(programs, name)); err != nil {
			return fmt.Errorf("%w: make demo-svg builds it first", err)
		}
	}
	if err := daemons.Listenable(config.Loopback(5)); err != nil {
		return err
	}
	events, err := play(ctx, programs, session)
	if err != nil {
		return err
	}
	p, err := draw(shorten(events, idle), shape.columns)
	if err != nil {
		return err
	}
	svg, err := render(p, shape)
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes, %d lines, %.0f s\n", output, len(svg), len(p.rows), shape.lasts(p).Seconds())
	return os.WriteFile(output, []byte(svg), 0o644)
}

// play types a session in an empty directory, and returns the terminal output.
func play(ctx context.Context, programs string, session []step) (events []event, err error) {
	dir, err := os.MkdirTemp("", "zog-record-")
	if err != nil {
		return nil, err
	}
	s, err := open(programs, dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer func() { err = errors.Join(err, s.close(), os.RemoveAll(dir)) }()
	for _, step := range session {
		if err := s.do(ctx, step); err != nil {
			return nil, fmt.Errorf("%s: %w", step.command, err)
		}
	}
	return s.events, nil
}
