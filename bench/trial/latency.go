package trial

import (
	"context"
	"fmt"

	"github.com/HdrHistogram/hdrhistogram-go"

	"xlattice.org/zog/bench/sender"
	"xlattice.org/zog/bench/system"
)

// Times are how long messages took that were sent by the clock, in nanoseconds from
// when each was due.
type Times struct {
	Acked  *hdrhistogram.Histogram // until its sender had the acknowledgement
	Logged *hdrhistogram.Histogram // until the last of the hosts had the line in its log
}

// Latency does a work that has a rate. All else is as with [Run].
func Latency(ctx context.Context, s system.System, dir string, w system.Work) (times *Times, err error) {
	err = with(ctx, s, dir, w, func(ctx context.Context, t *trial) (err error) {
		times, err = t.latency(ctx)
		return err
	})
	return times, err
}

func (t *trial) latency(ctx context.Context) (*Times, error) {
	if _, _, err := t.send(ctx, WarmUp(t.work)); err != nil {
		return nil, fmt.Errorf("warming up: %w", err)
	}
	w, err := newWatcher(t.logs, t.work.Text, t.sent+1, t.work.Messages)
	if err != nil {
		return nil, err
	}
	defer w.close()
	o, err := t.during(ctx, sender.Order{Messages: t.work.Messages, Timed: true}, w.run)
	if err != nil {
		return nil, err
	}
	times := &Times{Logged: sender.NewHistogram()}
	if times.Acked, err = hdrhistogram.Decode(o.Times); err != nil {
		return nil, err
	}
	for i, seen := range w.last {
		if err := times.Logged.RecordValue(int64(seen.Sub(sender.Due(o.Began, t.work.Rate, i)))); err != nil {
			return nil, err
		}
	}
	return times, t.logs.check(t.work, t.sent)
}
