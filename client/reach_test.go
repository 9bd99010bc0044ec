package client

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// peerPort is a host's peer port, to which a client comes by mistake.
func peerPort(p *peer) {
	if p.next() != nil {
		refusal := &pzog.Ack{Version: 1, Refused: "the address is of no host in the ring"}
		_, _ = p.conn.Write(frame.AppendAck(nil, refusal, frame.ClientLimit))
	}
}

// TestPeerPort: it has taken nothing, so it counts as a host that could not be reached, and
// the error leads to the client port. It is not dialled again and again without a pause.
func TestPeerPort(t *testing.T) {
	for name, noResend := range map[string]bool{"resend": false, "no resend": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", peerPort)
				cfg := n.config(Specific, "a")
				cfg.NoResend = noResend
				c, began := n.client(cfg), time.Now()
				receipt, err := c.Send(t.Context(), "hello")
				const want = "no host could be reached: a: this is the peer port; clients use port 55552, unless the ring file has another; the time is up"
				if !errors.Is(err, ErrNoHost) || errors.Is(err, ErrUnacknowledged) || err.Error() != want || receipt != (Receipt{}) {
					t.Errorf("Send: %+v, %v", receipt, err)
				}
				if took, dials := time.Since(began), n.dialled("a"); took != DefaultTimeout || dials > 10 {
					t.Errorf("it was dialled %d times in %v", dials, took)
				}
				f := fates{t: t}
				summary, err := n.client(cfg).SendAll(t.Context(), numbered(3), f.report)
				if !errors.Is(err, ErrNoHost) || err.Error() != want || summary.Elapsed > DefaultTimeout+time.Second {
					t.Errorf("SendAll: %v after %v", err, summary.Elapsed)
				}
				if summary.Unsent == 0 || summary.Unsent != summary.Total() || len(summary.Hosts) > 0 || n.dialled("a") > 20 {
					t.Errorf("%+v; %d dials", summary, n.dialled("a"))
				}
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		n, b := newNetwork(t), new(obliging)
		n.serve("a", peerPort)
		n.serve("b", b.talk)
		cfg := n.config(RoundRobin, "a", "b")
		cfg.NoResend = true
		receipt, err := n.client(cfg).Send(t.Context(), "hello")
		if err != nil || receipt.Host != "b" || receipt.Resends != 0 {
			t.Errorf("Send: %+v, %v", receipt, err)
		}
		summary, err := n.client(cfg).SendAll(t.Context(), numbered(3), nil)
		if err != nil || summary.Acknowledged != 3 || summary.Resent != 0 {
			t.Errorf("SendAll: %+v, %v", summary, err)
		}
	})
}

// TestOtherRefusalsMayHaveTaken: after another reason than that of a peer port what was sent
// may be kept.
func TestOtherRefusalsMayHaveTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) {
			p.data(1)
			_, _ = p.conn.Write(frame.AppendAck(nil, &pzog.Ack{Version: 1, Refused: "no whole frame in time"}, frame.ClientLimit))
		})
		cfg := n.config(Specific, "a")
		cfg.NoResend = true
		if _, err := n.client(cfg).Send(t.Context(), "hello"); !errors.Is(err, ErrUnacknowledged) {
			t.Errorf("got %v", err)
		}
	})
}

// TestPeerPortReasons: they are those that docs/protocol.md lists for the peer port.
func TestPeerPortReasons(t *testing.T) {
	page, err := os.ReadFile("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, reason := range peerPortReasons {
		found := false
		for row := range strings.Lines(string(page)) {
			found = found || strings.Contains(row, "`"+reason) && strings.HasSuffix(strings.TrimSpace(row), "| peer |")
		}
		if !found {
			t.Errorf("%q is not listed", reason)
		}
	}
}

// TestFailuresAreInTheOrderOfHosts: whatever the order in which they were tried.
func TestFailuresAreInTheOrderOfHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		cfg := n.config(Random, "c", "a", "b", "e", "d")
		var waiting []string
		cfg.OnWaiting = func(err error) { waiting = append(waiting, err.Error()) }
		c := n.client(cfg)
		for range 5 {
			if _, err := c.Send(t.Context(), "hello"); !hostsInOrder(err.Error()) {
				t.Error(err)
			}
		}
		for _, text := range waiting {
			if !hostsInOrder(text) {
				t.Errorf("waiting: %s", text)
			}
		}
		if len(waiting) != 5 {
			t.Errorf("said %d times", len(waiting))
		}
	})
}

// hostsInOrder reports whether a text names the hosts c, a, b, e, d in this order.
func hostsInOrder(text string) bool {
	last := 0
	for _, host := range []string{"c: ", "a: ", "b: ", "e: ", "d: "} {
		at := strings.Index(text[last:], " "+host)
		if at < 0 {
			return false
		}
		last += at
	}
	return true
}

// TestUntil: its end ends what only searches for a host, for its cause, and nothing else.
func TestUntil(t *testing.T) {
	for name, send := range map[string]func(*testing.T, *Client) error{
		"Send": func(t *testing.T, c *Client) error { _, err := c.Send(t.Context(), "hello"); return err },
		"SendAll": func(t *testing.T, c *Client) error {
			var result error
			_, err := c.SendAll(t.Context(), oneText, func(r Result) { result = r.Err })
			if err == nil {
				return result
			}
			return err
		},
	} {
		for state, test := range map[string]struct {
			talk func(*peer)
			want error
			took time.Duration
		}{
			"down":      {nil, errMine, time.Second},
			"in flight": {func(p *peer) { p.data(1); p.work(3 * time.Second); p.ok(1); p.drain() }, nil, 3 * time.Second},
			"peer port": {peerPort, errMine, time.Second},
		} {
			t.Run(name+"/"+state, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := newNetwork(t)
					n.serve("a", test.talk)
					cfg := n.config(Specific, "a")
					until, end := context.WithCancelCause(t.Context())
					cfg.Until = until
					time.AfterFunc(time.Second, func() { end(errMine) })
					c, began := n.client(cfg), time.Now()
					err := send(t, c)
					if !errors.Is(err, test.want) || errors.Is(err, ErrNoHost) || time.Since(began) != test.took {
						t.Errorf("%v after %v", err, time.Since(began))
					}
				})
			})
		}
	}
}
