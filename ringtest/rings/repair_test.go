package rings_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// After a repair that was read from disk the tree is whole again: each message
// goes to each host once.
func TestTheTreeAfterARepairFromDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		r.stop(3)
		for _, i := range []int{0, 1, 2, 4} {
			r.send(i, texts(fmt.Sprint("while away, from ", i), 20)...)
		}
		time.Sleep(time.Minute)
		for _, i := range []int{0, 1, 2, 4} { // after a start the window is empty
			r.stop(i)
			r.start(i)
		}
		time.Sleep(time.Minute)
		r.start(3)
		time.Sleep(2 * time.Minute)
		if r.Said("reading it from the log") == 0 {
			t.Error("nothing was read from disk")
		}
		r.requireSame(80, 0, 1, 2, 3, 4)
		for i := range 5 {
			before := r.forwarded()
			r.send(i, texts(fmt.Sprint("after the repair, from ", i), 100)...)
			time.Sleep(time.Second)
			if got := r.forwarded() - before; got != 400 {
				t.Errorf("%d frames for 100 messages from host %d, want 400", got, i)
			}
		}
	})
}

// A repairer that connects anew, as after a power cut, is asked anew.
func TestARepairerThatConnectsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		for range 2 {
			w := r.dialPort(r.address(1), r.ring.Ports.Peer)
			hello := r.hello()
			hello.Marks = []*pzog.Mark{{Origin: "PA", Boot: 7, Seq: 5, First: 1}}
			w.write(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
			begun := time.Now()
			for f := w.read(); f.Kind != frame.Ack || !f.Ack.Repair; {
				f = w.read()
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("asked only after %v", took)
			}
		}
	})
}

// A peer that answers without copies cannot take what is live. It is sent no
// more, until its marks say that it has caught up, and then from these on.
func TestAPeerThatCannotTakeWhatIsLive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.acceptFrom0()
		w.patience = 3 * time.Second
		ack := frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: "PA", Ring: r.ring.Digest()}, frame.PeerLimit)
		w.read() // the hello
		w.write(ack)
		time.Sleep(time.Second)
		r.send(0, "first")
		first := w.readKind(frame.DataKind)
		w.write(frame.AppendOk(nil, &frame.Ok{ID: first.Data.ID})) // and no copies
		time.Sleep(time.Second)
		r.send(0, "second")
		if f := w.read(); f.Kind != frame.KeepAlive {
			t.Fatalf("it is sent %+v", f)
		}
		w.write(ack)
		for seq := uint64(1); seq <= 2; seq++ {
			if f := w.readKind(frame.DataKind); f.Data.Seq != seq {
				t.Errorf("message %d comes, want %d", f.Data.Seq, seq)
			}
		}
	})
}

// readKind reads on until a frame of one kind comes.
func (w *wire) readKind(kind frame.Kind) frame.Frame {
	w.t.Helper()
	f := w.read()
	for f.Kind != kind {
		f = w.read()
	}
	return f
}

// Word that a peer's older connection has gone may come late: what was asked of it on
// the newer one stands, and no second peer is asked for the same.
func TestALateGoneGivesUpNoRepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3)
		r.start(0)
		late := r.hosts[0].Actor("router").Delay(time.Second, ringtest.Nth(1, "Gone"))
		has := []*pzog.Mark{{Origin: "PA", Boot: 7, Seq: 5, First: 1}}
		asked := func(host int) bool {
			w := r.dialPort(r.address(host), r.ring.Ports.Peer)
			hello := &pzog.KeepAlive{Version: 1, Host: r.ring.Hosts[host].Name, Ring: r.ring.Digest(), Marks: has}
			w.write(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
			for {
				switch f, err := w.try(); {
				case err != nil:
					return false
				case f.Kind == frame.Ack && f.Ack.Repair:
					return true
				}
			}
		}
		r.dialPeer().conn.Close()
		time.Sleep(time.Millisecond)
		if !asked(1) {
			t.Fatal("who has more is not asked")
		}
		time.Sleep(2 * time.Second)
		if late.Fired() != 1 {
			t.Fatalf("%d words were late", late.Fired())
		}
		if asked(2) {
			t.Error("another is asked for the same meanwhile")
		}
	})
}

// After damage all connections are closed at once. The peer that is back first
// may have retired what another still has: it is waited for, and nothing is lost.
func TestLongDamageBesidePeersThatKeepLess(t *testing.T) {
	for round := range 6 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 3, ringtest.File(smallSegments+aDayOfThis))
				r.hosts[1].Reconfigure(fewSegments + aDayOfThis)
				r.startAll()
				time.Sleep(2 * time.Second)
				for part := range 30 {
					r.send(0, texts(fmt.Sprint("part ", part), 20)...)
					time.Sleep(time.Second)
				}
				time.Sleep(10 * time.Second)
				if err := r.hosts[2].Disk().Flip("access.log.2", 100, 1); err != nil {
					t.Fatal(err)
				}
				time.Sleep(25 * time.Hour)
				r.requireSame(600, 0, 2)
			})
		})
	}
}
