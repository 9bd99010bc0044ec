package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// untilTwoSignals returns two contexts: soft ends with the first SIGINT, SIGTERM or SIGHUP, and hard with a second one,
// at least cli.SecondAfter later. The caller calls release.
func untilTwoSignals(cmd *cobra.Command) (soft, hard context.Context, release func()) {
	soft, stop := context.WithCancel(cmd.Context())
	hard, kill := context.WithCancel(cmd.Context())
	cli.EndWith(cmd, soft.Done())
	signals, quit, done := make(chan os.Signal, 1), make(chan struct{}), make(chan struct{})
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		defer close(done)
		defer stop()
		defer kill()
		var first time.Time
		for {
			select {
			case <-quit:
				return
			case <-signals:
			}
			if stop(); first.IsZero() {
				first = time.Now()
			} else if time.Since(first) >= cli.SecondAfter {
				return
			}
		}
	}()
	return soft, hard, func() {
		signal.Stop(signals)
		close(quit)
		<-done
	}
}

// passSIGPIPE lets the programs that this process starts be ended by SIGPIPE, as programs expect: they would inherit
// that it is ignored, but do not inherit that it is handled.
func passSIGPIPE() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }
