package rings_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// stranger is the nth address that is none of a host in the ring.
func stranger(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 66, byte(n)}) }

// open tells whether a connection is still open.
func (w *wire) open() bool {
	w.patience = 10 * time.Millisecond
	_, err := w.try()
	for err == nil {
		_, err = w.try()
	}
	return isTimeout(err)
}

func isTimeout(err error) bool {
	timeout, ok := err.(interface{ Timeout() bool })
	return ok && timeout.Timeout()
}

// requireToldWhy fails unless the next frame says why the connection is closed.
func (w *wire) requireToldWhy(why string) {
	w.t.Helper()
	if f := w.read(); f.Kind != frame.Ack || f.Ack.Refused != why {
		w.t.Errorf("closed with %+v, want %q", f, why)
	}
}

// sayAlive is a whole frame that nobody is hurt by.
func (w *wire) sayAlive() {
	w.t.Helper()
	w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
	w.read()
}

// Idle connections lock nobody out: where there is no place, the oldest one goes that
// never said anything, then the one that has been silent longest, and never one that
// waits for an answer (I7).
func TestIdleClientsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, ringtest.File("limits: {clients: 4, clients_per_address: 3}"))
		r.start(0)
		dial := func(n int) *wire {
			w := r.dialPort(stranger(n), r.ring.Ports.Client)
			time.Sleep(time.Second)
			return w
		}
		waits := dial(1)
		waits.write(frame.AppendData(nil, &frame.Data{ID: 1, MinCopies: 2, TimeoutMS: 3_600_000, Text: []byte("for a copy\r\n")}))
		spoke, later, mute := dial(1), dial(2), dial(1)
		spoke.sayAlive()
		time.Sleep(time.Second)
		later.sayAlive()
		isOpen := func(step string, want map[*wire]bool) {
			t.Helper()
			for w, open := range want {
				if w.open() != open {
					t.Errorf("%s: one is open: %t, want %t", step, !open, open)
				}
			}
		}
		fifth := dial(3)
		mute.requireToldWhy("closed to make room for another: it was idle")
		isOpen("the mute one makes room", map[*wire]bool{waits: true, spoke: true, later: true, mute: false, fifth: true})
		fifth.sayAlive()
		sixth := dial(3)
		isOpen("the idlest makes room", map[*wire]bool{waits: true, spoke: false, later: true, fifth: true, sixth: true})
		sixth.sayAlive()
		later.conn.Close()
		time.Sleep(time.Second)
		seventh := dial(3)
		seventh.sayAlive()
		eighth := dial(3)
		isOpen("one of the same address makes room", map[*wire]bool{waits: true, fifth: false, sixth: true, seventh: true, eighth: true})
		if lines := r.errorLines(); len(lines) != 3 || strings.Count(strings.Join(lines, "\n"), "closed to make room for another") != 3 {
			t.Errorf("error.log: %q", lines)
		}
	})
}

// Where all wait for answers, one more is turned away, and says so in error.log.
func TestAFullHouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2, ringtest.File("limits: {clients: 4, clients_per_address: 3}"))
		r.start(0)
		for n := range 4 {
			w := r.dialPort(stranger(1+n/3), r.ring.Ports.Client)
			w.write(frame.AppendData(nil, &frame.Data{ID: 1, MinCopies: 2, TimeoutMS: 3_600_000, Text: []byte("for a copy\r\n")}))
		}
		time.Sleep(time.Second)
		for n, why := range map[int]string{1: "too many clients from one address", 2: "too many clients"} {
			w := r.dialPort(stranger(n), r.ring.Ports.Client)
			w.requireToldWhy(why)
			if w.open() {
				t.Errorf("one more from %v is let in", stranger(n))
			}
			time.Sleep(time.Second)
			if said := r.file(0, "error.log"); !strings.Contains(said, stranger(n).String()) || !strings.Contains(said, why) {
				t.Errorf("error.log: %q", said)
			}
		}
	})
}

// Limits that are reloaded hold for who comes next.
func TestPlacesAreReloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		ring := *r.ring
		var all []*wire
		for _, places := range []int{2, 3, 1} {
			ring.Limits.Clients = places
			next := ring
			r.hosts[0].Daemon().Reload(&next, nil)
			for range 4 {
				all = append(all, r.client())
				time.Sleep(time.Millisecond)
			}
			open := 0
			for _, w := range all {
				if w.open() {
					open++
				}
			}
			if open != places {
				t.Errorf("%d are open with %d places", open, places)
			}
		}
	})
}

// Whoever can bind the address of a host can open connections in its name. As long as he
// does not greet he has a few at a time, and the host itself gets in beside them.
func TestConnectionsThatDoNotGreetAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3)
		r.start(0)
		var mute []*wire
		for range 50 {
			mute = append(mute, r.dialPort(r.address(1), r.ring.Ports.Peer))
			time.Sleep(time.Millisecond)
		}
		other := r.dialPort(r.address(2), r.ring.Ports.Peer)
		open := 0
		for _, w := range mute {
			if w.open() {
				open++
			}
		}
		if open != 4 || !other.open() {
			t.Errorf("%d are open that have not greeted, and another host's: %t", open, other.open())
		}
		peer := r.dialPeer()
		for range 50 {
			r.dialPort(r.address(1), r.ring.Ports.Peer)
		}
		time.Sleep(time.Second)
		peer.write(data(1, 1, "from the host itself"))
		for f := peer.read(); f.Kind != frame.OkKind; {
			f = peer.read()
		}
		r.send(0, "unharmed")
		r.requireSame(2, 0)
	})
}
