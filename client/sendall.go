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
	host   int   // the client's number of the host that conn leads to
	conn   *conn // nil when another is to be found
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
	if f.conn != nil && err != nil {
		lost = verdict{host: f.conn.host, err: &lostError{host: f.conn.host, cause: err}}
	}
	f.stream.end(lost, unsent)
}

// flush sends what is drawn.
func (f *feeder) flush(ctx context.Context) error {
	s := f.stream
	for s.sent < s.drawn {
		if f.conn == nil || s.strained.Load() {
			if err := f.move(ctx); err != nil {
				return err
			}
			continue // from a place that may lie further back
		}
		if s.at(s.sent).refusal != pzog.Refusal_NONE { // known from before a rewind
			s.sent++
			continue
		}
		body, refusal := wrap(f.body[:0], s.at(s.sent).text)
		f.body = body
		if refusal != pzog.Refusal_NONE {
			s.refuse(refusal)
			continue
		}
		if err := f.conn.push(ctx, body, s); err == nil {
			s.sent++
			s.travelled++
		} else if err := f.leave(ctx); err != nil {
			return err
		}
	}
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
	f.conn = nil
	f.stream.rewind()
	return nil
}

// move finds another connection. One that still lives, to a host that is not
// fit, is left once it has answered all.
func (f *feeder) move(ctx context.Context) error {
	s := f.stream
	if strained := s.strained.Swap(false); strained && f.conn != nil {
		if len(f.client.hosts) == 1 {
			return nil
		}
		if err := s.rest(ctx); err != nil {
			return err
		}
		if s.gotBack() { // lost, on top of it
			return f.leave(ctx)
		}
		f.client.rest(f.host)
	}
	search, cancel := context.WithTimeoutCause(ctx, f.client.cfg.Timeout, errTimeUp)
	defer cancel()
	i, cn, err := f.client.connect(search)
	if err != nil {
		return err
	}
	f.host, f.conn = i, cn
	if n := len(f.hosts); n == 0 || f.hosts[n-1] != cn.host {
		f.hosts = append(f.hosts, cn.host)
	}
	return nil
}
