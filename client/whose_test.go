package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/messages/pzog"
)

// interrupted dials as the net package does: who gives up gets an error that matches
// context.Canceled, whatever the cause.
func interrupted(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
}

// is requires that an error matches some errors and no others of those that callers
// ask for.
func is(t *testing.T, what string, err error, want ...error) {
	t.Helper()
	for _, target := range []error{ErrUnacknowledged, ErrNoHost, ErrClosed, ErrTimeout, context.Canceled, context.DeadlineExceeded, errMine} {
		wanted := false
		for _, w := range want {
			wanted = wanted || w == target
		}
		if errors.Is(err, target) != wanted {
			t.Errorf("%s: %v; that it is %q: %v", what, err, target, !wanted)
		}
	}
}

var errMine = errors.New("a cause of the caller's own")

// each calls the three ways to use a client, before or while which change happens,
// and requires that they end at once, with the errors wanted.
func each(t *testing.T, cfg func(*network) Config, change func(*Client, context.CancelCauseFunc), after time.Duration, want ...error) {
	for name, use := range map[string]func(context.Context, *Client) error{
		"Send": func(ctx context.Context, c *Client) error {
			_, err := c.Send(ctx, "hello")
			return err
		},
		"SendAll": func(ctx context.Context, c *Client) error {
			var told error
			_, err := c.SendAll(ctx, oneText, func(r Result) { told = r.Err })
			if told != nil {
				is(t, "the text of SendAll", told, want...)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				c := n.client(cfg(n))
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				began := time.Now()
				if after == 0 {
					change(c, cancel)
				} else {
					time.AfterFunc(after, func() { change(c, cancel) })
				}
				err := use(ctx, c)
				if name == "SendAll" { // what became of the text is in its report
					is(t, name, err, without(want, ErrUnacknowledged)...)
				} else {
					is(t, name, err, want...)
				}
				if took := time.Since(began); took != after {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func without(list []error, out error) (rest []error) {
	for _, err := range list {
		if err != out {
			rest = append(rest, err)
		}
	}
	return rest
}

func closing(c *Client, _ context.CancelCauseFunc)         { c.Close() }
func cancelling(_ *Client, cancel context.CancelCauseFunc) { cancel(nil) }
func causing(_ *Client, cancel context.CancelCauseFunc)    { cancel(errMine) }

// TestWhoseErrorItIs: what ended a call is what its error says, and nothing else.
func TestWhoseErrorItIs(t *testing.T) {
	states := map[string]func(*network) Config{
		"refusing": func(n *network) Config { return n.config(RoundRobin, "a", "b") },
		"dialling": func(n *network) Config {
			cfg := n.config(RoundRobin, "a", "b")
			cfg.Dial = interrupted
			return cfg
		},
		"dialling one": func(n *network) Config {
			cfg := n.config(Specific, "a")
			cfg.Dial = interrupted
			return cfg
		},
	}
	for name, cfg := range states {
		for when, after := range map[string]time.Duration{"before": 0, "during": 700 * time.Millisecond} {
			t.Run(name+"/closed "+when, func(t *testing.T) { each(t, cfg, closing, after, ErrClosed) })
			t.Run(name+"/cancelled "+when, func(t *testing.T) { each(t, cfg, cancelling, after, context.Canceled) })
			t.Run(name+"/cancelled for a cause "+when, func(t *testing.T) { each(t, cfg, causing, after, context.Canceled, errMine) })
		}
	}
}

// TestWhoseErrorItIsWhenItWasSent: the same for a text that a host may have, while
// that is waited for and while another is looked for.
func TestWhoseErrorItIsWhenItWasSent(t *testing.T) {
	states := map[string]func(*network) Config{
		"unanswered": func(n *network) Config {
			n.serve("a", func(p *peer) { p.data(1); p.work(time.Minute) })
			return n.config(Specific, "a")
		},
		"lost": func(n *network) Config {
			n.serve("a", func(p *peer) { n.serve("a", nil); p.data(1) })
			return n.config(Specific, "a")
		},
	}
	for name, cfg := range states {
		after := 700 * time.Millisecond
		t.Run(name+"/closed", func(t *testing.T) { each(t, cfg, closing, after, ErrUnacknowledged, ErrClosed) })
		t.Run(name+"/cancelled", func(t *testing.T) { each(t, cfg, cancelling, after, ErrUnacknowledged, context.Canceled) })
		t.Run(name+"/cancelled for a cause", func(t *testing.T) {
			each(t, cfg, causing, after, ErrUnacknowledged, context.Canceled, errMine)
		})
	}
}

// TestWhoseTimeIsUp: Config.Timeout and the caller's deadline are told apart, and both
// are deadlines.
func TestWhoseTimeIsUp(t *testing.T) {
	for name, test := range map[string]struct {
		deadline time.Duration
		want     []error
	}{
		"the client's": {time.Hour, []error{ErrNoHost, ErrTimeout, context.DeadlineExceeded}},
		"the caller's": {time.Second, []error{ErrNoHost, context.DeadlineExceeded}},
		"over before":  {-time.Second, []error{context.DeadlineExceeded}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				cfg := n.config(Random, "a", "b")
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				_, err := n.client(cfg).Send(ctx, "hello")
				is(t, "Send", err, test.want...)
				ctx, cancel = context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				_, err = Dial(ctx, cfg)
				is(t, "Dial", err, test.want...)
			})
		})
	}
}

// TestRetryable: what a host refuses for its own reasons may be taken later; a text
// that nobody takes may not. Refusals have the numbers of the wire.
func TestRetryable(t *testing.T) {
	for value, name := range pzog.Refusal_name {
		want := map[string]bool{"STORAGE": true, "STOPPING": true, "OVERLOADED": true}[name]
		if got := (&RefusedError{Refusal: Refusal(value)}).Retryable(); got != want {
			t.Errorf("%s is retryable: %v", name, got)
		}
	}
	for own, wire := range map[Refusal]pzog.Refusal{
		RefusalNotUTF8: pzog.Refusal_NOT_UTF8, RefusalControl: pzog.Refusal_CONTROL, RefusalTooLong: pzog.Refusal_TOO_LONG,
		RefusalStorage: pzog.Refusal_STORAGE, RefusalStopping: pzog.Refusal_STOPPING, RefusalOverloaded: pzog.Refusal_OVERLOADED,
		RefusalKeyReused: pzog.Refusal_NUMBER_REUSED,
	} {
		if int(own) != int(wire) {
			t.Errorf("%v is %d, and %v is %d", own, own, wire, wire)
		}
	}
}

// TestRefusedAndClosed: a text that is refused for now, and asked for again, ends with
// the client.
func TestRefusedAndClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", refuses(pzog.Refusal_OVERLOADED))
		c := n.client(n.config(Specific, "a"))
		time.AfterFunc(time.Second, func() { c.Close() })
		_, err := c.Send(t.Context(), "hello")
		is(t, "Send", err, ErrClosed)
		if !errors.As(err, new(*RefusedError)) {
			t.Errorf("%v does not say that it was refused", err)
		}
	})
}

