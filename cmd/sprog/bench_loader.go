package main

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"xlattice.org/zog/client"
)

// loader is one client of a benchmark. SendAll draws its texts in one goroutine, and reports results in another.
type loader struct {
	of        *benchRun
	number    int
	client    *client.Client
	connected func() // called once or more: the client is connected, or cannot be

	// The drawing goroutine sets due[k % len(due)], the time since the beginning from which on message k counts, before
	// it yields the message.
	due      []time.Duration
	sent     int           // messages that were drawn
	answered atomic.Int64  // messages that have a result
	room     chan struct{} // has an element if answered grew

	// Of the reporting goroutine.
	last    time.Duration // when the last result came, since the beginning
	latency *hdrhistogram.Histogram
	tally   tally
}

// The histogram has latencies from a microsecond to the greatest --timeout, to three digits.
func newHistogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(int64(time.Microsecond), int64(24*time.Hour), 3)
}

func newLoader(r *benchRun, number int, c *client.Client) *loader {
	return &loader{
		of: r, number: number, client: c, connected: sync.OnceFunc(r.connecting.Done),
		due: make([]time.Duration, 2*r.inFlight), room: make(chan struct{}, 1), latency: newHistogram(),
	}
}

// run sends all messages of the client, and returns when they have their answers, or hard has ended.
func (l *loader) run(hard context.Context) {
	defer l.connected()
	summary, err := l.client.SendAll(hard, l.texts, l.report)
	for _, address := range summary.Hosts {
		l.tally.addHost(l.of.set.name(address))
	}
	if err != nil && l.of.soft.Err() == nil {
		l.of.problem("a client stopped: " + l.of.outage.describe(err))
	}
}

var _ iter.Seq[string] = (*loader)(nil).texts

// texts yields one message to connect, and then, when all clients are connected, the others when they are due.
func (l *loader) texts(yield func(string) bool) {
	if !yield(l.of.greeting(l.number)) {
		return
	}
	select {
	case <-l.of.started:
	case <-l.of.sending.Done():
		return
	}
	if l.of.rate > 0 {
		defer exactSleep()()
	}
	for l.awaitDue() && l.awaitRoom() {
		k := l.sent
		l.sent++
		if !yield(l.of.text(l.number, k)) {
			return
		}
	}
}

// awaitDue waits until the next message is due, and notes that time. It returns false if there is none.
func (l *loader) awaitDue() bool {
	due, ok := l.of.load.Due(l.number, l.sent)
	if !ok || l.of.soft.Err() != nil {
		return false
	}
	if l.of.rate > 0 {
		l.due[l.sent%len(l.due)] = due
		return sleepUntil(l.of.sending, l.of.began.Add(due))
	}
	return true
}

// awaitRoom waits until fewer than --in-flight messages are unanswered. It returns false if the benchmark ends before.
func (l *loader) awaitRoom() bool {
	for l.sent-int(l.answered.Load()) >= l.of.inFlight {
		select {
		case <-l.room:
		case <-l.of.sending.Done():
			return false
		}
	}
	if l.of.rate == 0 {
		l.due[l.sent%len(l.due)] = time.Since(l.of.began)
		return l.of.sending.Err() == nil
	}
	return true
}

// report notes the result of a message. That of the greeting counts only if it failed.
func (l *loader) report(res client.Result) {
	status := status(res.Err)
	if status != statusOK {
		l.explain(status, res)
	}
	if res.Index == 0 {
		if status != statusOK && status != statusShort {
			l.tally.count(status, res.Resends)
		}
		l.connected()
		return
	}
	if res.Err == nil {
		l.of.outage.ended(res.Receipt)
	}
	l.tally.count(status, res.Resends)
	k := res.Index - 1
	l.last = time.Since(l.of.began)
	if status == statusOK || status == statusShort {
		// A latency is at most --timeout and the time for which the message waited to be sent.
		_ = l.latency.RecordValue(min(int64(l.last-l.due[k%len(l.due)]), l.latency.HighestTrackableValue()))
	}
	l.answered.Store(int64(k) + 1)
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// explain counts why a message was not acknowledged.
func (l *loader) explain(status string, res client.Result) {
	if status == statusUnsent && (errors.Is(res.Err, client.ErrNoHost) || l.of.soft.Err() != nil) {
		return // run tells it, or the user did it
	}
	l.of.problem(status + ": " + l.of.set.named(reason(res.Err, res.Host)))
}
