package client

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
)

// TestNoHostError: a reason that hosts share is told once.
func TestNoHostError(t *testing.T) {
	refused := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	tests := map[string]struct {
		causes []error
		want   string
	}{
		"one":     {[]error{&downError{"a:1", refused}}, ": a:1: connection refused"},
		"all":     {[]error{&downError{"a:1", refused}, &downError{"b:1", refused}}, ": a:1, b:1: connection refused"},
		"several": {[]error{&downError{"a:1", refused}, &downError{"b:1", ErrTimeout}, &downError{"c:1", refused}, ErrTimeout}, ": a:1, c:1: connection refused; b:1: the time is up"},
		"waiting": {[]error{&downError{"a:1", refused}, ErrTimeout}, ": a:1: connection refused; the time is up"},
		"ctx":     {[]error{context.Canceled}, ": context canceled"},
		"nothing": {nil, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var err error = &noHostError{test.causes}
			if got, want := err.Error(), ErrNoHost.Error()+test.want; got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
			if !errors.Is(err, ErrNoHost) || len(test.causes) > 0 && !errors.Is(err, test.causes[0]) {
				t.Error("it is not what it wraps")
			}
		})
	}
}
