package journal_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
)

// rotate does what logrotate does: each file gets the number of the next, the
// active one becomes 1, and of more than so many the last is removed.
func (k *harness) rotate(keep int) {
	k.t.Helper()
	names := k.names("")
	names = slices.DeleteFunc(names, func(name string) bool { return name == "access.log" })
	for _, name := range slices.Backward(names) {
		if age(name) >= keep {
			k.remove(name)
			continue
		}
		k.move(name, numbered(age(name)+1))
	}
	k.move("access.log", "access.log.1")
}

// Whatever logrotate does to the numbers, while it runs or not: no line is lost
// that is in the directory, and the order of the numbers is that of the lines.
func TestLogrotate(t *testing.T) {
	for name, after := range map[string]func(k *harness){
		"while stopped":      func(k *harness) { k.reopen() },
		"and a signal":       func(k *harness) { _, _ = k.Reopen(); k.recover() },
		"and a full segment": func(k *harness) { k.must(k.log(la, 3)); k.fails(la) },
		"without indexes": func(k *harness) {
			k.end()
			for _, name := range k.names(".index") {
				k.remove(name)
			}
			k.begin()
		},
		"without any small files": func(k *harness) {
			k.end()
			for _, name := range slices.Concat(k.names(".index"), k.names(".sums"), k.names(".floors")) {
				k.remove(name)
			}
			k.begin()
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			for range 3 {
				k.mustLog(11) // in lines and segments of one length
				if name == "while stopped" {
					k.end()
				}
				k.rotate(1000)
				after(k)
				if k.sound(); len(k.recovery.Damaged) > 0 || k.recovery.Missing > 0 || len(k.damaged()) > 0 {
					t.Errorf("%+v, in damaged %q", k.recovery, k.damaged())
				}
				k.mark(la, k.Marks().Seq(la), 1)
			}
			k.mustLog(3)
			want := k.onDisk()
			k.reopen()
			k.holds(want)
			k.undamaged()
			if got := strings.Count(want, "\n"); uint64(got) != k.Marks().Seq(la) {
				t.Errorf("%d lines of %d", got, k.Marks().Seq(la))
			}
		})
	}
}

// By number the last is the newest, and logrotate takes it for the oldest.
func TestLogrotateThatRemoves(t *testing.T) {
	k := open(t)
	k.mustLog(11)
	k.rotate(3)
	_, err := k.Reopen()
	if err == nil {
		t.Fatal("that is not seen")
	}
	k.recover()
	k.sound()
	k.mark(la, 6, 1)
	if r := k.recovery; r.Missing != 3 || r.Excused > 0 || r.Waiting != 1 || len(r.Damaged) > 0 {
		t.Errorf("%+v", r)
	}
	k.given(3)
	k.mark(la, 11, 1)
}

// given fails unless the log is whole again when peers have given what was lost of LA.
func (k *harness) given(n int) {
	k.t.Helper()
	k.mustLog(n)
	k.tend()
	k.reopen()
	k.sound()
	k.undamaged()
}

// A segment that is not where it was is lost, and asked for again: what was before it is
// there, and what is behind it waits until peers have given it.
func TestALostSegmentIsAskedForAgain(t *testing.T) {
	for name, see := range map[string]func(k *harness){
		"while stopped": func(k *harness) { k.reopen() },
		"while it runs": func(k *harness) {
			r := k.Reader(new(marks.Vector))
			defer r.Close()
			if _, err := read(r); err == nil || !k.Suspected() {
				k.t.Errorf("a reader does not see it: %v", err)
			}
			k.recover()
		},
		"by the clock": func(k *harness) {
			if _, err := k.Maintain(); !errors.Is(err, journal.ErrDamaged) {
				k.t.Errorf("that is not seen: %v", err)
			}
			k.recover()
		},
	} {
		for how, lose := range map[string]func(k *harness, name string){
			"removed":         func(k *harness, name string) { k.remove(name) },
			"moved out":       func(k *harness, name string) { k.must(k.disk.Rename("log/"+name, "elsewhere/"+name)) },
			"linked, removed": func(k *harness, name string) { k.must(k.disk.Link("log/"+name, "elsewhere/b")); k.remove(name) },
			"another's now":   func(k *harness, name string) { k.put(name, line(xx, 1)) },
			"cut to nothing":  func(k *harness, name string) { k.must(k.disk.Cut("log/"+name, 0)) },
		} {
			for _, n := range []uint64{1, 2, 3} {
				t.Run(fmt.Sprint(name, ", ", how, ", number ", n), func(t *testing.T) {
					k := open(t)
					k.must(k.disk.MkdirAll("elsewhere"))
					k.mustLog(10)
					k.must(k.log(ss, 2))
					lose(k, numbered(int(n)))
					see(k)
					k.sound()
					k.mark(la, 3*n-3, 1)
					k.mark(ss, 2, 1)
					k.mustLog(3)
					k.tend()
					k.reopen()
					k.sound()
					k.mark(la, 10, 1)
					k.mark(ss, 2, 1)
				})
			}
		}
	}
}

