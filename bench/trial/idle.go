package trial

import (
	"context"
	"fmt"
	"time"

	"xlattice.org/zog/bench/system"
)

// Idle is what hosts cost that have nothing to do, and what that means for the message
// that ends it.
type Idle struct {
	CPU    []float64     // of one processor, as a part, by host
	Memory []int64       // bytes, by host
	First  time.Duration // from handing over to acknowledged, of the first message
	Next   []time.Duration
}

// nexts is how many messages follow the first one, one after the other.
const nexts = 20

// Rest has a cluster do nothing for a while, after a few messages, and then sends some
// one after the other. All else is as with [Run].
func Rest(ctx context.Context, s system.System, dir string, w system.Work, while time.Duration) (i *Idle, err error) {
	w.Messages = nexts
	err = with(ctx, s, dir, w, func(ctx context.Context, t *trial) (err error) {
		i, err = t.rest(ctx, while)
		return err
	})
	return i, err
}

func (t *trial) rest(ctx context.Context, while time.Duration) (*Idle, error) {
	for range nexts {
		if _, _, err := t.send(ctx, 1); err != nil {
			return nil, fmt.Errorf("warming up: %w", err)
		}
	}
	i := &Idle{}
	if err := t.idle(ctx, while, i); err != nil {
		return nil, err
	}
	for n := range 1 + nexts {
		o, _, err := t.send(ctx, 1)
		if err != nil {
			return nil, err
		}
		if took := o.Acked.Sub(o.Began); n == 0 {
			i.First = took
		} else {
			i.Next = append(i.Next, took)
		}
	}
	return i, t.logs.check(t.work, t.sent)
}

// idle does nothing for a while, and adds what each host has cost meanwhile.
func (t *trial) idle(ctx context.Context, while time.Duration, i *Idle) error {
	hosts := t.cluster.Processes()
	before := make([]time.Duration, len(hosts))
	for host, pids := range hosts {
		var err error
		if before[host], err = processorTime(pids); err != nil {
			return err
		}
	}
	select {
	case <-time.After(while):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	for host, pids := range hosts {
		took, err := processorTime(pids)
		if err != nil {
			return err
		}
		has, err := memoryOf(pids, memory)
		if err != nil {
			return err
		}
		i.CPU = append(i.CPU, (took-before[host]).Seconds()/while.Seconds())
		i.Memory = append(i.Memory, has)
	}
	return nil
}
