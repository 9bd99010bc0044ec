package rings_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// hello is what a client says first, with the rest of its handshake left out. It is as good as a whole
// handshake in what it costs a host.
func hello(t *testing.T, cfg *tls.Config) []byte {
	t.Helper()
	c := &recorder{}
	_ = tls.Client(c, cfg).Handshake() // it fails, as nobody answers
	return c.sent
}

// Handshakes of strangers wait in turn. Whoever has an address from which somebody was let in does not
// wait for them, and error.log stays short.
func TestStrangersWaitForTheirHandshakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		h.limit(func(l *config.Limits) { l.Handshakes, l.HandshakesPerAddress = 10, 2 })
		send := trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}
		honest := h.issue(h.ca, send, h.ca).DialHost("MV")
		forged := h.issue(newAuthority(h.t, h.ring.Ring), send, h.ca).DialHost("MV")
		if _, err := h.dialTLS(stranger(250), honest); err != nil {
			t.Fatal(err)
		}
		took := func(from netip.Addr) time.Duration {
			began := time.Now()
			if _, err := h.dialTLS(from, honest); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		first := hello(t, forged)
		var answered atomic.Int64
		for n := range 400 { // in 4 s; 40 can go on, and 8 of one address
			raw, err := h.Dial(context.Background(), stranger(n%40), h.address(0, false))
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			if _, err := raw.Write(first); err != nil {
				t.Fatal(err)
			}
			go func() {
				if n, _ := raw.Read(make([]byte, 1)); n > 0 {
					answered.Add(1)
				}
			}()
			time.Sleep(10 * time.Millisecond)
		}
		if n := answered.Load(); n < 35 || n > 45 {
			t.Errorf("%d strangers are answered in 4 s, want 40", n)
		}
		if d := took(stranger(250)); d > 100*time.Millisecond {
			t.Errorf("a client at an address that is known waits for %v", d)
		}
		if d := took(stranger(251)); d > 5*time.Second {
			t.Errorf("a client at a new address waits for %v, and strangers at 40 wait", d)
		}
		time.Sleep(75 * time.Second)
		log := h.errorLog(0)
		if n := strings.Count(log, "\n"); n > 100 || !strings.Contains(log, "more from 127.0.66.") {
			t.Errorf("error.log has %d lines for 400 strangers:\n%s", n, log)
		}
	})
}

// recorder keeps what is written, and nothing comes from it.
type recorder struct {
	net.Conn
	sent []byte
}

func (r *recorder) Write(b []byte) (int, error) {
	r.sent = append(r.sent, b...)
	return len(b), nil
}

func (r *recorder) Read([]byte) (int, error)         { return 0, io.EOF }
func (r *recorder) Close() error                     { return nil }
func (r *recorder) SetWriteDeadline(time.Time) error { return nil }
func (r *recorder) SetDeadline(time.Time) error      { return nil }
