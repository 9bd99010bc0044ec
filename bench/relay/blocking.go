package relay

import (
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// blocking is a connection that is away from the runtime's poller: who reads from it
// or writes to it blocks the thread.
type blocking struct{ fd int }

func (b *blocking) Read(buf []byte) (int, error) {
	for {
		n, err := unix.Read(b.fd, buf)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		}
		return n, nil
	}
}

func (b *blocking) Write(buf []byte) (int, error) { return len(buf), write(b.fd, buf) }

func (b *blocking) Close() error { return unix.Close(b.fd) }
