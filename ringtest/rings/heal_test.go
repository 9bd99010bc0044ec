package rings_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// Keys of the ring file that let hosts rotate often, and retire segments soon.
const (
	smallSegments = "log: {segment_bytes: 4096}"
	fewSegments   = "error_log: {max_bytes: 65536}\nlog: {segment_bytes: 4096, retain_bytes: 77824}" // 12,288 bytes of segments
	// aDayOfThis is for a test of many hours, in which keep-alives are the most work.
	aDayOfThis = "\nkeepalive: {interval: 60s}"
)

// What befalls a log from outside is found and said, and what is lost with it
// comes from the peers again, while all goes on.
func TestLongALogThatOthersTamperWithHeals(t *testing.T) {
	for name, tt := range map[string]struct {
		tamper func(d *ringtest.Disk) error
		within time.Duration
		says   string
	}{
		"the active segment is removed": {func(d *ringtest.Disk) error {
			return d.Delete("access.log")
		}, 10 * time.Second, "access.log was removed"},
		"it is truncated": {func(d *ringtest.Disk) error {
			return d.Cut("access.log", 0)
		}, 10 * time.Second, "access.log was truncated"},
		"it is cut": {func(d *ringtest.Disk) error {
			return d.Cut("access.log", 50)
		}, 10 * time.Second, "access.log was truncated"},
		"a bit flips in a sealed segment": {func(d *ringtest.Disk) error {
			return d.Flip("access.log.2", 1000, 1)
		}, 25 * time.Hour, "was damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File(smallSegments+aDayOfThis))
				time.Sleep(2 * time.Second)
				for i := range 3 {
					r.send(i, texts(fmt.Sprint("from ", i), 100)...)
				}
				time.Sleep(2 * time.Second)
				r.requireSame(300, 0, 1, 2)
				if err := tt.tamper(r.hosts[0].Disk()); err != nil {
					t.Fatal(err)
				}
				time.Sleep(tt.within)
				if r.Said(tt.says) == 0 {
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
		r := startRing(t, 3)
		time.Sleep(2 * time.Second)
		var kept []string
		for round := range 40 {
			for i := range 3 {
				batch := texts(fmt.Sprint("round ", round, " to ", i), 20)
				n, _ := r.try(i, batch...)
				kept = append(kept, batch[:n]...)
			}
			if round%10 == 5 {
				if err := r.hosts[0].Disk().Cut("access.log", 0); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(200 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		r.requireKept(kept, 0, 1, 2)
		if r.Said("access.log was truncated") == 0 {
			t.Error("nobody says that the log was truncated")
		}
	})
}

// A host that has lost its disk, or was given an old copy of it, is filled by
// the others, and never uses an identity again (I3, I4).
func TestADiskIsReplaced(t *testing.T) {
	for name, replace := range map[string]func(h *ringtest.Host, old *ringtest.Backup){
		"an empty one":  func(h *ringtest.Host, _ *ringtest.Backup) { h.Wipe() },
		"an old backup": (*ringtest.Host).Restore,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 3, ringtest.File(smallSegments))
				time.Sleep(2 * time.Second)
				r.send(0, texts("early", 70)...)
				r.stop(0)
				backup := r.hosts[0].Backup()
				r.start(0)
				r.send(0, texts("later", 70)...)
				r.send(1, texts("elsewhere", 70)...)
				time.Sleep(5 * time.Second)
				r.requireSame(210, 0, 1, 2)
				r.stop(0)
				replace(r.hosts[0], backup)
				r.start(0)
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
		r := startRing(t, 3, ringtest.File(fewSegments))
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
		r.hosts[2].Reconfigure(smallSegments) // it retires nothing
		held := make(map[string]bool)
		for i := range 2 {
			for _, line := range r.lines(i) {
				held[line] = true
			}
		}
		r.stop(2)
		r.hosts[2].Wipe()
		r.start(2)
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

// A host that was away for longer than the others keep what it lacks goes on
// behind the hole, and remembers it.
func TestAHostThatWasAwayForTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3, ringtest.File(fewSegments))
		time.Sleep(2 * time.Second)
		r.send(0, texts("early", 50)...)
		time.Sleep(2 * time.Second)
		r.stop(2)
		for n := range 6 {
			r.send(0, texts(fmt.Sprint("missed ", n), 100)...)
			time.Sleep(10 * time.Second)
		}
		r.hosts[2].Reconfigure(smallSegments) // it retires nothing
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
		if n := r.Said("damaged") + r.Said("missing"); n > 0 {
			t.Errorf("a hole that was declared is complained of %d times", n)
		}
		r.requirePeace()
	})
}

// The marks of runs of which nobody holds a line any more are dropped by all, so
// that restarts do not make the vector grow for ever.
func TestMarksThatNobodyNeedsAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 2, ringtest.File("error_log: {max_bytes: 65536}\nlog: {segment_bytes: 4096, retain_bytes: 73728}"))
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
			if n := r.hosts[i].Daemon().Recovery().Marks.Len(); n > 10 || n == 0 {
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
				r := startRing(t, 3)
				time.Sleep(2 * time.Second)
				for part := range 20 {
					for i := range 3 {
						r.send(i, texts(fmt.Sprint("part ", part, " to ", i), 10)...)
					}
					if part == 10 {
						if err := r.hosts[0].Disk().Rename("access.log", name); err != nil {
							t.Fatal(err)
						}
						r.send(1, texts("after the rename", 10)...)
						r.hosts[0].Daemon().Reopen()
					}
				}
				time.Sleep(5 * time.Second)
				renamed := r.file(0, name)
				if n := strings.Count(renamed, "\r\n"); n < 300 || n >= 610 {
					t.Errorf("%d lines in the renamed file", n)
				}
				lines := r.lines(0)
				if name == "access.log-20261123" {
					lines = append(slices.Collect(strings.Lines(renamed)), lines...)
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
				if again := len(r.lines(0)); name != "access.log.7" && again != 610-strings.Count(renamed, "\r\n") {
					t.Errorf("after a new start the log has %d lines", again)
				}
			})
		})
	}
}
