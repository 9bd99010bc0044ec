package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xlattice.org/zog/internal/frame"
)

// Receipt says where a message is kept. Together with an error it contains what is known.
type Receipt struct {
	ID      ID            // the identity of the message, if it is kept
	Host    string        // the address of the host that answered, or that may have the message
	Copies  int           // how many hosts are known to hold it durably
	Resends int           // how often it was sent again after its connection was lost; above 0 it may be in the logs twice
	Latency time.Duration // from the first sending to the answer; 0 without an answer, and from SendAll
}

// Send sends text to a host and waits for the answer. It waits for a host that can be
// reached, and sends the text again, to another host or the same one, if the connection
// is lost or the host refuses because of its own condition.
//
// Send returns within its timeout, or earlier if ctx ends. If the timeout elapsed,
// the error matches ErrTimeout. The package comment lists the errors and what they say
// about the message. With an error the Receipt contains what is known.
func (c *Client) Send(ctx context.Context, text string, opts ...SendOption) (Receipt, error) {
	o, err := c.options(opts)
	if err != nil {
		return Receipt{}, err
	}
	body := withCRLF(make([]byte, 0, len(text)+len(crlf)), text)
	if e := refused(body); e != nil {
		return Receipt{}, e
	}
	ctx, cancel := c.bindContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, o.timeout, ErrTimeout)
	defer cancel()
	d := delivery{client: c, options: o, data: frame.Data{Text: body, MinCopies: askedCopies(o.copies)}, known: notSent}
	switch {
	case o.keyed:
		d.data.Session, d.data.Number = keyName(o.key)
	case !c.cfg.NoResend:
		d.data.Session, d.data.Number = c.session, c.lastNumber.Add(1)
	}
	for d.attempt(ctx) {
	}
	return d.result()
}

// delivery is one message of Send.
type delivery struct {
	client    *Client
	options   sendOptions
	data      frame.Data
	firstSent time.Time // when it was first given to a connection; zero before
	known     outcome   // after the attempts so far
	receipt   Receipt
}

// attempt sends the message once, and reports whether it must be sent again.
func (d *delivery) attempt(ctx context.Context) bool {
	i, cn, err := d.findHost(ctx)
	if err != nil {
		d.giveUp(err)
		return false
	}
	if d.firstSent.IsZero() {
		d.firstSent = time.Now()
	}
	again := d.known.lost()
	o := d.exchange(ctx, cn)
	d.client.noteOutcome(i, o)
	switch {
	case o.unsent && !o.down():
		o.err = fmt.Errorf("not sent: %w", o.err)
	case o.unsent:
	case again:
		d.receipt.Resends++
	}
	if o.answered() {
		d.receipt.Latency = time.Since(d.firstSent)
	}
	var open bool
	d.known, open = d.known.merge(o, !d.client.cfg.NoResend)
	if reason := contextCause(ctx); open && reason != nil {
		d.giveUp(reason)
		return false
	}
	return open
}

// findHost returns a connection to send on. A message that a host may have is not sent
// again too soon or too late.
func (d *delivery) findHost(ctx context.Context) (int, *conn, error) {
	if e, lost := d.known.err.(*lostError); lost {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadlineCause(ctx, d.firstSent.Add(ResendWithin), errTooLate)
		defer cancel()
		if err := awaitForwarding(ctx, e.forwardedUntil, d.options.timeout); err != nil {
			return 0, nil, err
		}
	}
	if d.known.unsent {
		var cancel context.CancelFunc
		ctx, cancel = d.client.bindSearch(ctx)
		defer cancel()
	}
	i, cn, err := d.client.connect(ctx, !d.known.unsent || d.known.down())
	if errors.Is(err, ErrNoHost) && !d.known.unsent { // not true of a message that a host had
		err = contextCause(ctx)
	}
	return i, cn, err
}

// giveUp adds why the message is not sent again to what is known.
func (d *delivery) giveUp(reason error) {
	switch e := d.known.err.(type) {
	case *lostError:
		d.known.err = e.gaveUp(reason)
	case *RefusedError: // a refusal implies that the time is up
		if !errors.Is(reason, context.DeadlineExceeded) {
			d.known.err = gaveUp(e, reason)
		}
	default:
		if down := errors.As(reason, new(*dialError)); !down && d.known.down() {
			reason = noHost(d.known.err, reason)
		}
		if !errors.Is(reason, ErrNoHost) && !errors.Is(reason, ErrClosed) {
			reason = fmt.Errorf("not sent: %w", reason)
		}
		d.known.err = reason
	}
}

// exchange sends the message over cn and waits for its outcome.
func (d *delivery) exchange(ctx context.Context, cn *conn) outcome {
	stop := context.AfterFunc(ctx, cn.wakeSenders)
	defer stop()
	if end, ok := ctx.Deadline(); ok {
		d.limitTimes(time.Until(end), cn)
	}
	answer := newCall(d.options.copies)
	if err := (&lease{conn: cn, sender: answer}).send(ctx, &d.data); err != nil {
		return outcome{unsent: true, err: err}
	}
	if d.known.lost() {
		d.client.cfg.resent(cn.host, 1)
	}
	select {
	case o := <-answer.answer:
		return o
	case <-ctx.Done():
		return outcome{host: cn.host, err: &lostError{host: cn.host, cause: contextCause(ctx), firstSent: d.firstSent}}
	}
}

// limitTimes sets how long the host may wait for copies. If little time is left and there
// are other hosts, it also shortens how long this one may be silent.
func (d *delivery) limitTimes(left time.Duration, cn *conn) {
	d.data.TimeoutMS = copiesTimeout(left)
	if half := left / 2; half < d.client.cfg.Silence && len(d.client.hosts) > 1 {
		cn.limitSilence(half)
	}
}

// result returns what Send returns.
func (d *delivery) result() (Receipt, error) {
	d.receipt.ID, d.receipt.Host, d.receipt.Copies = d.known.id, d.known.host, d.known.copies
	if !d.known.answered() {
		d.receipt.Latency = 0
	}
	return d.receipt, d.known.err
}

// noteOutcome starts the backoff of host i if it refused for its own condition or did not
// answer in time, and ends it if it answered. Lost connections are noted by reapLost.
func (c *Client) noteOutcome(i int, o outcome) {
	switch {
	case o.temporary(), errors.Is(o.err, ErrTimeout):
		c.backOff(i)
	case o.answered():
		c.succeeded(i)
	}
}

// call is the sender of one message. It has room for the outcome, so resolve does not block
// even if nobody receives any more.
type call struct {
	answer    chan outcome
	minCopies int
}

func newCall(minCopies int) *call {
	return &call{answer: make(chan outcome, 1), minCopies: minCopies}
}

func (c *call) resolve(_ int, o outcome) { c.answer <- o }

func (c *call) copies() int { return c.minCopies }
