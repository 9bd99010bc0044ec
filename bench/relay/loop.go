package relay

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// source is a connection that is read: of whoever sends messages, or, at host 0, of
// a host that tells what it holds.
type source struct {
	fd     int
	rest   []byte // the beginning of a frame
	holder int    // its place in the ledger; 0 for one that sends messages
	answer uint64 // id of the last message to be answered now; 0 is none
}

// loop waits for what comes and passes it on, batch by batch.
func (n *node) loop() error {
	for {
		count, err := unix.EpollWait(n.epoll, n.events, -1)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		n.lines.at(time.Now())
		for _, e := range n.events[:count] {
			if err := n.ready(int(e.Fd)); err != nil {
				return err
			}
		}
		if err := n.pass(); err != nil {
			return err
		}
	}
}

// ready reads from a connection, or takes a new one.
func (n *node) ready(fd int) error {
	s := n.sources[fd]
	switch {
	case fd == n.listener:
		return n.accept()
	case s.holder > 0:
		return n.hear(s)
	}
	return n.read(s)
}

func (n *node) accept() error {
	fd, _, err := unix.Accept4(n.listener, unix.SOCK_CLOEXEC)
	if err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	n.sources[fd] = &source{fd: fd}
	return n.watch(fd)
}

// room is the least that a read is worth: below that, the batch is passed on.
const room = 2 * maxFrame

// read reads once from s, behind what others have brought to this batch, and makes
// the lines.
func (n *node) read(s *source) error {
	if len(n.in)-n.used < room {
		if err := n.pass(); err != nil {
			return err
		}
	}
	kept := copy(n.in[n.used:], s.rest)
	got, err := unix.Read(s.fd, n.in[n.used+kept:])
	if errors.Is(err, unix.EINTR) {
		return nil // it is still ready
	}
	if err != nil || got == 0 {
		return n.leave(s, err)
	}
	fresh := n.in[n.used : n.used+kept+got]
	used, err := n.parse(s, fresh)
	if err != nil {
		return err
	}
	s.rest = append(s.rest[:0], fresh[used:]...)
	n.used += used
	return nil
}

// parse makes a line of each whole frame, and patches the frame for the first child.
func (n *node) parse(s *source, frames []byte) (used int, err error) {
	var wrapping byte
	if len(n.children) > 0 {
		wrapping = n.children[0].wrapping
	}
	var d data
	count := uint64(0)
	for {
		size, err := next(frames[used:], &d)
		if err != nil {
			return 0, err
		}
		if size == 0 {
			break
		}
		used += size
		*d.wrapping = wrapping
		n.lines.add(d.text)
		count++
	}
	if count > 0 {
		n.held += count
		if n.ledger != nil {
			n.ledger.take(s, d.id, n.held)
		}
	}
	return used, nil
}

// leave forgets a connection that has ended. Only a client's may.
func (n *node) leave(s *source, err error) error {
	if n.ledger == nil || s.holder > 0 {
		return fmt.Errorf("a host is gone: %w", errors.Join(err, unix.ECONNRESET))
	}
	delete(n.sources, s.fd)
	return unix.Close(s.fd)
}

// pass sends a batch on, writes it, and says so.
func (n *node) pass() error {
	if n.used > 0 {
		if err := n.forward(); err != nil {
			return err
		}
		if err := write(n.log, n.lines.buf); err != nil {
			return err
		}
		n.used, n.lines.buf = 0, n.lines.buf[:0]
		if n.Sync {
			if err := unix.Fdatasync(n.log); err != nil {
				return err
			}
		}
		if n.origin >= 0 {
			var ok [32]byte
			if err := write(n.origin, appendOk(ok[:0], n.held, 1)); err != nil {
				return err
			}
		}
		if n.ledger != nil {
			n.ledger.hold(0, n.held)
		}
	}
	if n.ledger == nil {
		return nil
	}
	return n.ledger.answer()
}

// forward writes the batch to the children.
func (n *node) forward() error {
	for i, c := range n.children {
		if i > 0 && c.wrapping != n.children[i-1].wrapping {
			if err := rewrap(n.in[:n.used], c.wrapping); err != nil {
				return err
			}
		}
		if err := write(c.fd, n.in[:n.used]); err != nil {
			return err
		}
	}
	return nil
}

// rewrap patches all frames of a batch.
func rewrap(frames []byte, wrapping byte) error {
	var d data
	for len(frames) > 0 {
		size, err := next(frames, &d)
		if err != nil {
			return err
		}
		*d.wrapping = wrapping
		frames = frames[size:]
	}
	return nil
}

// hear takes what a host tells about what it holds.
func (n *node) hear(s *source) error {
	var buf [4 << 10]byte
	kept := copy(buf[:], s.rest)
	got, err := unix.Read(s.fd, buf[kept:])
	if errors.Is(err, unix.EINTR) {
		return nil
	}
	if err != nil || got == 0 {
		return n.leave(s, err)
	}
	all := buf[:kept+got]
	id, used, err := lastOk(all)
	if err != nil {
		return err
	}
	s.rest = append(s.rest[:0], all[used:]...)
	if id > 0 {
		n.ledger.hold(s.holder, id)
	}
	return nil
}

// write writes all of it to a blocking descriptor.
func write(fd int, buf []byte) error {
	for len(buf) > 0 {
		n, err := unix.Write(fd, buf)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		buf = buf[n:]
	}
	return nil
}
