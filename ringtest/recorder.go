package ringtest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/messages/pzog"
)

// Config returns a configuration for a client of all hosts, which the program under test may change:
// all but Dial and Rand, and TLS. The ring records what such a client sends and how it is answered,
// from the bytes on its connections, and RequireSettled compares the logs with that record. So the
// program needs no hook for the test. It must close its client before the end of the test.
func (r *Ring) Config() client.Config {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.configs++
	return client.Config{
		Hosts: r.Addresses(),
		Dial:  r.dialRecorded,
		Rand:  rand.NewPCG(r.options.seed, 1<<32+r.configs),
	}
}

func (r *Ring) dialRecorded(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := r.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.recorded++
	return &recordedConn{Conn: conn, ring: r, sender: fmt.Sprint("recorded connection ", r.recorded), host: r.nameAt(address)}, nil
}

// recordedConn is a connection of a client that is not the ring's. It adds to the ring's record what
// the client sends, before it is written, and the answers, before the client has read them.
type recordedConn struct {
	net.Conn
	ring   *Ring
	sender string // a sender sends over one connection
	host   string

	mu         sync.Mutex
	sent, came []byte // the beginnings of frames that are not complete
	n          uint64 // messages sent
	answered   uint64 // of these
	unanswered []*recorded
}

// recorded is a message, whatever connections it was sent on. Ring.mu guards it.
type recorded struct {
	index            int // in Ring.sent
	attempts         int
	open, lost, kept int // of the attempts: not answered yet, not answered for good, acknowledged
	last             frame.Ok
	host             string
}

// recordedName is a message that may be sent again: the client's name for it. A key that is used
// for two texts names two messages, of which the hosts refuse one.
type recordedName struct {
	session, number uint64
	text            string
}

func (c *recordedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.sent = c.frames(append(c.sent, b...), func(f *frame.Frame) {
		for d, more := f.Data, f.Kind == frame.DataKind; more; more = d.Next() {
			c.n++
			c.unanswered = append(c.unanswered, c.ring.recordAttempt(c.sender, c.n, &d))
		}
	})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func (c *recordedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.came = c.frames(append(c.came, b[:n]...), func(f *frame.Frame) {
		if f.Kind == frame.OkKind {
			c.answer(&f.Ok)
		}
	})
	return n, err
}

// answer records the answers that an Ok is.
func (c *recordedConn) answer(ok *frame.Ok) {
	for ; c.answered < ok.ID && len(c.unanswered) > 0; c.answered++ {
		one := *ok
		behind := ok.ID - c.answered - 1
		if one.Seq -= min(behind, one.Seq); behind > 0 {
			one.Refusal = pzog.Refusal_NONE // which is about the last one only
		}
		c.ring.recordAnswer(c.unanswered[0], c.host, &one)
		c.unanswered = c.unanswered[1:]
	}
}

// Close records that nothing more is answered.
func (c *recordedConn) Close() error {
	err := c.Conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.unanswered {
		c.ring.recordAnswer(m, c.host, nil)
	}
	c.unanswered = nil
	return err
}

// frames calls do for each complete frame, and returns the rest. What is no frame is for the host
// or the client to see.
func (c *recordedConn) frames(buf []byte, do func(*frame.Frame)) []byte {
	for {
		body, n, err := frame.Split(buf, frame.ClientLimit)
		var f frame.Frame
		if n == 0 || err != nil || frame.Decode(body, &f) != nil {
			return buf
		}
		do(&f)
		buf = buf[n:]
	}
}

// recordAttempt records that a message is sent, perhaps again.
func (r *Ring) recordAttempt(sender string, n uint64, d *frame.Data) *recorded {
	name := recordedName{d.Session, d.Number, string(bytes.TrimSuffix(d.Text, []byte("\r\n")))}
	r.mu.Lock()
	defer r.mu.Unlock()
	m := r.byName[name]
	if m == nil {
		m = &recorded{index: len(r.sent)}
		r.sent = append(r.sent, sent{Message: check.Message{Sender: sender, N: n, Text: name.text}})
		if d.Session != 0 {
			r.byName[name] = m
		}
	}
	m.attempts++
	m.open++
	r.note(m)
	return m
}

// recordAnswer records the answer to an attempt, or that there will be none.
func (r *Ring) recordAnswer(m *recorded, host string, ok *frame.Ok) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m.open--
	switch {
	case ok == nil:
		m.lost++
	case ok.Refusal == pzog.Refusal_NONE:
		m.kept++
		m.last, m.host = *ok, host
	}
	r.note(m)
}

// note brings the record of a message up to date. The caller holds mu.
func (r *Ring) note(m *recorded) {
	s := &r.sent[m.index]
	s.open, s.at = m.open > 0, r.Elapsed()
	if m.attempts > 1 {
		s.Sends = m.attempts
	}
	switch {
	case m.kept > 0:
		id := client.ID{Origin: m.last.Origin, Boot: m.last.Boot, Seq: m.last.Seq}
		s.Outcome, s.Host, s.Copies, s.ID = check.Ok, m.host, int(m.last.Copies), id.String()
	case m.open+m.lost > 0:
		s.Outcome = check.Unknown
	default:
		s.Outcome = check.Refused
	}
}
