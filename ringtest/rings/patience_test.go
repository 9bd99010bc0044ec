package rings_test

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// A place is for those who say something: a connection without a whole frame in time is
// closed, and so is one on which a frame is begun and does not go on, however often a
// byte comes.
func TestAFrameMustComeInTime(t *testing.T) {
	alive := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)
	long := func(id uint64) []byte {
		return frame.AppendData(nil, &frame.Data{ID: id, Text: []byte(strings.Repeat("x", 500) + "\r\n")})
	}
	tests := []struct {
		name   string
		peer   bool
		first  []byte // comes at once
		drip   []byte // comes with a byte a second
		closed bool
	}{
		{"nothing at all", false, nil, nil, true},
		{"one byte", false, nil, long(1)[:1], true},
		{"a frame too slow", false, nil, long(1), true},
		{"a second frame too slow", false, long(1), long(2), true},
		{"a second frame that stops", false, long(1), long(2)[:1], true},
		{"slow frames, each in time", false, nil, bytes.Repeat(alive, 10), false},
		{"nothing behind a whole frame", false, alive, nil, false},
		{"a peer's frame too slow", true, nil, data(1, 1, strings.Repeat("x", 500)), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				r.start(0)
				w := r.dialPort(fromAfar, r.ring.Ports.Client)
				if tt.peer {
					w.conn.Close()
					w = r.dialPeer()
				}
				begun := time.Now()
				w.write(tt.first)
				go drip(w.conn, tt.drip, 1)
				w.patience = 60 * time.Second
				var err error
				for err == nil && time.Since(begun) < w.patience {
					_, err = w.try()
				}
				took := time.Since(begun).Round(100 * time.Millisecond)
				if closed := err != nil && took < w.patience; closed != tt.closed || closed && (took < 9*time.Second || took > 11*time.Second) {
					t.Fatalf("after %v: %v", took, err)
				}
				time.Sleep(time.Second) // what is said has been written
				if lines := r.file(0, "error.log"); tt.closed != strings.Contains(lines, "no whole frame in time") {
					t.Errorf("error.log: %q", lines)
				}
			})
		})
	}
}

// While a host is busy with what came before, it does not read; a frame that waits
// in its socket meanwhile is not too slow.
func TestAFrameThatIsNotReadIsNotTooSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		w := r.client()
		w.patience = time.Minute
		disk := r.hosts[0].Disk()
		slow := disk.Slow(15*time.Second, ringtest.Every("sync"))
		var raw []byte
		for id := range uint64(40) { // each is a read, and more than have a credit
			raw = frame.AppendData(nil, &frame.Data{ID: id + 1, Text: []byte("patience\r\n")})
			w.write(raw[:5])
			time.Sleep(10 * time.Millisecond)
			w.write(raw[5:])
			time.Sleep(10 * time.Millisecond)
		}
		for last := uint64(0); last < 40; {
			f, err := w.answer()
			if err != nil {
				t.Fatal(err)
			}
			last = f.Ok.ID
		}
		slow.Heal()
	})
}

// A client of the package that has nothing to send yet keeps its place.
func TestAClientThatHasNothingToSendStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1, ringtest.OtherClients(), ringtest.File("limits: {first_frame: 1s}"))
		r.start(0)
		dials := 0
		c, err := client.Dial(t.Context(), client.Config{Hosts: r.Addresses(), Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dials++
			return r.Dial(ctx, network, address)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		time.Sleep(10 * time.Minute)
		if _, err := c.Send(t.Context(), "at last"); err != nil || dials != 1 {
			t.Errorf("it has dialled %d times: %v", dials, err)
		}
		if said := r.file(0, "error.log"); said != "" {
			t.Errorf("error.log: %q", said)
		}
	})
}
