// Package trial runs one system once: it starts a cluster and clients, lets them
// warm up, measures, looks at every line of every log, and leaves nothing behind.
//
// Measured is from the first message handed to a client until the logs of all hosts
// have all lines and the clients have all acknowledgements, whichever is later.
// Nothing is read meanwhile but the sizes of the logs. A line that is missing,
// doubled, out of order or changed is an error, and there is no result.
package trial

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"xlattice.org/zog/bench/clock"
	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/sender"
	"xlattice.org/zog/bench/system"
)

// Result is what was measured.
type Result struct {
	Rate   float64       // messages a second
	Acked  float64       // messages a second, if only the acknowledgements counted
	Took   time.Duration // from the first message to the last line and acknowledgement
	CPU    float64       // seconds of processor time a million messages, of clients and hosts
	Client float64       // of that, the clients'
	Peak   []int64       // the most memory that a host's processes had, in bytes, by host
	NoLogs bool          // the system writes none: only acknowledgements are timed

	// Windowed tells that the system has windows, and OutOfWindow how often its hosts said
	// that one was out of another's, warming up included.
	Windowed    bool
	OutOfWindow int
}

// WarmUp is how many messages go before those that are counted.
func WarmUp(w system.Work) int { return max(1, min(w.Messages/10, 100_000)) }

// Run does a work with a system, in a directory of its own below dir. Nothing that
// it has started goes on when it returns, and the directory is gone.
func Run(ctx context.Context, s system.System, dir string, w system.Work) (r *Result, err error) {
	err = with(ctx, s, dir, w, func(ctx context.Context, t *trial) (err error) {
		r, err = t.run(ctx)
		return err
	})
	return r, err
}

// with starts hosts and clients, calls do, and removes all.
func with(ctx context.Context, s system.System, dir string, w system.Work, do func(context.Context, *trial) error) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, w.Limit, fmt.Errorf("the time is up (%v)", w.Limit))
	defer cancel()
	own, err := os.MkdirTemp(dir, s.Name()+"-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(own)) }()
	cluster, err := s.Start(ctx, own, w)
	switch {
	case errors.Is(err, peer.ErrUnable):
		return err
	case err != nil:
		return fmt.Errorf("it does not start: %w", err)
	}
	defer func() { err = errors.Join(err, cluster.Stop()) }()
	t := &trial{work: w, cluster: cluster, logs: newLogs(cluster, w.Hosts)}
	if c, ok := cluster.(system.Windowed); ok {
		t.windowed, t.before = c, c.OutOfWindow()
	}
	for _, pids := range cluster.Processes() {
		t.pids = append(t.pids, pids...)
	}
	t.clients, err = sender.Start(ctx, own, spec(s, cluster, w))
	if err != nil {
		return err
	}
	t.pids = append(t.pids, t.clients.Pid())
	return errors.Join(do(ctx, t), t.clients.Close())
}

func spec(s system.System, c system.Cluster, w system.Work) sender.Spec {
	spec := sender.Spec{System: s.Name(), Work: w}
	for i := range w.Clients {
		spec.Addresses = append(spec.Addresses, c.Address(i))
	}
	return spec
}

// trial is a run under way.
type trial struct {
	work    system.Work
	cluster system.Cluster
	logs    *logs
	clients *sender.Process
	pids    []int // of hosts and clients
	sent    int

	windowed system.Windowed // the cluster, if it is one
	before   int             // what it said of its windows while it was started
}

func (t *trial) run(ctx context.Context) (*Result, error) {
	if _, _, err := t.send(ctx, WarmUp(t.work)); err != nil {
		return nil, fmt.Errorf("warming up: %w", err)
	}
	before, err := t.processorTimes()
	if err != nil {
		return nil, err
	}
	o, done, err := t.send(ctx, t.work.Messages)
	if err != nil {
		return nil, err
	}
	after, err := t.processorTimes()
	if err != nil {
		return nil, err
	}
	n := float64(t.work.Messages)
	r := &Result{Took: done.Sub(o.Began), NoLogs: t.logs.none()}
	r.Rate = n / r.Took.Seconds()
	r.Acked = n / o.Acked.Sub(o.Began).Seconds()
	r.CPU = (after.all - before.all).Seconds() / n * 1e6
	r.Client = (after.clients - before.clients).Seconds() / n * 1e6
	for _, pids := range t.cluster.Processes() {
		peak, err := memoryOf(pids, peakMemory)
		if err != nil {
			return nil, err
		}
		r.Peak = append(r.Peak, peak)
	}
	if t.windowed != nil {
		r.Windowed, r.OutOfWindow = true, t.windowed.OutOfWindow()-t.before
	}
	if r.NoLogs {
		return r, nil
	}
	return r, t.logs.check(t.work, t.sent)
}

// send has the clients send so many messages, and returns when all have arrived: what
// the clients say, and when the last line or acknowledgement was there.
func (t *trial) send(ctx context.Context, messages int) (o *sender.Outcome, done clock.Time, err error) {
	o, err = t.during(ctx, sender.Order{Messages: messages}, func(ctx context.Context) (err error) {
		if !t.logs.none() {
			done, err = t.logs.await(ctx, t.sent)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return o, max(done, o.Acked), nil
}

// during gives the clients an order, and calls watch while they carry it out. It
// returns when both are done, or one has failed.
func (t *trial) during(ctx context.Context, order sender.Order, watch func(context.Context) error) (*sender.Outcome, error) {
	t.sent += order.Messages
	if err := t.clients.Give(order); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	outcome := make(chan *sender.Outcome, 1)
	go func() {
		o, err := t.clients.Outcome()
		if err != nil {
			cancel(err) // the rest will not come
			return
		}
		outcome <- o
	}()
	if err := watch(ctx); err != nil {
		return nil, err
	}
	select {
	case o := <-outcome:
		return o, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
