package client

import (
	"context"
	"iter"
	"time"

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
// When the connection is lost, what was sent on it and not answered is reported
// as ErrUnacknowledged, and the rest goes to the next host in the order, or to
// the same when there is no other. So it does, after the answers, when a host
// refuses because of its own condition; what it refused is reported so.
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
	f := &feeder{client: c, stream: newStream(c.cfg.Window)}
	t := &teller{stream: f.stream, report: report}
	told := make(chan struct{})
	go func() {
		defer close(told)
		t.run()
	}()
	err := f.run(ctx, texts, told)
	t.summary.Hosts = f.hosts
	t.summary.Elapsed = time.Since(began)
	return t.summary, err
}

// feeder draws the texts and puts them on a connection.
type feeder struct {
	client *Client
	stream *stream
	host   int         // the client's number of the host that conn leads to
	conn   *conn       // nil when another is to be found
	unbind func() bool // ends what nudges conn when the context ends
	hosts  []string
	body   []byte // scratch
}

// run feeds the stream until the end of texts or an error, and returns when the
// teller is done: also when texts panics.
func (f *feeder) run(ctx context.Context, texts iter.Seq[string], told <-chan struct{}) (err error) {
	err = errBroken // stands when texts panics
	stop := context.AfterFunc(ctx, f.stream.nudge)
	defer stop()
	defer func() { <-told }()
	defer func() { f.end(err) }()
	for text := range texts {
		if err := f.stream.draw(ctx, text); err != nil {
			return err
		}
		if err := f.flush(ctx); err != nil {
			return err
		}
	}
	return f.drain(ctx)
}

// end closes the stream for the reason err, which is nil if all went.
func (f *feeder) end(err error) {
	unsent := verdict{unsent: true, err: err}
	lost := unsent
	if f.conn != nil {
		lost = verdict{host: f.conn.host, err: &lostError{host: f.conn.host, cause: err}}
		f.forget()
	}
	f.stream.end(lost, unsent)
}

// flush sends what is drawn.
func (f *feeder) flush(ctx context.Context) error {
	s := f.stream
	for s.sent < s.drawn {
		var err error
		switch {
		case f.conn == nil:
			err = f.find(ctx)
		case s.strained.Load():
			err = f.quit(ctx)
		case s.at(s.sent).refusal != pzog.Refusal_NONE: // as known from before a rewind
			s.sent++
		default:
			err = f.send(ctx, s.at(s.sent).text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// send sends the next text, unless it is not one that may travel.
func (f *feeder) send(ctx context.Context, text string) error {
	s := f.stream
	body, refusal := wrap(f.body[:0], text)
	f.body = body
	if refusal != pzog.Refusal_NONE {
		s.refuse(refusal)
		return nil
	}
	if f.conn.push(ctx, body, s) != nil {
		return f.leave(ctx)
	}
	s.sent++
	s.travelled++
	return nil
}

// drain waits for the verdicts on all that was sent, and sends again what a
// lost connection returned.
func (f *feeder) drain(ctx context.Context) error {
	for {
		if err := f.flush(ctx); err != nil {
			return err
		}
		if err := f.stream.rest(ctx); err != nil {
			return err
		}
		if !f.stream.gotBack() {
			return nil
		}
		if err := f.leave(ctx); err != nil {
			return err
		}
	}
}

// leave gives up the connection, which is lost or else ctx has ended, and goes
// back to the first text that did not leave on it.
func (f *feeder) leave(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	<-f.conn.done
	f.forget()
	f.stream.rewind()
	return nil
}

// quit leaves a host that is not fit, once it has answered all, if there is
// another.
func (f *feeder) quit(ctx context.Context) error {
	s := f.stream
	if len(f.client.hosts) == 1 {
		s.strained.Store(false)
		return nil
	}
	if err := s.rest(ctx); err != nil {
		return err
	}
	f.client.rest(f.host)
	if s.gotBack() { // the connection is lost as well
		return f.leave(ctx)
	}
	f.forget()
	return nil
}

// forget ends the use of the connection.
func (f *feeder) forget() {
	f.unbind()
	f.conn = nil
}

// find takes a connection to the host whose turn it is. Nothing is on another.
func (f *feeder) find(ctx context.Context) error {
	f.stream.strained.Store(false)
	search, cancel := context.WithTimeoutCause(ctx, f.client.cfg.Timeout, errTimeUp)
	defer cancel()
	i, cn, err := f.client.connect(search)
	if err != nil {
		return err
	}
	f.host, f.conn, f.unbind = i, cn, context.AfterFunc(ctx, cn.nudge)
	if n := len(f.hosts); n == 0 || f.hosts[n-1] != cn.host {
		f.hosts = append(f.hosts, cn.host)
	}
	return nil
}
