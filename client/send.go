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
	Latency time.Duration // from giving the message to a connection to the answer; by Send only, and 0 without one
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
		began := time.Now()
		v := exchange(ctx, cn, body)
		receipt := Receipt{Host: v.host, Copies: v.copies}
		if v.answered() {
			receipt.Latency = time.Since(began)
		}
		c.judge(i, v)
		if v.unsent && ctx.Err() == nil || v.hostsFault() && tries < len(c.hosts) {
			continue
		}
		if v.unsent {
			return Receipt{}, fmt.Errorf("not sent: %w", v.err)
		}
		return receipt, v.err
	}
}

// exchange sends one message over cn and waits for the verdict.
func exchange(ctx context.Context, cn *conn, body []byte) verdict {
	stop := context.AfterFunc(ctx, cn.nudge)
	defer stop()
	answer := make(call, 1)
	if err := cn.push(ctx, body, answer); err != nil {
		return verdict{unsent: true, err: err}
	}
	select {
	case v := <-answer:
		return v
	case <-ctx.Done():
		return verdict{host: cn.host, err: &lostError{host: cn.host, cause: context.Cause(ctx)}}
	}
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
