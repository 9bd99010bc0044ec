package supervisor_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/crashdisk"
)

// smallSegments lets a ring of n with disks in memory rotate often.
func smallSegments(t *testing.T, n int) *memoryRing {
	t.Helper()
	r := newRing(t, n)
	r.crashDisks()
	r.ring.Log.SegmentBytes = 4096
	return r
}

// replace puts another disk into host i, which is off meanwhile.
func (r *memoryRing) replace(i int, disk *crashdisk.Disk) {
	r.t.Helper()
	if r.hosts[i] != nil {
		r.stop(i)
	}
	r.disks[i] = disk
	r.start(i)
}

// What befalls a log from outside is found and said, and what is lost with it
// comes from the peers again, while all goes on.
func TestALogThatOthersTamperWithHeals(t *testing.T) {
	for name, tt := range map[string]struct {
		tamper func(r *memoryRing, d *crashdisk.Disk) error
		within time.Duration
		says   string
	}{
		"the active segment is removed": {func(r *memoryRing, d *crashdisk.Disk) error {
			return d.Delete(r.path(0, "access.log"))
		}, 10 * time.Second, "access.log was removed"},
		"it is truncated": {func(r *memoryRing, d *crashdisk.Disk) error {
			return d.Cut(r.path(0, "access.log"), 0)
		}, 10 * time.Second, "access.log was truncated"},
		"it is cut": {func(r *memoryRing, d *crashdisk.Disk) error {
			return d.Cut(r.path(0, "access.log"), 50)
		}, 10 * time.Second, "access.log was truncated"},
		"a bit flips in a sealed segment": {func(r *memoryRing, d *crashdisk.Disk) error {
			return d.Flip(r.path(0, "access.log.2"), 1000, 1)
		}, 25 * time.Hour, "was damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := smallSegments(t, 3)
				r.startAll()
				time.Sleep(2 * time.Second)
				for i := range 3 {
					r.send(i, texts(fmt.Sprint("from ", i), 100)...)
				}
				time.Sleep(2 * time.Second)
				r.requireSame(300, 0, 1, 2)
				if err := tt.tamper(r, r.disks[0]); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.within)
				if !strings.Contains(r.said.String(), tt.says) {
					t.Errorf("nobody says %q", tt.says)
				}
				r.requireSame(300, 0, 1, 2)
				r.hangUp(0) // all connections were closed when stock was taken
				r.send(0, "and it goes on")
				time.Sleep(5 * time.Second)
				r.requireSame(301, 0, 1, 2)
			})
		})
	}
}

// copytruncate, as logrotate does it, at full traffic: said, healed, and
// nothing is lost or there twice.
func TestCopytruncateUnderTraffic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 3)
		r.crashDisks()
		r.startAll()
		time.Sleep(2 * time.Second)
		var kept []string
		for round := range 40 {
			for i := range 3 {
				batch := texts(fmt.Sprint("round ", round, " to ", i), 20)
				n, _ := r.try(i, batch...)
				kept = append(kept, batch[:n]...)
			}
			if round%10 == 5 {
				if err := r.disks[0].Cut(r.path(0, "access.log"), 0); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(200 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		r.requireKept(kept, 0, 1, 2)
		if r.logged("access.log was truncated") == 0 {
			t.Error("nobody says that the log was truncated")
		}
	})
}

// A host that has lost its disk, or was given an old copy of it, is filled by
// the others, and never uses an identity again (I3, I4).
func TestADiskIsReplaced(t *testing.T) {
	for name, disk := range map[string]func(r *memoryRing, old *crashdisk.Disk) *crashdisk.Disk{
		"an empty one":  func(*memoryRing, *crashdisk.Disk) *crashdisk.Disk { return crashdisk.New("log") },
		"an old backup": func(_ *memoryRing, old *crashdisk.Disk) *crashdisk.Disk { return old },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := smallSegments(t, 3)
				r.startAll()
				time.Sleep(2 * time.Second)
				r.send(0, texts("early", 70)...)
				r.stop(0)
				backup := r.disks[0].Crash(crashdisk.KeepAll())
				r.disks[0] = r.disks[0].Crash(crashdisk.KeepAll())
				r.start(0)
				r.send(0, texts("later", 70)...)
				r.send(1, texts("elsewhere", 70)...)
				time.Sleep(5 * time.Second)
				r.requireSame(210, 0, 1, 2)
				r.replace(0, disk(r, backup))
				r.send(0, texts("again", 70)...)
				time.Sleep(10 * time.Second)
				r.requireSame(280, 0, 1, 2)
			})
		})
	}
}

