package client

import (
	"context"
	"iter"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// SendAll sends each text of a sequence, over one connection and without
// waiting for the answers between, and calls report once for each, in their
// order. It returns when all have been reported. Config.Window bounds how many
// are in memory.
//
// The sequence is drawn from in the calling goroutine. Reports come from
// another, one at a time; report may block, which in the end stops the sending,
// and may use the client. It may be nil.
//
// When the connection is lost, what was not answered goes to the next host in the
// order, or to the same when there is no other: in the order of the sequence, and
// before anything new. So it does, once all else is answered, when a host refuses
// because of its own condition. If no host takes anything for Config.Timeout,
// what was sent is reported as it stands, as ErrUnacknowledged or RefusedError,
// and the rest goes on.
//
// The error is nil when the sequence came to its end and all of it was sent,
// whatever the answers. Else it says why the rest was not: ErrNoHost, ErrClosed
// or that of ctx. It is then that of the texts already drawn as well. When ctx
// ends, answers are not waited for any more; but a sequence that blocks is not
// interrupted, that is for its maker to do.
func (c *Client) SendAll(ctx context.Context, texts iter.Seq[string], report func(Result)) (Summary, error) {
	if report == nil {
		report = func(Result) {}
	}
	began := time.Now()
	ctx, cancel := c.bind(ctx)
	defer cancel()
	s := newStream(&c.cfg)
	f := &feeder{stream: s, data: frame.Data{TimeoutMS: serverWait(c.cfg.Timeout)}}
	k := &keeper{client: c, stream: s}
	t := &teller{stream: s, report: report}
	told := make(chan struct{})
	go func() {
		defer close(told)
		t.run()
	}()
	err := f.run(ctx, texts, k, told)
	t.summary.Hosts = k.hosts
	t.summary.Elapsed = time.Since(began)
	return t.summary, err
}

// feeder draws the texts and puts them on the lane that the keeper gives it.
type feeder struct {
	stream *stream
	lane   *lane // nil at first
	drawn  int
	limit  int // drawn may grow to this
	slot   int // of the ring, for the next text
	body   []byte
	data   frame.Data // scratch
}

// run feeds the stream until the end of texts or an error, and returns when keeper
// and teller are done: also when texts panics.
func (f *feeder) run(ctx context.Context, texts iter.Seq[string], k *keeper, told <-chan struct{}) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, f.stream.nudge)
	defer stop()
	kept := make(chan error, 1)
	go func() { kept <- k.run(ctx) }()
	err = errBroken // stands when texts panics
	defer func() {
		if err != nil {
			cancel(err)
		}
		if failure := <-kept; err == nil {
			err = failure
		}
		f.stream.end(f.drawn, verdict{unsent: true, err: err})
		<-told
	}()
	for text := range texts {
		if err := f.draw(ctx, text); err != nil {
			return err
		}
	}
	f.stream.finish(f.drawn)
	return nil
}

// draw takes up a text and sends it, unless it is not one that may travel. It
// waits while the ring is full.
func (f *feeder) draw(ctx context.Context, text string) error {
	s := f.stream
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
		s.refuse(place, verdict{err: &RefusedError{Refusal: refusal}})
		return nil
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