// What is said about it: how much is asked for again.
func TestWhatIsLostIsCounted(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	k.remove("access.log.2")
	k.recover()
	if r := k.recovery; r.Missing != 3 || r.Excused > 0 || r.Waiting != 1 || len(r.Damaged) > 0 {
		t.Errorf("%+v", r)
	}
	k.given(3)
	k.mark(la, 10, 1)
}

// A host alone has nobody to ask: it goes on without what was taken.
func TestALostSegmentOfAHostAlone(t *testing.T) {
	for _, n := range []uint64{1, 2, 3} {
		k := newHarness(t)
		k.cfg.Alone = true
		k.begin()
		k.mustLog(10)
		k.remove(numbered(int(n)))
		k.reopen()
		k.sound()
		k.mark(la, 10, 3*n+1)
		if r := k.recovery; r.Excused != 3 || r.Missing > 0 || len(r.Damaged) > 0 || r.Waiting > 0 {
			t.Errorf("%+v", r)
		}
		k.reopen()
		k.undamaged()
		k.mark(la, 10, 3*n+1)
		k.end()
	}
}

// A segment that is renamed in the log directory is left to whoever renamed it, while it
// runs or not.
func TestASegmentThatIsRenamed(t *testing.T) {
	for name, see := range map[string]func(k *harness){
		"while stopped": func(k *harness) { k.reopen() },
		"while it runs": func(k *harness) { k.recover() },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.mustLog(10)
			k.move("access.log.2", "access.log-old")
			see(k)
			k.sound()
			k.mark(la, 10, 7)
			if r := k.recovery; r.Excused != 6-3 || r.Missing > 0 || r.Waiting > 0 {
				t.Errorf("%+v", r)
			}
			k.remove("access.log-old")
			k.reopen()
			k.undamaged()
			k.mark(la, 10, 7)
		})
	}
}

// Without the small files nothing is known of what was retired: what is missing
// before the first line of a run may have been, and is not asked for.
func TestWithoutTheSmallFiles(t *testing.T) {
	for name, meddle := range map[string]func(k *harness, name string){
		"removed": func(k *harness, name string) { k.remove(name) },
		"garbage": func(k *harness, name string) { k.put(name, "garbage\n") },
		"empty":   func(k *harness, name string) { k.put(name, "") },
		"cut":     func(k *harness, name string) { k.must(k.disk.Cut(k.path(name), int64(len(k.content(name))/2))) },
		"a bit":   func(k *harness, name string) { k.must(k.disk.Flip(k.path(name), 15, 1)) },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.mustLog(10)
			k.SetPolicy(0, 0, 250)
			k.tend()
			want := k.onDisk()
			k.end()
			for _, small := range slices.Concat(k.names(".index"), k.names(".sums"), k.names(".floors")) {
				meddle(k, small)
			}
			k.begin()
			k.holds(want)
			k.mark(la, 10, 4)
			if r := k.recovery; r.Excused != 3 || r.Missing > 0 || len(r.Damaged) > 0 || r.Waiting > 0 {
				t.Errorf("%+v", r)
			}
			k.reopen()
			k.holds(want)
			k.undamaged()
		})
	}
}

// As long as the journal runs it knows its floors, whatever becomes of the file.
func TestTheFloorsAreLostWhileItRuns(t *testing.T) {
	for _, garbage := range []bool{false, true} {
		k := open(t)
		k.mustLog(10)
		k.must(k.Declare([]marks.Mark{{Run: xx, Seq: 5}}))
		k.SetPolicy(0, 0, 250)
		k.tend()
		k.remove(".access.log.floors")
		if garbage {
			k.put(".access.log.floors", "garbage")
		}
		k.recover()
		k.undamaged()
		k.reopen()
		k.undamaged()
		k.mark(la, 10, 4)
		k.mark(xx, 5, 6)
		k.end()
	}
}

// The whole directory may go. What is open is saved, and waits for what is not.
func TestTheDirectoryIsRemoved(t *testing.T) {
	k := open(t)
	k.mustLog(5)
	entries, err := k.disk.ReadDir("log")
	k.must(err)
	for _, e := range entries {
		k.remove(e.Name())
	}
	k.must(k.disk.Remove("log"))
	k.fails(ss)
	k.mark(la, 0, 1)
	k.mustLog(3)
	k.tend()
	k.mark(la, 5, 1)
	k.sound()
}
