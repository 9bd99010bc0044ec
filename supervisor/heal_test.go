package supervisor_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
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
		for part := range n / 20 { // a batch goes into one segment
			r.send(0, texts(fmt.Sprint("old ", part), 20)...)
			r.send(1, texts(fmt.Sprint("old too ", part), 20)...)
			time.Sleep(time.Second)
		}
		time.Sleep(20 * time.Second)
		for i := range 3 {
			if have := len(r.lines(i)); have >= 2*n || have < 100 {
				t.Errorf("host %d has %d lines; some should be retired, and some not", i, have)
			}
		}
		r.requirePeace()
		r.keepAll()
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
		r.requirePeace()
	})
}

// keepAll lets hosts that are started from now on retire nothing.
func (r *memoryRing) keepAll() {
	ring := *r.ring
	ring.Log.RetainBytes = 0
	r.ring = &ring
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

var powerCutSeeds = flag.Uint64("power-cut-seeds", 6, "how many rings TestPowerCuts runs, with 25 power cuts each")

// However the power fails, on one host or several, at any change of a disk in
// the middle of traffic: what was acknowledged is in all logs in the end (I1).
func TestPowerCuts(t *testing.T) {
	for seed := range *powerCutSeeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := smallSegments(t, 3)
				kept := r.powerCuts(rand.New(rand.NewPCG(seed, 77)), 25)
				r.requireKept(kept, 0, 1, 2)
				if len(kept) < 250 {
					t.Errorf("only %d texts were acknowledged", len(kept))
				}
			})
		})
	}
}

// A program that does not sync is found out by the same power cuts, or they
// would show nothing.
func TestPowerCutsBite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := smallSegments(t, 3)
		r.lies = true
		kept := r.powerCuts(rand.New(rand.NewPCG(1, 77)), 25)
		if r.lost(kept) == 0 {
			t.Error("25 power cuts without a sync, and nothing is lost")
		}
	})
}

// powerCuts lets the power fail again and again while clients send, and returns
// what was acknowledged.
func (r *memoryRing) powerCuts(chance *rand.Rand, cuts int) (kept []string) {
	r.sync = time.Millisecond
	r.startAll()
	time.Sleep(2 * time.Second)
	for cut := range cuts {
		victims := chance.Perm(3)[:1+chance.IntN(4)/2] // one, one, two or two
		if chance.IntN(8) == 0 {
			victims = []int{0, 1, 2}
		}
		for _, v := range victims {
			r.disks[v].CrashAt(1 + chance.IntN(60))
		}
		for round := range 3 {
			for i := range 3 {
				batch := texts(fmt.Sprint("cut ", cut, " round ", round, " to ", i), 1+chance.IntN(20))
				n, _ := r.try(i, batch...)
				kept = append(kept, batch[:n]...)
			}
		}
		for _, v := range victims {
			loss := crashdisk.KeepSynced()
			if chance.IntN(2) == 0 {
				loss = crashdisk.KeepSome(chance)
			}
			r.powerCut(v, loss)
		}
		time.Sleep(time.Duration(chance.IntN(2000)) * time.Millisecond)
		for _, v := range victims {
			r.powerOn(v)
		}
		time.Sleep(time.Duration(chance.IntN(3000)) * time.Millisecond)
	}
	time.Sleep(time.Minute)
	return kept
}

// lost counts the texts that are not in all logs.
func (r *memoryRing) lost(texts []string) (n int) {
	for i := range r.hosts {
		n += len(lacking(r.lines(i), texts))
	}
	return n
}

