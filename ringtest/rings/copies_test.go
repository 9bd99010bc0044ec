package rings_test

import (
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// sendFor hands a text to host 0, asks for copies, and returns the answer and
// how long, of virtual time, it took.
func (r *memoryRing) sendFor(text string, copies, timeoutMS uint32) (frame.Ok, time.Duration) {
	r.t.Helper()
	w := r.client()
	w.patience = time.Hour
	begun := time.Now()
	w.write(frame.AppendData(nil, &frame.Data{
		ID: 1, Text: []byte(text + "\r\n"), MinCopies: copies, TimeoutMS: timeoutMS,
	}))
	f, err := w.answer()
	if err != nil || f.Kind != frame.OkKind || f.Ok.ID != 1 || f.Ok.Refusal != 0 {
		r.t.Fatalf("answered by %+v", f)
	}
	return f.Ok, time.Since(begun)
}

// Ok comes when as many hosts as were asked for have the line durably; it
// counts hosts, not sends (docs/protocol.md, section 6).
func TestOkWaitsForCopies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5, ringtest.SyncTakes(100*time.Millisecond))
		time.Sleep(2 * time.Second)
		for copies := uint32(1); copies <= 5; copies++ {
			ok, took := r.sendFor("for copies", copies, 0)
			if ok.Copies < copies || ok.Copies > 5 {
				t.Errorf("%d copies asked for, %d made", copies, ok.Copies)
			}
			if took > time.Second {
				t.Errorf("%d copies took %v", copies, took)
			}
			time.Sleep(time.Second)
		}
	})
}

func TestOkTellsWhoLacksACopy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(2 * time.Second)
		r.stop(2)
		r.stop(4)
		ok, took := r.sendFor("too few are up", 5, 700)
		if ok.Copies != 3 || !strings.Contains(ok.Detail, "G, S") {
			t.Errorf("%d copies, %q; want 3, and G and S named", ok.Copies, ok.Detail)
		}
		if took < 700*time.Millisecond || took > 800*time.Millisecond {
			t.Errorf("the answer came after %v, want 700ms", took)
		}
		r.start(2)
		r.start(4)
		time.Sleep(5 * time.Second)
		r.requireSame(1, 0, 1, 2, 3, 4)
	})
}

// Who waits for copies of one message twice is answered twice, each time when it has
// waited for long enough.
func TestCopiesOfOneMessageAreWaitedForTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		r.stop(1)
		w, begun := r.client(), time.Now()
		w.patience = time.Minute
		for id := uint64(1); id <= 2; id++ {
			w.write(frame.AppendData(nil, &frame.Data{
				ID: id, Text: []byte("again\r\n"), Session: 7, Number: 1, MinCopies: 2, TimeoutMS: 3000,
			}))
			time.Sleep(time.Second)
		}
		for id := uint64(1); id <= 2; id++ {
			f, err := w.answer()
			if err != nil || f.Kind != frame.OkKind || f.Ok.ID != id || time.Since(begun) > 4100*time.Millisecond {
				t.Fatalf("after %v: %+v, %v; want Ok for %d", time.Since(begun), f, err, id)
			}
		}
	})
}

// A client that is idle is not dropped by a short timeout: it speaks once a minute.
func TestAShortTimeoutDropsNoIdleClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.File("keepalive: {interval: 1s, timeout: 8s}"))
		w := r.client()
		w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
		if _, err := w.hearing(time.Now().Add(90 * time.Second)); err != nil {
			t.Errorf("a client that was silent for 90 s is dropped: %v", err)
		}
		if _, err := w.hearing(time.Now().Add(110 * time.Second)); err == nil {
			t.Error("a client that was silent for 200 s is kept")
		}
	})
}

// More copies than the ring has hosts are not to be had: the answer comes when all hosts
// have it.
func TestMoreCopiesThanHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		ok, took := r.sendFor("for everybody, and more", 99, math.MaxUint32)
		if ok.Copies != 3 || ok.Detail != "kept by all hosts of the ring: it has no more" {
			t.Errorf("%d copies, %q", ok.Copies, ok.Detail)
		}
		if took > time.Second {
			t.Errorf("the answer came after %v", took)
		}
	})
}

// Nobody has a host keep an answer for longer than the ring file allows: for copies, and
// for a message that is under way already.
func TestWaitingForCopiesEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("limits: {copies_timeout: 3s}"))
		r.stop(1)
		if ok, took := r.sendFor("for 49 days", 2, math.MaxUint32); ok.Copies != 1 || took < 3*time.Second || took > 3100*time.Millisecond {
			t.Errorf("%d copies after %v, want 1 after 3s", ok.Copies, took)
		}
		if ok, took := r.sendFor("for the usual time", 2, 0); ok.Copies != 1 || took > 3100*time.Millisecond {
			t.Errorf("%d copies after %v, want 1 after 3s", ok.Copies, took)
		}
		ring := *r.ring
		ring.Limits.CopiesTimeout = time.Second
		r.hosts[0].Daemon().Reload(&ring, nil)
		if _, took := r.sendFor("for less, now", 2, math.MaxUint32); took < time.Second || took > 1100*time.Millisecond {
			t.Errorf("after a reload the answer came after %v, want 1s", took)
		}
	})
}

// Who waits for copies costs nothing while other messages go by, and is answered when
// the copies are there.
func TestWhoWaitsForCopiesIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		r.stop(2)
		waiting := make([]*wire, 40)
		for i := range waiting {
			w := r.client()
			w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n"), MinCopies: 3, TimeoutMS: 3600_000}))
			waiting[i] = w
		}
		time.Sleep(time.Second)
		told := r.hosts[0].Actor("conns/*").Duplicate(ringtest.Every("Advanced"))
		for range 50 {
			if ok, _ := r.sendFor("goes by", 2, 0); ok.Copies != 2 {
				t.Fatalf("%d copies", ok.Copies)
			}
		}
		if n := told.Fired(); n > 50 {
			t.Errorf("50 messages for which one each waited, and %d times somebody was told", n)
		}
		r.start(2)
		begun := time.Now()
		for i, w := range waiting {
			w.patience = time.Minute
			if f, err := w.answer(); err != nil || f.Kind != frame.OkKind || f.Ok.Copies != 3 {
				t.Fatalf("%d is answered by %+v, %v", i, f, err)
			}
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("all copies are there, and it is said after %v", took)
		}
	})
}

// What a host has taken and not synced is no copy, however long its disk takes
// (I1: durable is not taken).
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
