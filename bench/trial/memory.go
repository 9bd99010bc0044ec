package trial

import (
	"context"
	"fmt"
	"time"

	"xlattice.org/zog/bench/system"
)

// Memory is what each host's processes had, sampled while many messages went through:
// the most in bytes, by host, while the first half of them was sent and while the
// second was.
type Memory struct {
	First, Second []int64
	Rate          float64 // messages a second
}

// sampling is how often memory is looked at.
const sampling = time.Second

// pieces is how many orders the messages are sent in.
const pieces = 20

// Watch does a work in pieces, on one cluster, and samples the memory of its hosts.
// All else is as with [Run].
func Watch(ctx context.Context, s system.System, dir string, w system.Work) (m *Memory, err error) {
	err = with(ctx, s, dir, w, func(ctx context.Context, t *trial) (err error) {
		m, err = t.watch(ctx)
		return err
	})
	return m, err
}

func (t *trial) watch(ctx context.Context) (*Memory, error) {
	began := time.Now()
	m := &Memory{First: make([]int64, t.work.Hosts), Second: make([]int64, t.work.Hosts)}
	for piece := range pieces {
		most := m.First
		if piece >= pieces/2 {
			most = m.Second
		}
		if err := t.sampled(ctx, t.work.Messages/pieces, most); err != nil {
			return nil, err
		}
	}
	m.Rate = float64(t.sent) / time.Since(began).Seconds()
	return m, t.logs.check(t.work, t.sent)
}

// sampled sends so many messages, and raises most to what it sees meanwhile and in
// the end.
func (t *trial) sampled(ctx context.Context, messages int, most []int64) error {
	sent := make(chan error, 1)
	go func() {
		_, _, err := t.send(ctx, messages)
		sent <- err
	}()
	tick := time.NewTicker(sampling)
	defer tick.Stop()
	for {
		select {
		case err := <-sent:
			if err != nil {
				return err
			}
			return t.sample(most)
		case <-tick.C:
			if err := t.sample(most); err != nil {
				<-sent // it ends as well, as a host is gone
				return err
			}
		}
	}
}

func (t *trial) sample(most []int64) error {
	for host, pids := range t.cluster.Processes() {
		has, err := memoryOf(pids, memory)
		if err != nil {
			return fmt.Errorf("memory of host %d: %w", host, err)
		}
		most[host] = max(most[host], has)
	}
	return nil
}
