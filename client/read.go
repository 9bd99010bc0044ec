package client

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// readBuffer holds thousands of Oks, and any frame, in bytes.
const readBuffer = 64 << 10

// read is the reader: it takes answers until the connection ends, and then
// tells the parties what became of the rest.
func (c *conn) read() {
	defer close(c.done)
	c.lose(c.listen())
	c.raw.Close() // unblocks the writer; what went wrong is known already
	<-c.wrote
	c.settleRest()
}

// listen returns why nothing more can be heard.
func (c *conn) listen() error {
	var in frame.Frame
	var runs []run
	buf := make([]byte, 0, readBuffer)
	for {
		n, err := c.raw.Read(buf[len(buf):cap(buf)])
		if n > 0 {
			buf = buf[:len(buf)+n]
			used, err := c.hear(buf, &in, &runs)
			if err != nil {
				return err
			}
			buf = buf[:copy(buf, buf[used:])]
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = c.look()
		case errors.Is(err, io.EOF):
			err = errEnded
		}
		if err != nil {
			return err
		}
	}
}

// look is what the reader does when it has listened for a pause: it asks the host
// for a word, or gives it up, as the pulse says.
func (c *conn) look() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil { // it only lingered
		return c.err
	}
	switch c.pulse.look(time.Now(), c.flight.pending()) {
	case ask:
		c.ask()
	case giveUp:
		return errSilent
	}
	return c.raw.SetReadDeadline(c.pulse.next)
}

// hear takes all whole frames at the front of buf and returns how many bytes
// they are. The scratch it is given spares allocations.
func (c *conn) hear(buf []byte, in *frame.Frame, runs *[]run) (used int, err error) {
	for {
		body, n, err := frame.Split(buf[used:], frame.ClientLimit)
		if err != nil {
			return used, err
		}
		if n == 0 {
			c.heard()
			return used, nil
		}
		if err := frame.Decode(body, in); err != nil {
			return used, err
		}
		switch in.Kind {
		case frame.OkKind:
			err = c.answer(&in.Ok, runs)
		case frame.Ack: // a sign of life, unless it is the last word
			if in.Ack.Refused != "" {
				err = fmt.Errorf("the host refuses the connection: %s", in.Ack.Refused)
			}
		default:
			err = errNotForUs
		}
		if err != nil {
			return used, err
		}
		used += n
	}
}

func (c *conn) heard() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pulse.heard()
}

// answer tells the parties what an Ok says: all up to and with its id are kept
// by so many hosts, but a refusal takes out exactly the last (DESIGN 3).
func (c *conn) answer(ok *frame.Ok, scratch *[]run) error {
	c.mu.Lock()
	runs, err := c.flight.answer(ok.ID, (*scratch)[:0])
	c.admit()
	c.mu.Unlock()
	if err != nil {
		return err
	}
	refused := ok.Refusal != pzog.Refusal_NONE
	last := &runs[len(runs)-1]
	if refused {
		last.n--
	}
	settle(runs, c.kept(ok, refused))
	if refused {
		last.to.settle(1, verdict{host: c.host, err: &RefusedError{Refusal: ok.Refusal, Detail: ok.Detail, Host: c.host}})
	}
	clear(runs)
	*scratch = runs
	return nil
}

// kept is the verdict on what an Ok does not refuse. A detail that comes with a
// refusal is about that alone.
func (c *conn) kept(ok *frame.Ok, refused bool) verdict {
	v := verdict{host: c.host, copies: int(ok.Copies)}
	if want := int(c.minCopies); v.copies < want {
		short := &CopiesError{Have: v.copies, Want: want, Detail: ok.Detail}
		if refused {
			short.Detail = ""
		}
		v.err = short
	}
	return v
}

// settleRest tells the parties what became of all that was not answered. Both
// goroutines are at their end, so nothing is queued, sent or answered any more.
func (c *conn) settleRest() {
	c.mu.Lock()
	lost, unsent := c.flight.ground()
	e := &lostError{host: c.host, cause: c.err, since: c.flight.since, passed: time.Now()}
	if c.err == errSilent { // what it heard from us it has passed on, or it hears nothing
		e.passed = c.pulse.spoke
	}
	c.mu.Unlock()
	settle(lost, verdict{host: c.host, err: e})
	settle(unsent, verdict{unsent: true, err: e.cause})
}

func settle(runs []run, v verdict) {
	for _, r := range runs {
		if r.n > 0 {
			r.to.settle(r.n, v)
		}
	}
}
