package main

import (
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/cli"
)

// progress shows on a terminal how many messages have their answer. The zero
// value shows nothing.
type progress struct {
	cli.Status
	count atomic.Int64
}

// startProgress begins to show on w, if that is a terminal. The caller stops it.
func startProgress(w io.Writer) *progress {
	p, begun := new(progress), time.Now()
	p.Status.Start(w, func() string { return answered(p.count.Load(), time.Since(begun)) })
	return p
}

// answered says how far a pipeline is.
func answered(n int64, after time.Duration) string {
	return fmt.Sprintf("%d answered, %.0f a second, %v", n, float64(n)/after.Seconds(), after.Round(time.Second))
}

// add counts one message.
func (p *progress) add() { p.count.Add(1) }