// Hosts retire their oldest segments, each by its own measure. What is retired
// is not asked for again, and a new host gets all that anybody still has.
func TestWhatWasRetiredDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := smallSegments(t, 3)
		r.ring.Log.RetainBytes = 12 << 10
		r.startAll()
		time.Sleep(2 * time.Second)
		const n = 600
		r.send(0, texts("old", n)...)
		r.send(1, texts("old too", n)...)
		time.Sleep(20 * time.Second)
		for i := range 3 {
			if have := len(r.lines(i)); have >= 2*n || have < 100 {
				t.Errorf("host %d has %d lines; some should be retired, and some not", i, have)
			}
		}
		before := r.forwarded()
		time.Sleep(time.Minute)
		if sent := r.forwarded() - before; sent > 0 {
			t.Errorf("in a minute of peace %d messages were sent", sent)
		}
		ring := *r.ring
		ring.Log.RetainBytes = 0 // the new host keeps what it gets
		r.ring = &ring
		held := make(map[string]bool)
		for i := range 2 {
			for _, line := range r.lines(i) {
				held[line] = true
			}
		}
		r.replace(2, crashdisk.New("log"))
		time.Sleep(time.Minute)
		if got := len(r.lines(2)); got != len(held) {
			t.Errorf("a new host has %d lines, the others together have %d", got, len(held))
		}
		r.send(2, "new")
		time.Sleep(5 * time.Second)
		for i := range 3 {
			lines := r.lines(i)
			if last := lines[len(lines)-1]; !strings.HasSuffix(last, " new\r\n") {
				t.Errorf("host %d ends with %q", i, last)
			}
			r.requireNoneTwice(i, lines)
		}
		before = r.forwarded()
		time.Sleep(time.Minute)
		if sent := r.forwarded() - before; sent > 0 {
			t.Errorf("in the end %d messages a minute are sent in peace", sent)
		}
	})
}

// requireNoneTwice fails if a message stands twice in a log.
func (r *memoryRing) requireNoneTwice(host int, lines []string) {
	r.t.Helper()
	seen := make(map[string]bool)
	for _, line := range lines {
		id := strings.Fields(line)[1]
		if seen[id] {
			r.t.Errorf("host %d has %s twice", host, id)
		}
		seen[id] = true
	}
}

// However the power fails, on one host after the other, in the middle of
// traffic: what was acknowledged is in all logs in the end (I1).
func TestPowerCuts(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				powerCuts(t, rand.New(rand.NewPCG(seed, 77)), 25, false)
			})
		})
	}
}

// powerCuts lets the power fail at random changes of the disks.
func powerCuts(t *testing.T, chance *rand.Rand, cuts int, lying bool) (lost int) {
	r := smallSegments(t, 3)
	r.sync = time.Millisecond
	if lying {
		r.lies = true
	}
	r.startAll()
	time.Sleep(2 * time.Second)
	var kept []string
	for cut := range cuts {
		victim := chance.IntN(3)
		r.disks[victim].CrashAt(1 + chance.IntN(60))
		for round := range 3 {
			for i := range 3 {
				batch := texts(fmt.Sprint("cut ", cut, " round ", round, " to ", i), 1+chance.IntN(20))
				n, _ := r.try(i, batch...)
				kept = append(kept, batch[:n]...)
			}
		}
		loss := crashdisk.KeepSynced()
		if chance.IntN(2) == 0 {
			loss = crashdisk.KeepSome(chance)
		}
		r.powerCut(victim, loss)
		time.Sleep(time.Duration(chance.IntN(2000)) * time.Millisecond)
		r.powerOn(victim)
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
	}
	time.Sleep(time.Minute)
	if lying {
		return r.lost(kept)
	}
	r.requireKept(kept, 0, 1, 2)
	if len(kept) < 10*cuts {
		t.Errorf("only %d texts were acknowledged", len(kept))
	}
	return 0
}

// lost counts the texts that are not in all logs.
func (r *memoryRing) lost(texts []string) (n int) {
	for i := range r.hosts {
		logged := strings.Join(r.lines(i), "")
		for _, text := range texts {
			if !strings.Contains(logged, " "+text+"\r\n") {
				n++
			}
		}
	}
	return n
}

// A program that does not sync is found out by the same power cuts, or they
// would show nothing.
func TestPowerCutsBite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if powerCuts(t, rand.New(rand.NewPCG(1, 77)), 25, true) == 0 {
			t.Error("25 power cuts without a sync, and nothing is lost")
		}
	})
}
