package rsyslog

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// most is how many messages may be under way at a time, where Work does not say.
const most = 16 << 10

// lastNumber is the highest number of a transaction. After it comes 1.
const lastNumber = 999_999_999

// relpClient implements [system.Client]: a message is a transaction of RELP, whose
// response acknowledges it.
type relpClient struct {
	conn      net.Conn
	out       *bufio.Writer
	work      system.Work
	window    *peer.Window
	frame     []byte
	number    int // of the last transaction
	responses sync.WaitGroup
}

// newRelp opens a session.
func newRelp(ctx context.Context, conn net.Conn, w system.Work) (*relpClient, error) {
	c := &relpClient{conn: conn, out: bufio.NewWriterSize(conn, 64<<10), work: w}
	size := w.Window
	if size == 0 {
		size = most
	}
	c.window = peer.NewWindow(size, c.out.Flush)
	c.responses.Go(c.read)
	err := c.send("open", "relp_version=0\nrelp_software=bench\ncommands=syslog", nil, nil)
	if err == nil {
		err = c.Flush(ctx)
	}
	if err != nil {
		_ = c.Close() // the other error tells
		return nil, err
	}
	return c, nil
}

// Send implements [system.Client].
func (c *relpClient) Send(text []byte, acked func(error)) error {
	err := c.send("syslog", priority, text, acked)
	switch {
	case err != nil:
		return err
	case c.work.Window == 1:
		return c.Flush(context.Background())
	case c.work.Rate != 0:
		return c.out.Flush()
	}
	return nil
}

// send begins a transaction: number, command, length and data.
func (c *relpClient) send(command, head string, data []byte, acked func(error)) error {
	if err := c.window.Enter(acked); err != nil {
		return err
	}
	c.number = c.number%lastNumber + 1
	f := strconv.AppendInt(c.frame[:0], int64(c.number), 10)
	f = append(append(append(f, ' '), command...), ' ')
	f = append(strconv.AppendInt(f, int64(len(head)+len(data)), 10), ' ')
	c.frame = append(append(append(f, head...), data...), '\n')
	_, err := c.out.Write(c.frame)
	return err
}

// read takes the responses. They come in the order of the transactions.
func (c *relpClient) read() {
	in := bufio.NewReaderSize(c.conn, 64<<10)
	for number := 1; ; number = number%lastNumber + 1 {
		err := response(in, number)
		if err == nil {
			err = c.window.Leave(1)
		}
		if err != nil {
			c.window.Fail(err)
			return
		}
	}
}

// response reads one, which must be that of the given transaction and say that all
// is well: "NUMBER rsp LENGTH 200 ...".
func response(in *bufio.Reader, number int) error {
	var head [3]string
	for i := range head {
		word, err := in.ReadString(' ')
		if err != nil {
			return err
		}
		head[i] = strings.TrimSuffix(word, " ")
	}
	length, err := strconv.Atoi(head[2])
	if err != nil || length < 0 || head[0] != strconv.Itoa(number) || head[1] != "rsp" {
		return fmt.Errorf("%q is no response to %d", head, number)
	}
	said := make([]byte, length+len("\n"))
	if _, err := io.ReadFull(in, said); err != nil {
		return err
	}
	if !bytes.HasPrefix(said, []byte("200")) {
		return fmt.Errorf("the answer to %d is %q", number, said)
	}
	return nil
}

// Flush implements [system.Client].
func (c *relpClient) Flush(ctx context.Context) error { return c.window.Empty(ctx) }

// Close implements [system.Client].
func (c *relpClient) Close() error {
	err := c.conn.Close()
	c.responses.Wait()
	return err
}
