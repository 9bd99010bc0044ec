package rings_test

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// What a host has taken and not synced is no copy, however long its disk takes
// (I1, DESIGN 5: durable is not taken).
func TestWhatHangsBeforeTheDiskIsNoCopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		hang := r.hosts[1].Disk().Hang("sync")
		if ok, _ := r.sendFor("not there yet", 2, 4000); ok.Copies != 1 {
			t.Errorf("%d copies, and one disk has not synced", ok.Copies)
		}
		hang.Heal()
		time.Sleep(5 * time.Second)
		r.requireSame(1, 0, 1)
	})
}

// A duplicate is not taken by the router, and so brings nothing: a host that
// sends nothing else does not count as one that repairs (DESIGN 5).
func TestADuplicateBringsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(append(data(1, 1, "one"), data(2, 1, "one")...))
		for f := w.read(); f.Kind != frame.OkKind || f.Ok.ID != 2; {
			f = w.read()
		}
		counts := r.hosts[0].Daemon().Counts()
		if received, again := counts.Received.Load(), counts.Duplicates.Load(); received != 1 || again != 1 {
			t.Errorf("%d messages were taken, and %d were duplicates, want 1 of each", received, again)
		}
	})
}

// A message that was lost before the log has a name that stands for nothing: it
// is taken when it is sent again (DESIGN 6).
func TestANameOfWhatWasNotLoggedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		named := frame.Data{Text: []byte("again\r\n"), Session: 9, Number: 1}
		r.hosts[0].Disk().Only("access.log").Fail(nil, ringtest.Nth(1, "write"))
		if ok, answered := r.ask(0, named); answered {
			t.Fatalf("what cannot be written is answered by %+v", ok)
		}
		time.Sleep(2 * time.Second)
		if ok, answered := r.ask(0, named); !answered || ok.Refusal != 0 || ok.Copies != 1 {
			t.Errorf("sent again, it is answered by %+v, %v", ok, answered)
		}
		r.requireSame(1, 0)
	})
}

// A refusal answers its own id and no other: what stands before it is Ok'd
// first (DESIGN 3).
func TestARefusalAnswersOneText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		w := r.dialPort(fromAfar, r.ring.Ports.Client)
		var out []byte
		for i, text := range []string{"good\r\n", "good\r\n", "no end", "good\r\n", "a\tb\r\n"} {
			out = frame.AppendData(out, &frame.Data{ID: uint64(i + 1), Text: []byte(text)})
		}
		for id := uint64(6); id <= 7; id++ {
			out = frame.AppendData(out, &frame.Data{ID: id, Text: []byte("wrapped\r\n"), Wrapping: uint32(id - 4)})
		}
		w.write(out)
		for _, want := range []frame.Ok{
			{ID: 2, Copies: 1}, {ID: 3, Refusal: pzog.Refusal_NO_CRLF}, {ID: 4, Copies: 1}, {ID: 5, Refusal: pzog.Refusal_CONTROL},
			{ID: 6, Copies: 1}, {ID: 7, Refusal: pzog.Refusal_BAD_WRAPPING},
		} {
			got := w.read().Ok
			if got.Detail = ""; got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		}
		r.requireSame(4, 0)
	})
}
