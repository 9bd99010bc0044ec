package neterr

import (
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
)

// What is left is the reason, however it was wrapped.
func TestCause(t *testing.T) {
	call := os.NewSyscallError("connect", syscall.ECONNREFUSED)
	dial := &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}, Err: call}
	for _, c := range []struct{ err, want error }{
		{dial, syscall.ECONNREFUSED},
		{fmt.Errorf("a host: %w", dial), syscall.ECONNREFUSED},
		{&net.OpError{Op: "read", Net: "tcp", Err: os.ErrDeadlineExceeded}, os.ErrDeadlineExceeded},
		{call, syscall.ECONNREFUSED},
		{io.EOF, io.EOF},
		{nil, nil},
	} {
		if got := Cause(c.err); got != c.want {
			t.Errorf("of %v the cause is %v, want %v", c.err, got, c.want)
		}
	}
}
