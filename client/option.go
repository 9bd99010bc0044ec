package client

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"
)

// SendOption changes one call of Send.
type SendOption func(*sendOptions)

type sendOptions struct {
	copies  int
	timeout time.Duration
	key     string
	keyed   bool
}

// WithCopies sets how many hosts must hold the message, in the place of Config.MinCopies.
func WithCopies(n int) SendOption { return func(o *sendOptions) { o.copies = n } }

// WithTimeout limits the call, in the place of Config.Timeout.
func WithTimeout(d time.Duration) SendOption { return func(o *sendOptions) { o.timeout = d } }

// WithKey makes the call idempotent: messages with the same key and the same text, from any client
// and any process, are one message. A later call returns the Receipt of the first, with its ID. With
// another text it fails with RefusalKeyReused. So a program that was restarted, and does not know
// whether it has sent something, sends it again with the same key.
//
// A key is any text, such as the number of an order. It should begin with what distinguishes the
// program from others that use the ring. It is not in the log.
//
// Hosts remember a key for ten minutes, and for less if more than 65,536 names are in use. A host
// does not know a key if it was restarted since, or if the message has not reached it yet or has
// reached it by a repair: see Resending in the package comment. Then the message is logged again.
func WithKey(key string) SendOption {
	return func(o *sendOptions) { o.key, o.keyed = key, true }
}

// options returns what applies to one call, and an error if that is invalid.
func (c *Client) options(opts []SendOption) (sendOptions, error) {
	o := sendOptions{copies: c.cfg.MinCopies, timeout: c.cfg.Timeout}
	if len(opts) == 0 {
		return o, nil
	}
	return o.with(opts)
}

// with returns o with options. It is not part of the method above, where o would be allocated for
// each call.
func (o sendOptions) with(opts []SendOption) (sendOptions, error) {
	for _, opt := range opts {
		opt(&o)
	}
	switch {
	case o.copies < 1 || o.copies > maxCopies:
		return o, fmt.Errorf("client: WithCopies(%d) is not between 1 and %d", o.copies, maxCopies)
	case o.timeout < time.Millisecond || o.timeout > maxTimeout:
		return o, fmt.Errorf("client: WithTimeout(%v) is not between 1ms and %v", o.timeout, maxTimeout)
	}
	return o, nil
}

// keyName returns the name of the messages with a key. It must never change: programs of different
// releases use the same keys. The session is not 0, which is none, and the number is not so large
// that it cannot be counted on from.
func keyName(key string) (session, number uint64) {
	sum := sha256.Sum256([]byte("zog key 1\n" + key))
	session, number = binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])>>1
	if session == 0 {
		session = 1
	}
	return session, number
}
