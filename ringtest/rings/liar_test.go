package rings_test

import (
	"bytes"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// A peer that sends what we are said to have taken, and have not, is not
// believed (I4).
func TestAForgedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		ours := r.first()
		w := r.dialPeer()
		w.write(frame.AppendData(nil, &frame.Data{
			ID: 1, Text: []byte("forged\r\n"), Origin: []byte(ours.Origin), Boot: ours.Boot, Seq: 2,
		}))
		r.requireClosed(w, "claims to be ours")
		r.send(0, "ours again")
		r.requireSame(2, 0)
	})
}

// What came before a forged message in its batch is not lost with it: it is
// taken when it is sent again.
func TestWhatCameWithAForgedMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		ours := r.first()
		w := r.dialPeer()
		w.write(append(data(1, 1, "honest"), frame.AppendData(nil, &frame.Data{
			ID: 2, Text: []byte("forged\r\n"), Origin: []byte(ours.Origin), Boot: ours.Boot, Seq: 2,
		})...))
		r.requireClosed(w, "claims to be ours")
		w = r.dialPeer()
		w.write(data(1, 1, "honest"))
		for f := w.read(); f.Kind != frame.OkKind; {
			f = w.read()
		}
		if log := strings.Join(r.lines(0), ""); !strings.Contains(log, " honest\r\n") {
			t.Errorf("Ok'd, and not in the log: %q", log)
		}
	})
}

// A message that we have, and that comes with another text: it stays as it is, and the
// operator is told, but not for each.
func TestADuplicateWithAnotherText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		ours := r.first()
		w := r.dialPeer()
		var out []byte
		for id := uint64(1); id <= 3; id++ {
			out = frame.AppendData(out, &frame.Data{ID: id, Text: []byte("forged\r\n"), Origin: []byte(ours.Origin), Boot: ours.Boot, Seq: 1})
		}
		w.write(out)
		for f := w.read(); f.Kind != frame.OkKind || f.Ok.ID < 3; {
			f = w.read()
		}
		time.Sleep(time.Second) // what is said has been written
		counts := r.hosts[0].Daemon().Counts()
		if n, said := counts.Conflicts.Load(), r.Said("another text"); n != 3 || said != 1 {
			t.Errorf("%d conflicts, and %d lines about them, want 3 and 1", n, said)
		}
		r.requireSame(1, 0)
	})
}

// A client that sends and does not read stalls itself alone: what it sends does
// not gather in memory (I6).
func TestAFloodOfKeepAlives(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		w := r.dialPort(fromAfar, r.ring.Ports.Client)
		w.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
		hundred := bytes.Repeat(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit), 100)
		taken := 0
		for taken < 1_000_000 {
			n, err := w.conn.Write(hundred)
			taken += n
			if err != nil {
				break
			}
		}
		if taken >= 1_000_000 {
			t.Errorf("%d bytes of keepAlives were taken from a client that reads nothing", taken)
		}
	})
}

// A peer that greets again and again, each time of another ring file, does not fill the
// diagnostics.
func TestAPeerThatComesOverAndOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		hello := r.hello()
		const greetings = 500
		for n := range greetings {
			hello.Ring = fmt.Append(nil, "another ", n)
			w := r.dialPort(r.address(1), r.ring.Ports.Peer)
			w.write(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
			w.read()
			w.conn.Close()
		}
		if n := r.Said("its ring file differs"); n == 0 || n > greetings/5 {
			t.Errorf("%d greetings, %d lines", greetings, n)
		}
	})
}

func TestAPeerThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPort(r.address(1), r.ring.Ports.Peer)
		w.patience = 10 * time.Second
		r.requireClosed(w, "no keepAlive in time")
	})
}

// Frames other than vectors of marks are held to the client port's limit.
func TestALongDataFrameFromAPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: make([]byte, frame.ClientLimit)}))
		r.requireClosed(w, "over the limit")
	})
}

func TestAnOkForWhatWasNeverSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		w := r.acceptFrom0()
		if f := w.read(); f.Kind != frame.KeepAlive || f.KeepAlive.Host != "MV" {
			t.Fatalf("the hello is %+v", f)
		}
		ack := &pzog.Ack{Version: 1, Host: "PA", Ring: r.ring.Digest()}
		w.write(frame.AppendOk(frame.AppendAck(nil, ack, frame.PeerLimit), &frame.Ok{ID: 1}))
		r.requireClosed(w, "never sent")
	})
}

// first has host 0 take a message, and returns it.
func (r *memoryRing) first() record.Record {
	r.t.Helper()
	r.send(0, "really ours")
	var parser record.Parser
	rec, err := parser.Parse([]byte(r.lines(0)[0]))
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

// acceptFrom0 starts host 0 and is host 1 as host 0 dials it.
func (r *memoryRing) acceptFrom0() *wire {
	r.t.Helper()
	port, err := r.ListenBelow(netip.AddrPortFrom(r.address(1), r.ring.Ports.Peer))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { port.Close() })
	r.start(0)
	conn, err := port.Accept()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return &wire{t: r.t, conn: conn, patience: time.Second}
}

// requireClosed fails unless host 0 closes the connection and says why, in one
// line of error.log.
func (r *memoryRing) requireClosed(w *wire, why string) {
	r.t.Helper()
	begun := time.Now()
	for err := error(nil); err == nil; {
		_, err = w.try()
	}
	if took := time.Since(begun); took >= w.patience {
		r.t.Errorf("it is still open after %v", took)
	}
	if lines := r.errorLines(); len(lines) != 1 || !strings.Contains(lines[0], why) {
		r.t.Errorf("error.log: %q, want one line with %q", lines, why)
	}
}
