package journal_test

import (
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

// aged makes a log of segments of three lines, an hour each, of which 30 days are kept.
func aged(t *testing.T, begun time.Time) *harness {
	k := newHarness(t)
	k.step(begun.Sub(k.now))
	k.cfg.RetainAge = 30 * day
	k.begin()
	for range 10 {
		k.mustLog(1)
		k.now = k.now.Add(20 * time.Minute)
	}
	return k
}

// keeps fails unless all is kept, because of a doubt about the clock; "" is no doubt.
func (k *harness) keeps(doubt string) {
	k.t.Helper()
	done := k.tend()
	if len(done.Retired) > 0 || !strings.Contains(done.ClockDoubt, doubt) || (done.ClockDoubt == "") != (doubt == "") {
		k.t.Fatalf("%+v, want the doubt %q", done, doubt)
	}
}

// retires fails unless all that is sealed goes.
func (k *harness) retires() {
	k.t.Helper()
	if done := k.tend(); len(done.Retired) != 3 || done.ClockDoubt != "" {
		k.t.Fatalf("%+v", done)
	}
	k.sound()
}

func TestAStartYearsAheadRetiresNothing(t *testing.T) {
	k := aged(t, epoch)
	k.end()
	k.step(4 * 365 * day)
	k.begin()
	k.keeps("before that the newest line is of 2026-11-22")
	// It has stamped lines since, and starts again.
	k.must(k.log(xx, 1))
	k.now = k.now.Add(time.Hour)
	k.reopen()
	k.keeps("before that the newest line is of 2026-11-22")
	// It is set right, and all is as if nothing had been.
	k.step(-4 * 365 * day)
	k.keeps("")
	k.now = k.now.Add(31 * day)
	k.retires()
}

// Peers that go on with the right time keep it from being believed after a day too; when
// they go on with the same time it is believed at once.
func TestPeersSayWhetherAClockIsAhead(t *testing.T) {
	for name, tt := range map[string]struct {
		ahead time.Duration
		doubt string
	}{
		"they are behind": {-4 * 365 * day, "it differs from those of G, PA"},
		"they agree":      {0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := aged(t, epoch)
			k.end()
			k.step(4 * 365 * day)
			k.begin()
			k.keeps("before that")
			for range 2 {
				k.now = k.now.Add(13 * time.Hour)
				for _, peer := range []string{"PA", "G"} {
					k.ObserveClock(peer, k.now.Add(tt.ahead))
				}
			}
			if tt.doubt == "" {
				k.retires()
			} else {
				k.keeps(tt.doubt)
			}
		})
	}
}

// A machine that was off for longer than lines are kept is no reason to keep them for
// ever: a day of running is enough.
func TestAHostAloneThatWasOff(t *testing.T) {
	k := aged(t, epoch)
	k.end()
	k.now = k.now.Add(60 * day)
	k.begin()
	k.keeps("the newest line")
	k.now = k.now.Add(day)
	k.retires()
}

// Segments that were sealed before the clock was set count as sealed when it was.
func TestSegmentsOfBeforeTheClockWasSet(t *testing.T) {
	for name, between := range map[string]func(k *harness){
		"while it runs":            func(k *harness) {},
		"after a recovery":         func(k *harness) { k.recover() },
		"with a start in between":  func(k *harness) { k.keeps(""); k.reopen() },
		"with a start in the dark": func(k *harness) { k.reopen() },
	} {
		t.Run(name, func(t *testing.T) {
			k := aged(t, time.Unix(60, 0))
			between(k)
			k.step(epoch.Sub(k.now))
			k.ObserveClock("PA", k.now)
			k.keeps("")
			between(k)
			k.now = k.now.Add(29 * day)
			k.keeps("")
			k.now = k.now.Add(2 * day)
			k.retires()
		})
	}
}

// A clock that was off by less, and is set, takes with it what it has stamped, also over
// a start.
func TestStampsAreSetWithTheClock(t *testing.T) {
	for _, start := range []bool{false, true} {
		k := aged(t, epoch.Add(-40*day))
		k.step(40 * day)
		k.ObserveClock("PA", k.now)
		k.keeps("")
		if start {
			k.reopen()
			k.ObserveClock("PA", k.now)
		}
		k.now = k.now.Add(29 * day)
		k.keeps("")
		k.now = k.now.Add(2 * day)
		k.ObserveClock("PA", k.now)
		k.retires()
	}
}

// Segments from a future that will not be, and a clock that was set back.
func TestSegmentsFromTheFuture(t *testing.T) {
	k := aged(t, epoch)
	k.end()
	k.step(-4 * 365 * day)
	k.begin()
	k.keeps("")
	k.ObserveClock("PA", k.now)
	k.keeps("")
	k.now = k.now.Add(29 * day)
	k.keeps("")
	k.now = k.now.Add(2 * day)
	k.retires()
}

// The size is no matter of the clock.
func TestRetentionBySizeNeedsNoClock(t *testing.T) {
	k := aged(t, epoch)
	k.now = k.now.Add(31 * day)
	k.step(day)
	k.keeps("it was set by 24h0m0s")
	k.SetPolicy(0, 30*day, 1)
	if done := k.tend(); len(done.Retired) != 3 || done.ClockDoubt != "" {
		t.Errorf("%+v", done)
	}
}
