package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"syscall"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// wire is a connection for any bytes. One goroutine may send, and one may read.
type wire struct {
	net.Conn
	in    *bufio.Reader
	sent  int64
	asked bool // for a repair
}

func newWire(c net.Conn) *wire { return &wire{Conn: c, in: bufio.NewReaderSize(c, 4<<10)} }

// timeout limits a single write, and the wait for a single answer.
const timeout = 3 * time.Second

// send writes bytes.
func (w *wire) send(raw []byte) error {
	if err := w.SetWriteDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	n, err := w.Write(raw)
	w.sent += int64(n)
	return err
}

// next reads a frame.
func (w *wire) next() (*frame.Frame, error) {
	if err := w.SetReadDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	length := 0
	for shift := 0; ; shift += 7 {
		b, err := w.in.ReadByte()
		if err != nil {
			return nil, err
		}
		length |= int(b&0x7f) << shift
		if b < 0x80 {
			break
		}
		if shift > 14 {
			return nil, errors.New("a frame that is too long")
		}
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(w.in, body); err != nil {
		return nil, err
	}
	f := new(frame.Frame)
	err := frame.Decode(body, f)
	w.asked = w.asked || err == nil && f.Kind == frame.Ack && f.Ack.Repair
	return f, err
}

// nextOk reads frames until an Ok comes.
func (w *wire) nextOk() (frame.Ok, error) {
	for {
		f, err := w.next()
		if err != nil {
			return frame.Ok{}, err
		}
		if f.Kind == frame.OkKind {
			return f.Ok, nil
		}
	}
}

// marks reads a whole vector of marks, which may take several Acks.
func (w *wire) marks() (all []*pzog.Mark, err error) {
	for {
		f, err := w.next()
		if err != nil {
			return nil, err
		}
		if f.Kind != frame.Ack {
			return nil, errors.New("an answer to a greeting that is none")
		}
		all = append(all, f.Ack.Marks...)
		if !f.Ack.More {
			return all, nil
		}
	}
}

// closes reads until the host closes the connection, and says whether it does so in time.
func (w *wire) closes(within time.Duration) bool {
	if err := w.SetReadDeadline(time.Now().Add(within)); err != nil {
		return false
	}
	_, err := io.Copy(io.Discard, w.in)
	return err == nil || errors.Is(err, syscall.ECONNRESET)
}

// runsOf returns the marks of an origin's runs.
func runsOf(all []*pzog.Mark, origin string) (runs []*pzog.Mark) {
	for _, m := range all {
		if m.Origin == origin {
			runs = append(runs, m)
		}
	}
	return runs
}
