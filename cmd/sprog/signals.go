package main

import (
	"context"
	"os/signal"
	"syscall"
	"time"
)

// interruptible returns two contexts: soft ends with the first SIGINT or
// SIGTERM, which says to begin nothing more, and hard by the grace after it,
// which says to wait for no answer any more. A second signal ends the process
// at once. The caller calls release when it needs neither.
func interruptible(parent context.Context, grace time.Duration) (soft, hard context.Context, release func()) {
	soft, ignore := signal.NotifyContext(parent, syscall.SIGINT, syscall.SIGTERM)
	hard, cancel := context.WithCancel(parent)
	stop := context.AfterFunc(soft, func() {
		ignore()
		time.AfterFunc(grace, cancel)
	})
	return soft, hard, func() {
		stop()
		ignore()
		cancel()
	}
}