// TestSummaryNamesEachHostOnce: however often the sending changes between them.
func TestSummaryNamesEachHostOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		for _, h := range []string{"a", "b"} {
			n.serve(h, func(p *peer) { // it goes after each message
				if f := p.next(); f != nil {
					p.ok(f.Data.ID)
				}
			})
		}
		cfg := n.config(RoundRobin, "a", "b")
		cfg.Window = 1
		summary, err := n.client(cfg).SendAll(t.Context(), numbered(20), nil)
		if err != nil || fmt.Sprint(summary.Hosts) != "[a b]" {
			t.Errorf("%+v, %v", summary, err)
		}
	})
}

// TestWaitingIsTold: who looks for a host for more than a second says so, once.
func TestWaitingIsTold(t *testing.T) {
	for name, dial := range map[string]bool{"refused": false, "hanging": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n, began := newNetwork(t), time.Now()
				cfg := n.config(Random, "a", "b", "c")
				if dial {
					n.unplug("a", "b", "c")
				}
				var told []time.Duration
				cfg.OnWaiting = func(err error) {
					if !errors.Is(err, ErrNoHost) {
						t.Errorf("told %v", err)
					}
					told = append(told, time.Since(began))
				}
				c := n.client(cfg)
				_, _ = c.Send(t.Context(), "hello")
				if len(told) != 1 || told[0] < time.Second || told[0] > 2*time.Second {
					t.Errorf("told after %v", told)
				}
				n.plug("a", "b", "c")
				n.serve("b", new(obliging).talk)
				if _, err := c.Send(t.Context(), "hello"); err != nil || len(told) != 1 {
					t.Errorf("%v; told %d times", err, len(told))
				}
			})
		})
	}
}
