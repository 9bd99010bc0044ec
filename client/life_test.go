package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// TestKeepAlive: an idle client says something every 60 s, and as long as it is
// answered the connection lasts.
func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		beats := 0
		n.serve("a", func(p *peer) {
			p.data(1)
			p.ok(1)
			for last := time.Now(); ; last = time.Now() {
				f := p.frame()
				if f == nil {
					return
				}
				if f.Kind == frame.DataKind {
					p.ok(f.Data.ID)
					continue
				}
				if k := f.KeepAlive; f.Kind != frame.KeepAlive || k.Version != 1 || k.Host != "" || time.Since(last) != time.Minute {
					t.Errorf("after %v: %+v", time.Since(last), f)
				}
				beats++
				p.ack()
			}
		})
		c := n.client(n.config(Specific, "a"))
		for range 2 {
			if _, err := c.Send(t.Context(), "hello"); err != nil {
				t.Error(err)
			}
			time.Sleep(time.Hour + time.Second)
		}
		c.Close()
		n.wg.Wait()
		if len(n.dials) != 1 || beats != 120 {
			t.Errorf("%d connections, %d keep-alives", len(n.dials), beats)
		}
	})
}

// TestSilence: a host that owes an answer and says nothing for 2 s is lost, whether
// it is data that is unanswered, a keep-alive, or a write that does not end; and one
// that says anything at all is not.
func TestSilence(t *testing.T) {
	tests := map[string]struct {
		talk func(*peer)
		want time.Duration // from the message on
	}{
		"data":       {(*peer).drain, 2 * time.Second},
		"keep-alive": {func(p *peer) { p.data(1); p.ok(1); p.drain() }, 62 * time.Second},
		"write":      {func(p *peer) { time.Sleep(time.Hour) }, 2 * time.Second},
		"half a frame": {func(p *peer) {
			p.data(1)
			time.Sleep(1500 * time.Millisecond)
			_, _ = p.conn.Write([]byte{20})
			p.drain()
		}, 3500 * time.Millisecond},
		"signs, then none":        {func(p *peer) { p.data(1); p.work(30 * time.Second); p.ack(); p.drain() }, 32 * time.Second},
		"a write and signs":       {func(p *peer) { p.work(30 * time.Second); p.ack(); time.Sleep(time.Hour) }, 32 * time.Second},
		"works until it is asked": {func(p *peer) { p.data(1); p.work(time.Second + 10*time.Millisecond); p.ok(1); p.drain() }, 62 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				var began time.Time
				n.serve("a", func(p *peer) {
					began = time.Now()
					test.talk(p)
				})
				c := n.client(n.config(Specific, "a"))
				go c.SendAll(t.Context(), oneText, nil)
				synctest.Wait()
				cn, _ := c.current(0)
				<-cn.failed
				took := time.Since(began)
				if early := test.want - took; early < 0 || early > DefaultSilence/5 || !errors.Is(cn.err, errHostSilent) {
					t.Errorf("%v after %v, want %v", cn.err, took, test.want)
				}
				c.Close()
			})
		})
	}
}

func oneText(yield func(string) bool) { yield("hello") }

