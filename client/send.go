package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// Receipt says who has a message. With an error it holds what is known.
type Receipt struct {
	Host    string        // the address of the host that answered, or that may have the message
	Copies  int           // how many hosts hold it durably, at least
	Resends int           // how often it was sent again after its connection was lost; if at all, it may be in the logs twice
	Latency time.Duration // from giving the message to a connection first to the answer; by Send only, and 0 without one
}

// Send hands text to a host and waits for the answer, for at most Config.Timeout
// and until ctx ends. As long as that lasts, a text whose connection is lost, or
// that the host refuses because of its own condition, goes to another host, or to
// the same again. The package comment tells what each error means.
func (c *Client) Send(ctx context.Context, text string) (Receipt, error) {
	body, refusal := wrap(make([]byte, 0, len(text)+len(crlf)), text)
	if refusal != pzog.Refusal_NONE {
		return Receipt{}, &RefusedError{Refusal: refusal}
	}
	ctx, cancel := c.bind(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, c.cfg.Timeout, errTimeUp)
	defer cancel()
	d := delivery{client: c, data: frame.Data{Text: body}, known: never}
	if !c.cfg.NoResend {
		d.data.Session, d.data.Number = c.session, c.number.Add(1)
	}
	for d.attempt(ctx) {
	}
	return d.outcome()
}

// delivery is one message on its way.
type delivery struct {
	client  *Client
	data    frame.Data
	began   time.Time // when it was first given to a connection
	known   verdict
	receipt Receipt
}

// attempt sends the message once, and reports whether that is to be done again.
func (d *delivery) attempt(ctx context.Context) bool {
	i, cn, err := d.search(ctx)
	if err != nil {
		d.known, _ = d.known.then(verdict{unsent: true, err: err}, true)
		return false
	}
	if d.began.IsZero() {
		d.began = time.Now()
	}
	again := d.known.lost()
	v := d.exchange(ctx, cn)
	d.client.judge(i, v)
	switch {
	case v.unsent:
		v.err = fmt.Errorf("not sent: %w", v.err)
	case again:
		d.receipt.Resends++
	}
	if v.answered() {
		d.receipt.Latency = time.Since(d.began)
	}
	var open bool
	d.known, open = d.known.then(v, !d.client.cfg.NoResend)
	return open && ctx.Err() == nil && d.client.life.Err() == nil
}

// search finds a host. What may be with one already must come neither late nor at
// once.
func (d *delivery) search(ctx context.Context) (int, *conn, error) {
	if d.known.lost() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, d.began.Add(ResendWithin), errTimeUp)
		defer cancel()
		if err := d.client.headStart(ctx); err != nil {
			return 0, nil, err
		}
	}
	return d.client.connect(ctx, !d.known.unsent)
}

// exchange sends the message over cn and waits for the verdict.
func (d *delivery) exchange(ctx context.Context, cn *conn) verdict {
	stop := context.AfterFunc(ctx, cn.nudge)
	defer stop()
	if end, ok := ctx.Deadline(); ok {
		d.data.TimeoutMS = serverWait(time.Until(end))
	}
	answer := make(call, 1)
	if err := (&lane{conn: cn, to: answer}).push(ctx, &d.data); err != nil {
		return verdict{unsent: true, err: err}
	}
	select {
	case v := <-answer:
		return v
	case <-ctx.Done():
		return verdict{host: cn.host, err: &lostError{cn.host, context.Cause(ctx), d.began}}
	}
}

// outcome is what Send returns.
func (d *delivery) outcome() (Receipt, error) {
	d.receipt.Host, d.receipt.Copies = d.known.host, d.known.copies
	if !d.known.answered() {
		d.receipt.Latency = 0
	}
	return d.receipt, d.known.err
}

// judge lets host i rest when it is not fit to take messages or did not answer
// in time. That a connection is lost is noticed elsewhere.
func (c *Client) judge(i int, v verdict) {
	switch {
	case v.hostsFault(), errors.Is(v.err, errTimeUp):
		c.rest(i)
	case v.answered():
		c.well(i)
	}
}

// call is a party with one message. It holds the one verdict, so that settling
// never blocks, even when nobody waits any more.
type call chan verdict

func (c call) settle(_ int, v verdict) { c <- v }

const crlf = "\r\n"

// wrap appends text to dst as it travels, and says whether it may.
func wrap(dst []byte, text string) ([]byte, pzog.Refusal) {
	dst = append(append(dst, text...), crlf...)
	return dst, record.Classify(dst)
}
