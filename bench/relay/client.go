package relay

import (
	"context"
	"io"
	"iter"
	"sync"

	"xlattice.org/zog/bench/system"
)

// client implements [system.Streamer]. At full speed it has no other goroutine than
// its caller's: it writes until the window is full, and then reads what there is of
// answers, which makes room for more. Only where messages go by the clock somebody
// else reads, since then answers must be noticed while nothing is to be sent.
type client struct {
	host   io.ReadWriteCloser
	window uint64
	paced  bool

	sent   uint64 // handed over
	out    []byte // of those, what is not written
	answer []byte // read, and not a whole Ok yet
	acked  uint64 // answered; under mu where it is paced

	mu      sync.Mutex
	changed sync.Cond     // acked or err; its lock is mu
	err     error         // of the reader
	tell    []func(error) // whom to call, by id
	reading chan struct{} // closed at the reader's end; nil before its begin
}

var _ system.Streamer = (*client)(nil)

// writeBytes is how much is gathered before it is written.
const writeBytes = 64 << 10

// Send implements [system.Client].
func (c *client) Send(text []byte, acked func(error)) error {
	if c.paced {
		return c.sendPaced(text, acked)
	}
	if err := hand(c, text); err != nil {
		return err
	}
	if c.window > 1 {
		return nil
	}
	err := c.Flush(context.Background())
	if acked != nil {
		acked(err)
	}
	return err
}

// Stream implements [system.Streamer].
func (c *client) Stream(ctx context.Context, texts iter.Seq[string], acked func(error)) error {
	for text := range texts {
		if err := c.draw(text, acked); err != nil {
			return err
		}
	}
	return c.Flush(ctx)
}

func (c *client) draw(text string, acked func(error)) error {
	if c.paced {
		return c.sendPaced([]byte(text), acked)
	}
	return hand(c, text)
}

// hand puts a text among those that are to be written, and makes room for it first.
func hand[Text string | []byte](c *client, text Text) error {
	if c.sent-c.acked >= c.window {
		if err := c.read(); err != nil {
			return err
		}
	}
	c.sent++
	c.out = appendData(c.out, c.sent, text)
	if len(c.out) < writeBytes {
		return nil
	}
	return c.write()
}

// Flush implements [system.Client].
func (c *client) Flush(context.Context) error {
	if c.reading != nil {
		return c.await(c.sent)
	}
	for c.acked < c.sent {
		if err := c.read(); err != nil {
			return err
		}
	}
	return nil
}

func (c *client) write() error {
	_, err := c.host.Write(c.out)
	c.out = c.out[:0]
	return err
}

// read writes what waits, and waits for an answer.
func (c *client) read() error {
	if err := c.write(); err != nil {
		return err
	}
	for before := c.acked; c.acked == before; {
		id, err := c.hear()
		if err != nil {
			return err
		}
		c.acked = max(c.acked, id)
	}
	return nil
}

// hear reads once, and returns the id of the last Ok, 0 if there is no whole one.
func (c *client) hear() (uint64, error) {
	var buf [4 << 10]byte
	kept := copy(buf[:], c.answer)
	n, err := c.host.Read(buf[kept:])
	if err != nil {
		return 0, err
	}
	id, used, err := lastOk(buf[:kept+n])
	c.answer = append(c.answer[:0], buf[used:kept+n]...)
	return id, err
}

// Close implements [system.Client].
func (c *client) Close() error {
	err := c.host.Close() // ends the reader
	if c.reading != nil {
		<-c.reading
	}
	return err
}
