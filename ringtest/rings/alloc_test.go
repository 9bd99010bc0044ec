package rings_test

import (
	"context"
	"net"
	"net/netip"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/supervisor"
)

// TestTheSteadyStateAllocatesForBatches: on the whole way of a message, from a client's
// bytes to the logs of three hosts and back to its Ok, memory is taken for batches and
// never for messages. It counts: nothing here depends on how fast anything is.
func TestTheSteadyStateAllocatesForBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(2 * time.Second) // dead letters leave a goroutine for a moment
		network, ring := memnet.New(), config.Loopback(3)
		ring.Log.Dir = filepath.Join(t.TempDir(), "{name}")
		for i := range ring.Hosts {
			h, err := supervisor.Start(supervisor.Options{
				Ring: ring, Self: i, Seams: actors.Seams{Dial: network.Dial, Listen: network.Listen},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer h.Stop(10 * time.Second)
		}
		time.Sleep(5 * time.Second) // the links are up
		c := dialSteady(t, network, ring)
		defer c.conn.Close()
		const few, many = 50, 800
		for range 20 { // what grows once has grown
			c.round(few)
			c.round(many)
		}
		a, b := c.allocations(few), c.allocations(many)
		t.Logf("%d allocations for %d messages, %d for %d", a, few, b, many)
		if most := a + (many-few)/2; b > most { // one a message, on one host, would be twice that
			t.Errorf("%d messages take %d allocations and %d take %d, want at most %d", few, a, many, b, most)
		}
	})
}

// steady is a client that sends so many messages at once, and reads the answers,
// without taking memory itself.
type steady struct {
	t    *testing.T
	conn net.Conn
	next frame.Data
	out  []byte
	in   []byte
}

func dialSteady(t *testing.T, network *memnet.Network, ring *config.Ring) *steady {
	at := netip.AddrPortFrom(ring.Hosts[0].Address, ring.Ports.Client)
	conn, err := network.Dial(context.Background(), at.Addr(), at)
	if err != nil {
		t.Fatal(err)
	}
	next := frame.Data{ID: 1, Text: steadyText, MinCopies: 3, Session: 7, Number: 1}
	return &steady{t: t, conn: conn, next: next, out: make([]byte, 0, 1<<17), in: make([]byte, 0, 1<<16)}
}

var steadyText = []byte(strings.Repeat("x", 46) + "\r\n")

// round sends n messages and reads until all are answered.
func (c *steady) round(n int) {
	c.out = c.out[:0]
	var row frame.RowEncoder
	for range n {
		c.out = row.Append(c.out, &c.next)
		c.next.Advance()
	}
	c.out = row.End(c.out)
	if _, err := c.conn.Write(c.out); err != nil {
		c.t.Fatal(err)
	}
	var f frame.Frame
	for f.Ok.ID+1 < c.next.ID {
		read, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
		if err != nil {
			c.t.Fatal(err)
		}
		rest := c.in[:len(c.in)+read]
		for {
			body, used, err := frame.Split(rest, frame.ClientLimit)
			if err != nil || used == 0 {
				break
			}
			if err := frame.Decode(body, &f); err != nil || f.Kind != frame.OkKind || f.Ok.Refusal != 0 {
				c.t.Fatalf("%+v, %v", f, err)
			}
			rest = rest[used:]
		}
		c.in = c.in[:copy(c.in[:cap(c.in)], rest)]
	}
	synctest.Wait()
}

// allocations is how often a round of n messages takes memory, on all hosts together:
// the least of some rounds, as now and then something else is done.
func (c *steady) allocations(n int) (least int) {
	for i := range 20 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c.round(n)
		runtime.ReadMemStats(&after)
		if count := int(after.Mallocs - before.Mallocs); i == 0 || count < least {
			least = count
		}
	}
	return least
}
