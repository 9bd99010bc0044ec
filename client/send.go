package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// Receipt says who has a message. With an error it holds what is known.
type Receipt struct {
	Host    string        // the address of the host that answered, or that may have the message
	Copies  int           // how many hosts hold it durably, at least
	Latency time.Duration // from giving the message to a connection to the answer; Send only
}

// Send hands text to one host and waits for the answer, for at most
// Config.Timeout and until ctx ends. The package comment tells what each error
// means.
func (c *Client) Send(ctx context.Context, text string) (Receipt, error) {
	body, refusal := wrap(make([]byte, 0, len(text)+len(crlf)), text)
	if refusal != pzog.Refusal_NONE {
		return Receipt{}, &RefusedError{Refusal: refusal}
	}
	ctx, cancel := c.bind(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeoutCause(ctx, c.cfg.Timeout, errTimeUp)
	defer cancel()
	for tries := 1; ; tries++ {
		i, cn, err := c.connect(ctx)
		if err != nil {
			return Receipt{}, err
		}
		receipt, v := exchange(ctx, cn, body)
		c.judge(i, v)
		if v.unsent && ctx.Err() == nil || v.hostsFault() && tries < len(c.hosts) {
			continue
		}
		if v.unsent {
			v.err = fmt.Errorf("not sent: %w", v.err)
		}
		return receipt, v.err
	}
}

// exchange sends one message over cn and waits for the verdict.
func exchange(ctx context.Context, cn *conn, body []byte) (Receipt, verdict) {
	stop := context.AfterFunc(ctx, cn.nudge)
	defer stop()
	answer := make(call, 1)
	began := time.Now()
	if err := cn.push(ctx, body, answer); err != nil {
		return Receipt{}, verdict{unsent: true, err: err}
	}
	v := verdict{host: cn.host}
	select {
	case v = <-answer:
	case <-ctx.Done():
		v.err = &lostError{host: cn.host, cause: context.Cause(ctx)}
	}
	return Receipt{Host: v.host, Copies: v.copies, Latency: time.Since(began)}, v
}

// judge lets host i rest when it is not fit to take messages or did not answer
// in time. That a connection is lost is noticed elsewhere.
func (c *Client) judge(i int, v verdict) {
	switch {
	case v.hostsFault(), errors.Is(v.err, errTimeUp):
		c.rest(i)
	case !v.unsent && !errors.Is(v.err, ErrUnacknowledged):
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