// A host that was away for longer than the others keep what it lacks goes on
// behind the hole, and remembers it.
func TestAHostThatWasAwayForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := smallSegments(t, 3)
		r.ring.Log.RetainBytes = 12 << 10
		r.startAll()
		time.Sleep(2 * time.Second)
		r.send(0, texts("early", 50)...)
		time.Sleep(2 * time.Second)
		r.stop(2)
		for n := range 6 {
			r.send(0, texts(fmt.Sprint("missed ", n), 100)...)
			time.Sleep(10 * time.Second)
		}
		r.keepAll()
		r.start(2)
		time.Sleep(time.Minute)
		r.send(0, "at last")
		time.Sleep(5 * time.Second)
		requireAHole := func() {
			t.Helper()
			lines := r.lines(2)
			if len(lines) < 52 {
				t.Fatalf("%d lines; another host has %d", len(lines), len(r.lines(0)))
			}
			if n := len(lines); !strings.HasSuffix(lines[0], " early 0\r\n") || !strings.Contains(lines[50], " missed ") ||
				strings.HasSuffix(lines[50], " missed 0 0\r\n") || !strings.HasSuffix(lines[n-1], " at last\r\n") {
				t.Errorf("%d lines: %q ... %q %q ... %q", n, lines[0], lines[49], lines[50], lines[n-1])
			}
			r.requireNoneTwice(2, lines)
		}
		requireAHole()
		r.stop(2)
		r.start(2)
		time.Sleep(time.Minute)
		requireAHole()
		if n := r.logged("damaged") + r.logged("missing"); n > 0 {
			t.Errorf("a hole that was declared is complained of %d times", n)
		}
		r.requirePeace()
	})
}

// The marks of runs of which nobody holds a line any more are dropped by all, so
// that restarts do not make the vector grow for ever.
func TestMarksThatNobodyNeedsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := smallSegments(t, 2)
		r.ring.Log.RetainBytes = 8 << 10
		r.startAll()
		time.Sleep(2 * time.Second)
		const runs = 30
		for n := range runs {
			r.send(0, texts(fmt.Sprint("run ", n), 40)...)
			time.Sleep(10 * time.Second)
			r.stop(0)
			r.start(0)
		}
		time.Sleep(5 * time.Minute)
		for i := range 2 {
			r.stop(i)
			r.start(i)
			if n := r.hosts[i].Recovery().Marks.Len(); n > 10 || n == 0 {
				t.Errorf("after %d runs host %d has %d marks", runs, i, n)
			}
		}
	})
}

// A rename and SIGHUP in the middle of traffic lose and repeat nothing, be the
// new name one of the log's or not.
func TestRenameUnderTraffic(t *testing.T) {
	for _, name := range []string{"access.log.7", "access.log-20261123"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 3)
				r.crashDisks()
				r.startAll()
				time.Sleep(2 * time.Second)
				for part := range 20 {
					for i := range 3 {
						r.send(i, texts(fmt.Sprint("part ", part, " to ", i), 10)...)
					}
					if part == 10 {
						if err := r.disks[0].Rename(r.path(0, "access.log"), r.path(0, name)); err != nil {
							t.Fatal(err)
						}
						r.send(1, texts("after the rename", 10)...)
						r.hosts[0].Reopen()
					}
				}
				time.Sleep(5 * time.Second)
				renamed, err := r.disks[0].Contents(r.path(0, name))
				if n := strings.Count(string(renamed), "\r\n"); n < 300 || n >= 610 || err != nil {
					t.Errorf("%d lines in the renamed file, %v", n, err)
				}
				lines := r.lines(0)
				if name == "access.log-20261123" {
					lines = append(slices.Collect(strings.Lines(string(renamed))), lines...)
				}
				r.requireOrder(0, lines)
				if len(lines) != 610 {
					t.Errorf("%d lines, want 610", len(lines))
				}
				r.requireSame(610, 1, 2)
				// What left the log is not asked for again, then or later.
				r.stop(0)
				r.start(0)
				time.Sleep(time.Minute)
				if again := len(r.lines(0)); name != "access.log.7" && again != 610-strings.Count(string(renamed), "\r\n") {
					t.Errorf("after a new start the log has %d lines", again)
				}
			})
		})
	}
}
