package ringtest_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// quickly is a client of MV that gives up soon.
func quickly(r *ringtest.Ring) *ringtest.Client {
	return r.ClientWith(client.Config{Hosts: r.Addresses()[:1], Timeout: time.Second, NoResend: true})
}

// TestFaultsOverlap: to heal one fault heals no other of the same kind.
func TestFaultsOverlap(t *testing.T) {
	for name, inject := range map[string]func(r *ringtest.Ring) *ringtest.Fault{
		"pause": func(r *ringtest.Ring) *ringtest.Fault { return r.Host("MV").Pause() },
		"full":  func(r *ringtest.Ring) *ringtest.Fault { return r.Host("MV").Disk().Fill(0) },
		"hang":  func(r *ringtest.Ring) *ringtest.Fault { return r.Host("MV").Disk().Hang("sync") },
		"panic": func(r *ringtest.Ring) *ringtest.Fault {
			return r.Host("MV").Actor("conns/*").Panic(ringtest.Every("Batch"))
		},
		"stall": func(r *ringtest.Ring) *ringtest.Fault {
			return r.Host("MV").FromClients().Stall(ringtest.Every("Data"))
		},
		"severed": func(r *ringtest.Ring) *ringtest.Fault { return r.Host("MV").Shun() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				first, second := inject(r), inject(r)
				_ = quickly(r).Send("meets both") // some have it that one stands
				first.Heal()
				if err := quickly(r).Send("meets the other"); err == nil {
					t.Error("the other was healed too")
				}
				second.Heal()
				r.Await("the host", func() bool { return r.Host("MV").Ready() == nil })
				time.Sleep(5 * time.Second)
				must(t, r.Client("MV").Send("after both"))
			})
		})
	}
}

// TestTwoSkews add up, and are taken back one by one.
func TestTwoSkews(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		c := r.Host("MV").Clock()
		first, second := c.Skew(1000), c.Skew(2000)
		time.Sleep(1000 * time.Second)
		first.Heal()
		time.Sleep(1000 * time.Second)
		second.Heal()
		time.Sleep(1000 * time.Second)
		if ahead := time.Until(c.Now()).Round(time.Millisecond); ahead != 5*time.Second {
			t.Errorf("it is %v ahead", ahead)
		}
	})
}

// TestFaultsAndCrashes: what is healed after a crash is well, and a backup of a
// full disk has room once the fault is healed.
func TestFaultsAndCrashes(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		must(t, r.Client("MV").Send("before"))
		time.Sleep(time.Second)
		full, hang, pause := mv.Disk().Fill(0), mv.Disk().Hang("sync"), mv.Pause()
		old := mv.Backup()
		mv.Crash()
		mv.Restore(old)
		hang.Heal()
		mv.Start()
		_ = quickly(r).Send("still full")
		if err := mv.Ready(); err == nil || !strings.Contains(err.Error(), "no space left") {
			t.Errorf("the disk is full after a crash too, and the host says %v", err)
		}
		pause.Heal() // of the life before
		full.Heal()
		r.Await("the host", func() bool { return mv.Ready() == nil })
		must(t, r.Client("MV").Send("after"))
		mv.Crash()
		mv.Restore(old) // once more
		mv.Start()
		r.RequireSettled()
	})
}

// TestAPausedHostStops: it goes on for it.
func TestAPausedHostStops(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		f := mv.Pause()
		if err := mv.Ready(); err == nil || !strings.Contains(err.Error(), "MV: is paused") {
			t.Errorf("it says %v", err)
		}
		mv.Restart()
		f.Heal()
		must(t, r.Client("MV").Send("text"))
		r.RequireSettled()
	})
}

// TestTheDeadAreNotHeard: what a crashed host's actors still do is no message, and
// uses up no fault.
func TestTheDeadAreNotHeard(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		f := mv.Actor("").Panic(ringtest.Nth(1, "Gone"))
		p := mv.Actor("").Probe()
		before := len(p.Heard())
		mv.Crash()
		time.Sleep(5 * time.Second)
		if n := len(p.Heard()) - before; n > 0 || f.Fired() > 0 {
			t.Errorf("%d messages were heard, the fault fired %d times", n, f.Fired())
		}
		mv.Start()
		time.Sleep(5 * time.Second)
		r.Host("PA").Restart() // its connections to MV are gone
		r.Await("the fault", func() bool { return f.Fired() == 1 })
	})
}

// TestNothingIsRecordedThatWasNotDone, and what could not be done is said.
func TestNothingIsRecordedThatWasNotDone(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		d := r.Host("MV").Disk()
		if d.Flip("none", 0, 1) == nil || d.Cut("none", 0) == nil || d.Delete("none") == nil || d.Rename("none", "any") == nil {
			t.Error("what is not there can be changed")
		}
		r.Host("PA").Crash()
		time.Sleep(time.Second)
		before := len(r.Fired())
		if n := r.Host("MV").To(r.Host("PA")).Reset(); n != 0 {
			t.Errorf("%d connections to a host that is down", n)
		}
		if events := r.Fired(); len(events) != before || before != 1 {
			t.Errorf("on record is %v", events)
		}
	})
}

// TestAnyGoroutine: faults may be injected and healed from anywhere.
func TestAnyGoroutine(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(r.Heal)
			all.Go(func() {
				mv := r.Host("MV")
				mv.Disk().Fail(nil, ringtest.Every("sync"))
				mv.Actor("router").Drop(ringtest.Some(0.5, "Pull"))
				mv.To(r.Host("PA")).Stall(ringtest.Every(""))
				mv.Disk().Slow(time.Millisecond, ringtest.Every("read"))
			})
		}
		all.Wait()
		r.Heal()
	})
}

// TestSettleWaitsForAnswers: what a client is not told yet is not settled.
func TestSettleWaitsForAnswers(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		must(t, r.Client("PA").Send("before"))
		f := r.Host("MV").Actor("router").Hang(ringtest.Every(""))
		c := r.ClientWith(client.Config{Hosts: r.Addresses()[:1], Timeout: time.Hour})
		var sending sync.WaitGroup
		sending.Go(func() { _ = c.Send("under way") })
		time.Sleep(time.Second)
		if err := r.Settle(); err == nil || !strings.Contains(err.Error(), `still waits for an answer to "under way"`) {
			t.Errorf("it says %v", err)
		}
		f.Heal()
		sending.Wait()
		r.RequireSettled()
	})
}

// TestSendAllIsOnRecord: refused, acknowledged and sent again, all in one row.
func TestSendAllIsOnRecord(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").ToClients().CutAfter(0, ringtest.Nth(2, "Ok"))
		summary, err := r.Client("MV").SendAll(append(texts("text", 500), "bad\x00", "last")...)
		must(t, err)
		if summary.Acknowledged != 501 || summary.Refused != 1 || r.Acknowledged() != 501 {
			t.Errorf("%+v, on record are %d", summary, r.Acknowledged())
		}
		if f.Fired() == 0 {
			_, err := r.Client("MV").SendAll(texts("more", 500)...)
			must(t, err)
		}
		r.RequireSettled()
		var refused *client.RefusedError
		if err := r.Client("MV").Send("bad\x00"); !errors.As(err, &refused) {
			t.Errorf("%v", err)
		}
	})
}
