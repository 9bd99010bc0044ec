package redis

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strconv"
	"sync"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// most is how many messages may be under way at a time, where Work does not say.
const most = 16 << 10

// client implements [system.Client]: it sends commands without waiting for each
// answer. It writes and reads RESP itself: a pipeline of go-redis is sent when it is
// whole and then waited for, while here the next messages go when the answers to
// earlier ones come.
type client struct {
	conn    net.Conn
	out     *bufio.Writer
	work    system.Work
	window  *peer.Window
	head    []byte // of each command
	buffer  []byte
	batch   int // messages that one WAIT is for; 0 if there are no WAITs
	unasked int // messages since the last WAIT
	answers sync.WaitGroup
}

// Dial implements [system.System].
func (r redis) Dial(ctx context.Context, at string, w system.Work) (system.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn, out: bufio.NewWriterSize(conn, 64<<10), work: w}
	c.head = head("PUBLISH", key)
	if r.way == streams {
		c.head = head("XADD", key, "*", "t")
	}
	size := w.Window
	if size == 0 {
		size = most
	}
	if w.Copies > 1 {
		c.batch = max(1, size/2) // one is under way while the next is sent
	}
	c.window = peer.NewWindow(size, c.flush)
	c.answers.Go(c.read)
	return c, nil
}

// head returns the beginning of a command that has one word more.
func head(words ...string) []byte {
	b := fmt.Appendf(nil, "*%d\r\n", len(words)+1)
	for _, w := range words {
		b = word(b, w)
	}
	return b
}

// Send implements [system.Client].
func (c *client) Send(text []byte, acked func(error)) error {
	if err := c.window.Enter(acked); err != nil {
		return err
	}
	c.buffer = word(append(c.buffer[:0], c.head...), text)
	if _, err := c.out.Write(c.buffer); err != nil {
		return err
	}
	if c.unasked++; c.unasked == c.batch {
		if err := c.wait(); err != nil {
			return err
		}
	}
	switch {
	case c.work.Window == 1:
		return c.Flush(context.Background())
	case c.work.Rate != 0:
		return c.flush()
	}
	return nil
}

// wait asks to be told when enough replicas have what was sent. The primary does
// not go on with what this client sends until then.
func (c *client) wait() error {
	c.unasked = 0
	_, err := c.out.Write(command(nil, "WAIT", strconv.Itoa(c.work.Copies-1), "0"))
	return err
}

// flush keeps nothing back.
func (c *client) flush() error {
	if c.batch > 0 && c.unasked > 0 {
		if err := c.wait(); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// read takes the answers.
func (c *client) read() {
	from := newReplies(c.conn)
	for {
		done, err := c.answered(from)
		if err == nil {
			err = c.window.Leave(done)
		}
		if err != nil {
			c.window.Fail(err)
			return
		}
	}
}

// answered reads answers, and returns how many messages are acknowledged by them:
// the next that a WAIT was for, or those whose own answers are there to be read.
func (c *client) answered(from replies) (done int, err error) {
	for {
		kind, n, err := from.head()
		if err == nil && kind == '$' {
			_, err = from.body(n) // the id of a stream's entry
		}
		if err != nil {
			return 0, err
		}
		if c.batch > 0 && kind == ':' {
			return done, nil
		}
		done++
		if c.batch == 0 && !from.more() {
			return done, nil
		}
	}
}

// Flush implements [system.Client].
func (c *client) Flush(ctx context.Context) error { return c.window.Empty(ctx) }

// Close implements [system.Client].
func (c *client) Close() error {
	err := c.conn.Close()
	c.answers.Wait()
	return err
}
