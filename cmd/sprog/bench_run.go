package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/plural"
)

// benchRun is a benchmark that runs.
type benchRun struct {
	*benchmark
	set     *settings
	print   *printer
	outage  outage
	soft    context.Context // ends with a signal
	sending context.Context // ends with soft, or when the duration is over
	loaders []*loader

	connecting sync.WaitGroup // clients that are not connected yet
	started    chan struct{}  // closed when all are connected, or cannot be
	began      time.Time      // set before started is closed

	mu      sync.Mutex
	stopped time.Time      // when the signal came; zero before
	reasons map[string]int // why messages were not acknowledged, and how many
}

// do runs the benchmark, and prints its result.
func (b *benchmark) do(cmd *cobra.Command, s *settings) error {
	if err := b.permitted(s); err != nil {
		return err
	}
	soft, hard, release := withSignals(cmd, s.timeout)
	defer release()
	sending, stop := context.WithCancel(soft)
	defer stop()
	r := &benchRun{
		benchmark: b, set: s, print: newPrinter(cmd, s, soft), soft: soft, sending: sending,
		started: make(chan struct{}), reasons: map[string]int{},
	}
	r.outage.set, r.outage.warn = s, r.print.warn
	defer r.close()
	for i := range b.clients {
		if err := r.add(i); err != nil {
			return err
		}
	}
	defer context.AfterFunc(soft, r.noteStop)()
	r.run(hard, stop)
	return r.finish()
}

// add adds the client of a number. Client i begins with host i, and goes on to the next ones if that is lost.
func (r *benchRun) add(i int) error {
	set, first := *r.set, i%len(r.set.targets)
	set.targets = slices.Concat(set.targets[first:], set.targets[:first])
	// SendAll frees the places of a batch of results when all of them are reported.
	set.window = 2 * r.inFlight
	c, err := set.client(r.soft, r.outage.started)
	if err != nil {
		return err
	}
	r.loaders = append(r.loaders, newLoader(r, i, c))
	return nil
}

func (r *benchRun) close() {
	for _, l := range r.loaders {
		l.client.Close()
	}
}

// run connects the clients, sends with all of them, and returns when they have their answers, or hard has ended. It
// calls stop when the duration is over.
func (r *benchRun) run(hard context.Context, stop func()) {
	var all sync.WaitGroup
	r.connecting.Add(len(r.loaders))
	for _, l := range r.loaders {
		all.Go(func() { l.run(hard) })
	}
	r.connecting.Wait()
	r.began = time.Now()
	if r.duration > 0 {
		defer time.AfterFunc(time.Duration(r.duration), stop).Stop()
	}
	close(r.started)
	r.print.status.Start(r.print.errOut, r.progress)
	all.Wait()
	r.print.status.Stop()
}

// noteStop notes when the signal came: what was due later was not missed.
func (r *benchRun) noteStop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = time.Now()
}

// maxReasons is how many reasons are told apart.
const maxReasons = 16

// problem counts a reason why something was not acknowledged.
func (r *benchRun) problem(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.reasons[why]; !known && len(r.reasons) >= maxReasons {
		why = "other reasons"
	}
	r.reasons[why]++
}

// progress returns the text of the status line.
func (r *benchRun) progress() string {
	var count int64
	for _, l := range r.loaders {
		count += l.answered.Load()
	}
	text := answered(count, time.Since(r.began))
	if r.duration > 0 {
		text += " of " + time.Duration(r.duration).String()
	}
	return text
}

// finish prints the reasons of what failed, and the result.
func (r *benchRun) finish() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, why := range slices.SortedFunc(maps.Keys(r.reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(r.reasons[b], r.reasons[a]), cmp.Compare(a, b))
	}) {
		r.print.warn("%s: %s", plural.Of(r.reasons[why], "time"), why)
	}
	result := r.result()
	if r.set.json {
		r.print.line(marshal(result))
	} else {
		r.print.line(result.text())
	}
	if r.print.err != nil {
		return r.print.err
	}
	return result.exit()
}
