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
		"one":     {[]error{&dialError{"a:1", refused}}, ": a:1: connection refused"},
		"all":     {[]error{&dialError{"a:1", refused}, &dialError{"b:1", refused}}, ": a:1, b:1: connection refused"},
		"several": {[]error{&dialError{"a:1", refused}, &dialError{"b:1", ErrTimeout}, &dialError{"c:1", refused}, ErrTimeout}, ": a:1, c:1: connection refused; b:1: the time is up"},
		"waiting": {[]error{&dialError{"a:1", refused}, ErrTimeout}, ": a:1: connection refused; the time is up"},
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

// What a refusal says it says once: a detail that is the reason is not repeated.
func TestARefusalSaysItOnce(t *testing.T) {
	for want, e := range map[string]RefusedError{
		"refused: the host cannot write its log":                          {Refusal: RefusalStorage},
		"refused: the host is stopping":                                   {Refusal: RefusalStopping, Detail: "the host is stopping"},
		"refused: the host cannot write its log: no space left on device": {Refusal: RefusalStorage, Detail: "no space left on device"},
		"refused: a tab inside":                                           {Refusal: RefusalControl, Detail: "a tab inside"},
		"refused: a control, line separator or bidi character inside":     {Refusal: RefusalControl},
		"refused: not valid UTF-8":                                        {Refusal: RefusalNotUTF8, Detail: "not valid UTF-8"},
	} {
		if got := e.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
