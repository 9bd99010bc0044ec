package rings_test

import (
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// Where access.log alone cannot be written, a trial with another file says that
// all is well. Messages are refused all the same, and not taken, lost and sent
// again, one after the other (I8).
func TestOnlyTheAccessLogCannotBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2)
		time.Sleep(2 * time.Second)
		r.send(0, "before")
		trouble := r.hosts[0].Disk().Only("access.log").Fail(syscall.EFBIG, ringtest.Every("write"))
		refused := 0
		for n := range 60 {
			ok, answered := r.ask(0, frame.Data{Text: []byte("again and again\r\n"), Session: 9, Number: 1})
			if answered && ok.Refusal == pzog.Refusal_STORAGE {
				refused++
			} else if answered {
				t.Fatalf("try %d is answered by %+v", n, ok)
			}
			time.Sleep(time.Second)
		}
		if refused < 30 {
			t.Errorf("%d of 60 tries are refused, the others are cut off", refused)
		}
		if n := len(r.lines(1)); n > 25 {
			t.Errorf("the peer has %d lines of it", n)
		}
		trouble.Heal()
		time.Sleep(20 * time.Second)
		r.hangUp(0)
		r.send(0, "after")
		time.Sleep(5 * time.Second)
		r.requireEqual(0, 1)
	})
}

// The mark of the run that a host is in stays, however quiet it is and however
// soon its lines are retired.
func TestAQuietHostDoesNotForgetItsOwnRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("log: {segment_age: 1m, retain_age: 2m}"))
		time.Sleep(2 * time.Second)
		for n := range 5 {
			r.send(0, texts(fmt.Sprint("round ", n), 3)...)
			time.Sleep(10 * time.Minute)
			r.hangUp(0)
		}
		if n := r.Said("begins a run"); n != 2 {
			t.Errorf("%d runs were begun, want one a host", n)
		}
		r.send(0, "last")
		time.Sleep(10 * time.Second)
		for i := range 2 {
			lines := r.lines(i)
			if len(lines) == 0 || lines[len(lines)-1][len(lines[len(lines)-1])-6:] != "last\r\n" {
				t.Errorf("host %d has %q", i, lines)
			}
		}
	})
}

// What a client sends again although its lines were retired since is answered,
// one way or the other.
func TestSentAgainAfterRetirement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("log: {segment_age: 5s, retain_age: 10s}"))
		time.Sleep(2 * time.Second)
		d := frame.Data{Text: []byte("once\r\n"), Session: 9, Number: 1, TimeoutMS: 2000}
		r.ask(0, d)
		r.stop(0)
		r.start(0) // so that its run may be forgotten
		time.Sleep(4 * time.Minute)
		begun := time.Now()
		if ok, answered := r.ask(1, d); answered && ok.Refusal != 0 {
			t.Errorf("answered by %+v", ok)
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("the client waited %v", took)
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
