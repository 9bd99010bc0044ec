package client

import (
	"context"
	"iter"
	"runtime"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// SendAll sends each text of a sequence, over one connection and without
// waiting for the answers between, and calls report once for each, in their
// order. It returns when all have been reported. Config.Window bounds how many
// are in memory.
//
// The sequence is drawn from in a goroutine of its own. Reports come from another,
// one at a time; report may block, which in the end stops the sending, and may use
// the client. It may be nil. If the sequence panics, so does SendAll.
//
// When the connection is lost, what was not answered goes to the next host in the
// order, or to the same when there is no other: in the order of the sequence, and
// before anything new. So it does, once all else is answered, when a host refuses
// because of its own condition. If no host takes anything for Config.Timeout,
// what was sent is reported as it stands, as ErrUnacknowledged or RefusedError,
// and the rest goes on.
//
// The error is nil when the sequence came to its end and all of it was sent,
// whatever the answers. Else it says why the rest was not: ErrNoHost, if none was
// reached for Config.Timeout, ErrClosed, or that of ctx. It is then that of the texts
// already drawn as well, and answers are not waited for any more. After ErrNoHost
// SendAll returns when the sequence yields the next text, which is not taken, or ends.
// Close and the end of ctx do not wait for a sequence that blocks: it is left behind in
// its goroutine, and ends at its next yield as when a loop over it is left. Nothing else
// outlives the call.
func (c *Client) SendAll(ctx context.Context, texts iter.Seq[string], report func(Result)) (Summary, error) {
	if report == nil {
		report = func(Result) {}
	}
	began := time.Now()
	ctx, cancel := c.bind(ctx)
	defer cancel()
	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	s := newStream(&c.cfg)
	stop := context.AfterFunc(ctx, s.nudge)
	defer stop()
	t := &teller{stream: s, report: report}
	told := make(chan struct{})
	go func() {
		defer close(told)
		t.run()
	}()
	f := &feeder{stream: s, abort: abort, data: frame.Data{TimeoutMS: serverWait(c.cfg.Timeout)}, done: make(chan struct{})}
	go f.run(ctx, texts)
	k := &keeper{client: c, stream: s}
	err := k.run(ctx)
	left := s.end(ctx, err)
	<-told
	if !left {
		f.wait()
	}
	t.summary.Hosts = k.hosts
	t.summary.Elapsed = time.Since(began)
	return t.summary, err
}

// feeder draws the texts and puts them on the lane that the keeper gives it.
type feeder struct {
	stream *stream
	abort  context.CancelCauseFunc
	lane   *lane // nil at first
	drawn  int
	limit  int // drawn may grow to this
	slot   int // of the ring, for the next text
	body   []byte
	data   frame.Data // scratch

	done    chan struct{} // closed when the sequence is over
	ended   bool          // as it should; else it panicked with failure, or ended its goroutine
	failure any
}

// run feeds the stream until the end of texts or of the sending.
func (f *feeder) run(ctx context.Context, texts iter.Seq[string]) {
	defer f.close()
	whole := true
	for text := range texts {
		if f.draw(ctx, text) != nil {
			f.stream.halt(f.drawn)
			whole = false
			break
		}
	}
	f.ended = true
	if whole {
		f.stream.finish(f.drawn)
	}
}

// close ends the sending if the sequence broke off. A panic is for SendAll to go on
// with, unless that has returned.
func (f *feeder) close() {
	defer close(f.done)
	if f.ended {
		return
	}
	f.failure = recover()
	left := f.stream.halt(f.drawn) // before the others hear of it
	f.abort(errBroken)
	if left && f.failure != nil {
		panic(f.failure)
	}
}

// wait waits for the end of the sequence, and passes on how it ended.
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

// draw takes up a text and sends it, unless it is not one that may travel. It
// waits while the ring is full.
func (f *feeder) draw(ctx context.Context, text string) error {
	s := f.stream
	s.begun.Store(int64(f.drawn) + 1)
	if f.drawn == f.limit {
		var err error
		if f.limit, err = s.room(ctx, f.limit); err != nil {
			return err
		}
	}
	place := f.drawn
	f.drawn++
	s.ring[f.slot] = item{text: text}
	if f.slot++; f.slot == len(s.ring) {
		f.slot = 0
	}
	body, refusal := wrap(f.body[:0], text)
	f.body = body
	if refusal != pzog.Refusal_NONE {
		return s.refuse(ctx, place, verdict{err: &RefusedError{Refusal: refusal, Detail: record.Explain(refusal, body)}})
	}
	f.data.Text = body
	s.name(&f.data, place)
	return f.send(ctx)
}

// send pushes what is in data, on another lane if this one is lost.
func (f *feeder) send(ctx context.Context) error {
	for f.lane == nil || f.lane.push(ctx, &f.data) != nil {
		if ctx.Err() != nil {
			return why(ctx)
		}
		var err error
		if f.lane, err = f.stream.hire(ctx, f.lane); err != nil {
			return err
		}
	}
	return nil
}
