package client

import (
	"context"
	"iter"
	"runtime"
	"time"

	"xlattice.org/zog/internal/frame"
)

// SendAll sends each text of a sequence over one connection, without waiting for answers in
// between, and calls report once for each, in order. It returns when all results have been
// reported. Config.Window limits how many texts are in memory.
//
// The sequence runs in a goroutine of its own. report is called from another goroutine,
// never concurrently. It may use the client, and may block: then the sending stops when the
// window is full. report may be nil. If the sequence panics, SendAll panics with the same
// value.
//
// When the connection is lost, the unanswered texts go to the next host as Config.Order
// says, in their order and before new ones. When a host refuses texts because of its own
// condition, these go to the next host once everything else on the connection is answered.
// If no host accepts anything for Config.Timeout, the texts that were sent and that were drawn
// so long ago are reported with ErrUnacknowledged or a RefusedError, and SendAll goes on with
// the rest.
//
// The error is nil if the sequence ended and all its texts were sent, whatever the answers.
// Otherwise it says why the rest was not sent: it matches ErrNoHost if no host was reached
// for Config.Timeout, ErrClosed, or the error of ctx. Texts that were drawn and not sent are
// reported with the same error, and answers are no longer waited for.
//
// After ErrNoHost, SendAll returns when the sequence ends or yields its next text, which is
// not taken. After Close and at the end of ctx it does not wait for a sequence that blocks:
// that is left in its goroutine, and stops at its next yield like a range loop with a break.
// Nothing else outlives the call.
func (c *Client) SendAll(ctx context.Context, texts iter.Seq[string], report func(Result)) (Summary, error) {
	if report == nil {
		report = func(Result) {}
	}
	began := time.Now()
	ctx, cancel := c.bindContext(ctx)
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	p := newPipeline(&c.cfg)
	stop := context.AfterFunc(ctx, p.wakeAll)
	defer stop()
	r := &reporter{pipeline: p, report: report}
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		r.run()
	}()
	stopClock := p.startClock(&c.cfg)
	defer stopClock()
	f := &feeder{pipeline: p, clock: p.clock, abort: abort, data: frame.Data{TimeoutMS: copiesTimeout(c.cfg.Timeout), MinCopies: askedCopies(c.cfg.MinCopies)}, done: make(chan struct{})}
	go f.run(ctx, texts)
	fo := &failover{client: c, pipeline: p}
	err := fo.run(ctx)
	abandoned := p.close(ctx, err)
	<-reported
	if !abandoned {
		f.wait()
	}
	r.summary.Hosts = fo.hosts
	r.summary.Elapsed = time.Since(began)
	return r.summary, err
}

// feeder draws texts from the sequence, and sends them on the lease that failover provides.
type feeder struct {
	pipeline *pipeline
	abort    context.CancelCauseFunc
	clock    *clock
	lease    *lease // nil at first
	drawn    int
	limit    int // how far drawn may grow
	slot     int // the ring index of the next text
	body     []byte
	data     frame.Data // scratch

	done    chan struct{} // closed when the sequence has ended
	ended   bool          // normally; otherwise it panicked with failure, or called Goexit
	failure any
}

// run feeds the pipeline until the sequence ends or the sending stops.
func (f *feeder) run(ctx context.Context, texts iter.Seq[string]) {
	defer f.close()
	whole := true
	for text := range texts {
		if f.draw(ctx, text) != nil {
			f.pipeline.stop(f.drawn)
			whole = false
			break
		}
	}
	f.ended = true
	if whole {
		f.pipeline.finish(f.drawn)
	}
}

// close ends the sending if the sequence panicked or called Goexit. SendAll passes a panic
// on, unless it has returned.
func (f *feeder) close() {
	defer close(f.done)
	if f.ended {
		return
	}
	f.failure = recover()
	abandoned := f.pipeline.stop(f.drawn) // before abort wakes the others
	f.abort(errSequenceBroken)
	if abandoned && f.failure != nil {
		panic(f.failure)
	}
}

// wait waits until the sequence has ended, and ends in the same way.
func (f *feeder) wait() {
	<-f.done
	switch {
	case f.ended:
	case f.failure != nil:
		panic(f.failure)
	default:
		runtime.Goexit()
	}
}

// draw takes a text and sends it, or rejects it. It waits while the ring is full.
func (f *feeder) draw(ctx context.Context, text string) error {
	p := f.pipeline
	f.clock.yielded.Store(int64(f.drawn) + 1)
	if f.drawn == f.limit {
		var err error
		if f.limit, err = p.reserve(ctx, f.limit); err != nil {
			return err
		}
	}
	index := f.drawn
	f.drawn++
	p.ring[f.slot] = item{text: text, drawnAt: f.clock.ticks.Load()}
	if f.slot++; f.slot == len(p.ring) {
		f.slot = 0
	}
	f.body = withCRLF(f.body[:0], text)
	if e := refused(f.body); e != nil {
		return p.reject(ctx, index, outcome{err: e})
	}
	f.data.Text = f.body
	p.setName(&f.data, index)
	return f.send(ctx)
}

// send sends what is in data, on another lease if this one ends.
func (f *feeder) send(ctx context.Context) error {
	for f.lease == nil || f.lease.send(ctx, &f.data) != nil {
		if ctx.Err() != nil {
			return contextCause(ctx)
		}
		var err error
		if f.lease, err = f.pipeline.awaitLease(ctx, f.lease); err != nil {
			return err
		}
	}
	return nil
}