// TestWrongAnswers: a host that does not keep to the protocol is left, and what
// it did not answer properly is unacknowledged.
func TestWrongAnswers(t *testing.T) {
	data := frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n")})
	hello := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)
	ok := func(id uint64) []byte { return frame.AppendOk(nil, &frame.Ok{ID: id, Copies: 1}) }
	tests := map[string]struct {
		answer []byte
		want   string
	}{
		"length 0":       {[]byte{0}, "length 0"},
		"too long":       {[]byte{0x81, 0x20}, "over the limit"},
		"not protobuf":   {[]byte{1, 0xff}, "not protobuf"},
		"never sent":     {ok(2), "an unexpected Ok"},
		"id 0":           {ok(0), "an unexpected Ok"},
		"data":           {data, "not for clients"},
		"keep-alive":     {hello, "not for clients"},
		"half a frame":   {ok(1)[:2], "closed the connection"},
		"nothing":        {nil, "closed the connection"},
		"http":           {[]byte("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n"), "frame"},
		"tls":            {[]byte{0x15, 3, 3, 0, 2, 2, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "frame"},
		"ack, then junk": {append(frame.AppendAck(nil, &pzog.Ack{Version: 1}, frame.ClientLimit), 0x80, 0), "non-minimal"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNetwork(t)
				n.serve("a", func(p *peer) {
					p.data(1)
					_, _ = p.conn.Write(test.answer)
				})
				cfg := n.config(Specific, "a")
				cfg.NoResend = true
				began := time.Now()
				receipt, err := n.client(cfg).Send(t.Context(), "hello")
				if !errors.Is(err, ErrUnacknowledged) || !strings.Contains(err.Error(), test.want) || receipt.Host != "a" {
					t.Errorf("got %+v, %v", receipt, err)
				}
				if time.Since(began) != 0 {
					t.Errorf("it took %v", time.Since(began))
				}
			})
		})
	}
}

// TestAnsweredTwice: an Ok for an id that has one is as wrong as for one that
// was not sent.
func TestAnsweredTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", func(p *peer) { p.data(1); p.ok(1); p.ok(1); p.drain() })
		c := n.client(n.config(Specific, "a"))
		if _, err := c.Send(t.Context(), "hello"); err != nil {
			t.Error(err)
		}
		synctest.Wait()
		if cn, old := c.current(0); cn != nil || !errors.Is(old.err, errUnexpectedAnswer) {
			t.Errorf("the connection lives")
		}
	})
}

// TestClose: everybody who waits for anything comes back at once, and a closed
// client stays closed.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("mute", (*peer).drain)
		n.serve("deaf", func(p *peer) { time.Sleep(time.Hour) })
		dialling := func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		var clients []*Client
		for _, address := range []string{"mute", "deaf", "down", "far"} {
			cfg := n.config(Specific, address)
			cfg.Timeout, cfg.Window = time.Hour, 2
			if address == "far" {
				cfg.Dial = dialling
			}
			clients = append(clients, n.client(cfg))
		}
		var wg sync.WaitGroup
		for _, c := range clients {
			for range 3 {
				wg.Go(func() {
					if _, err := c.Send(t.Context(), "hello"); !errors.Is(err, ErrClosed) {
						t.Errorf("Send: %v", err)
					}
				})
			}
			wg.Go(func() {
				if s, err := c.SendAll(t.Context(), endless, nil); !errors.Is(err, ErrClosed) || s.Acknowledged != 0 {
					t.Errorf("SendAll: %+v, %v", s, err)
				}
			})
		}
		time.Sleep(time.Second)
		began := time.Now()
		for _, c := range clients {
			c.Close()
			c.Close()
			if _, err := c.Send(t.Context(), "hello"); !errors.Is(err, ErrClosed) {
				t.Errorf("Send after Close: %v", err)
			}
		}
		wg.Wait()
		if time.Since(began) != 0 {
			t.Errorf("it took %v", time.Since(began))
		}
	})
}

func endless(yield func(string) bool) {
	for i := 0; yield(fmt.Sprint(i)); i++ {
	}
}

// TestCloseDuringDial: a connection that comes when the client is closed already
// is not used, and not left open.
func TestCloseDuringDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNetwork(t)
		n.serve("a", (*peer).drain)
		cfg := n.config(Random, "a")
		cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			<-ctx.Done()
			return n.dial(ctx, network, address)
		}
		c := n.client(cfg)
		time.AfterFunc(time.Second, func() { c.Close() })
		if _, err := c.Send(t.Context(), "hello"); !errors.Is(err, ErrClosed) || errors.Is(err, ErrUnacknowledged) {
			t.Error(err)
		}
		n.wg.Wait() // or the connection is open still
	})
}
