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

// Send hands text to a host and waits for the answer. As long as there is time, it
// waits for a host that can be reached; and a text whose connection is lost, or that
// the host refuses because of its own condition, goes to another host, or to the same
// again.
//
// There is time until ctx ends and for at most Config.Timeout, 5 s by default, also if
// ctx has a later deadline. ErrTimeout in the error tells that it was Config.Timeout
// that was over. The package comment tells what each error means.
func (c *Client) Send(ctx context.Context, text string) (Receipt, error) {
	body, refusal := wrap(make([]byte, 0, len(text)+len(crlf)), text)
	if refusal != pzog.Refusal_NONE {
		return Receipt{}, &RefusedError{Refusal: refusal, Detail: record.Explain(refusal, body)}
	}
	ctx, cancel := c.bind(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, c.cfg.Timeout, ErrTimeout)
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
		d.stop(err)
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
	if reason := why(ctx); open && reason != nil {
		d.stop(reason)
		return false
	}
	return open
}

// search finds a host. What may be with one already must come neither late nor at
// once.
func (d *delivery) search(ctx context.Context) (int, *conn, error) {
	if e, lost := d.known.err.(*lostError); lost {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, d.began.Add(ResendWithin), errTooLate)
		defer cancel()
		if err := d.client.headStart(ctx, e.passed); err != nil {
			return 0, nil, err
		}
	}
	i, cn, err := d.client.connect(ctx, !d.known.unsent)
	if errors.Is(err, ErrNoHost) && !d.known.unsent { // one was reached before
		err = why(ctx)
	}
	return i, cn, err
}

// stop adds to what is known why no more is done.
func (d *delivery) stop(reason error) {
	switch e := d.known.err.(type) {
	case *lostError:
		d.known.err = e.ended(reason)
	case *RefusedError: // that it was asked until the time was up goes without saying
		if !errors.Is(reason, context.DeadlineExceeded) {
			d.known.err = ended(e, reason)
		}
	default:
		if !errors.Is(reason, ErrNoHost) && !errors.Is(reason, ErrClosed) {
			reason = fmt.Errorf("not sent: %w", reason)
		}
		d.known.err = reason
	}
}

// exchange sends the message over cn and waits for the verdict.
func (d *delivery) exchange(ctx context.Context, cn *conn) verdict {
	stop := context.AfterFunc(ctx, cn.nudge)
	defer stop()
	if end, ok := ctx.Deadline(); ok {
		d.grant(time.Until(end), cn)
	}
	answer := make(call, 1)
	if err := (&lane{conn: cn, to: answer}).push(ctx, &d.data); err != nil {
		return verdict{unsent: true, err: err}
	}
	select {
	case v := <-answer:
		return v
	case <-ctx.Done():
		return verdict{host: cn.host, err: &lostError{host: cn.host, cause: why(ctx), since: d.began}}
	}
}

// grant tells the host how long it may wait for copies; and who has little time, and
// other hosts, is impatient with one that is silent.
func (d *delivery) grant(left time.Duration, cn *conn) {
	d.data.TimeoutMS = serverWait(left)
	if half := left / 2; half < d.client.cfg.Silence && len(d.client.hosts) > 1 {
		cn.hurry(half)
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
	case v.hostsFault(), errors.Is(v.err, ErrTimeout):
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
