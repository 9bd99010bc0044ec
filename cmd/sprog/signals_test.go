package main

import (
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// A signal that comes several times at once, as `timeout -s INT` sends it to its child and
// to its process group, ends a command in order. If it counted again this process would be
// ended by it.
func TestSignalsThatComeTogetherAreOne(t *testing.T) {
	cmd := new(cobra.Command)
	cmd.SetContext(t.Context())
	soft, hard, release := withSignals(cmd, time.Minute)
	raise := func() {
		if err := syscall.Kill(syscall.Getpid(), syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
	}
	first := time.Now()
	raise()
	<-soft.Done()
	for time.Since(first) < cli.SecondAfter/5 { // on a machine that is slower it shows less
		raise()
	}
	if hard.Err() != nil {
		t.Error("nothing is waited for any more")
	}
	release()
}
