package main

import (
	"fmt"
	"sync/atomic"
	"time"
)

// progress is how many messages were answered, and since when.
type progress struct {
	count atomic.Int64
	begun time.Time
}

func (p *progress) text() string { return answered(p.count.Load(), time.Since(p.begun)) }

// answered returns the text of the status line.
func answered(n int64, after time.Duration) string {
	return fmt.Sprintf("%d answered, %.0f a second, %v", n, float64(n)/after.Seconds(), after.Round(time.Second))
}
