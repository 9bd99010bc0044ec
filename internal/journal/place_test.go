package journal_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
)

// An access.log that has no name in the log directory any more is not taken for retired,
// though it has one elsewhere: that is seen within one look, whatever is in its place by
// then, and what was written is saved.
func TestALogThatIsNotInItsPlaceIsSaved(t *testing.T) {
	for name, lose := range map[string]func(k *harness){
		"linked and removed": func(k *harness) { k.must(k.disk.Link("log/access.log", "backup/a")); k.remove("access.log") },
		"moved out":          func(k *harness) { k.must(k.disk.Rename("log/access.log", "backup/a")) },
		"linked, and another put there": func(k *harness) {
			k.must(k.disk.Link("log/access.log", "backup/a"))
			k.put("access.log", "")
		},
		"replaced by a copy": func(k *harness) {
			k.must(k.disk.Link("log/access.log", "backup/a"))
			k.put("access.log", k.content("access.log"))
		},
	} {
		for how, see := range map[string]func(k *harness) error{
			"the clock":    func(k *harness) error { _, err := k.Maintain(); return err },
			"a signal":     func(k *harness) error { _, err := k.Reopen(); return err },
			"a full log":   func(k *harness) error { return errors.Join(k.log(la, 2), k.log(la, 1)) },
			"a mere trial": func(k *harness) error { return errors.New("trouble") },
		} {
			t.Run(name+", seen by "+how, func(t *testing.T) {
				k := open(t)
				k.must(k.disk.MkdirAll("backup"))
				k.mustLog(4)
				lose(k)
				before := k.Marks().Seq(la)
				if see(k) == nil {
					t.Error("it is not seen")
				}
				k.recover()
				k.sound()
				if seq := k.Marks().Seq(la); seq < before || k.Marks().First(la) != 1 || k.recovery.Missing+k.recovery.Excused > 0 {
					t.Errorf("marked %d from %d on, %+v", seq, k.Marks().First(la), k.recovery)
				}
				k.mustLog(1)
				k.reopen()
				k.sound()
				k.mark(la, k.Marks().Seq(la), 1)
			})
		}
	}
}

// A link that is made beside access.log changes nothing.
func TestALinkIsNoHarm(t *testing.T) {
	k := open(t)
	k.must(k.disk.MkdirAll("backup"))
	k.mustLog(5)
	for _, name := range []string{"access.log", "access.log.1"} {
		k.must(k.disk.Link("log/"+name, "backup/"+name))
	}
	k.tend()
	k.mustReopen(false)
	k.mustLog(5)
	k.reopen()
	k.undamaged()
	k.holds(lines(1, 10))
}

// Who forgets the signal after a renaming is helped by the clock.
func TestARenamingIsSeenWithoutASignal(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.move("access.log", "access.log.7")
	if done := k.tend(); !done.Renamed {
		t.Errorf("%+v", done)
	}
	k.segments("access.log.7", "access.log")
	k.mustLog(1)
	k.holds(lines(1, 3))
	if k.tend().Renamed {
		t.Error("it is said again")
	}
}

// otherPlace is what may become of the log directory. home puts it back.
type otherPlace struct{ away, home func(k *harness) }

func otherPlaces() map[string]otherPlace {
	away := func(k *harness) { k.must(k.disk.Move("log", "moved")) }
	home := func(k *harness) {
		k.must(k.disk.Move("log", "meanwhile"))
		k.must(k.disk.Move("moved", "log"))
	}
	return map[string]otherPlace{
		"moved":                    {away, home},
		"moved, an empty one made": {func(k *harness) { away(k); k.must(k.disk.MkdirAll("log")) }, home},
		"covered by another log": {func(k *harness) {
			away(k)
			k.must(k.disk.MkdirAll("log"))
			k.put("access.log", line(ss, 1))
			k.put(".lock", "")
		}, home},
	}
}

// A log directory that was moved, replaced or covered is not written to any more. The
// log goes on in the one that is there, with what was open; what is not there is asked
// for. When the old one is back, it goes on there, with what came meanwhile.
func TestTheDirectoryIsAnother(t *testing.T) {
	for name, place := range otherPlaces() {
		for how, see := range map[string]func(k *harness) error{
			"the clock": func(k *harness) error { _, err := k.Maintain(); return err },
			"a signal":  func(k *harness) error { _, err := k.Reopen(); return err },
			"a message": func(k *harness) error { return k.log(xx, 1) },
		} {
			t.Run(name+", seen by "+how, func(t *testing.T) {
				k := open(t)
				k.mustLog(8)
				place.away(k)
				before, err := k.disk.Contents("moved/access.log")
				k.must(err)
				if err := see(k); err == nil || !strings.Contains(err.Error(), "removed, moved, replaced or covered") {
					t.Errorf("that is not seen: %v", err)
				}
				k.recover()
				k.sound()
				k.mark(la, 0, 1) // what was open waits for what is not there
				k.mustLog(6)
				k.tend()
				k.mark(la, 8, 1)
				k.must(k.log(xx, 1))
				k.sound()
				if now, err := k.disk.Contents("moved/access.log"); string(now) != string(before) || err != nil {
					t.Errorf("what was moved was written to: %q, %v", now, err)
				}
				place.home(k)
				if _, err := k.Maintain(); err == nil {
					t.Error("that it is back is not seen")
				}
				k.recover()
				k.sound()
				k.mark(la, 8, 1)
				k.mark(xx, 1, 1)
				k.reopen()
				k.sound()
			})
		}
	}
}

// Of two daemons only one writes a log, whatever becomes of the directory or of .lock: the
// other does not begin before the first has let go, and the first does not go on once
// the other has begun.
func TestTwoDaemonsDoNotWriteOneLog(t *testing.T) {
	second := func(k *harness, dir string) (*journal.Writer, error) {
		cfg := k.cfg
		cfg.Dir = dir
		j, _, err := journal.Open(cfg)
		return j, err
	}
	k := open(t)
	k.mustLog(2)
	k.must(k.disk.Move("log", "moved"))
	if _, err := second(k, "moved"); !errors.Is(err, disk.ErrLocked) {
		t.Errorf("in the moved directory a second one begins: %v", err)
	}
	other, err := second(k, "log")
	k.must(err)
	if k.log(la, 1) == nil {
		t.Error("the first writes on")
	}
	for range 2 {
		if _, err := k.Recover(); !errors.Is(err, disk.ErrLocked) {
			t.Errorf("it goes on beside the second: %v", err)
		}
	}
	k.must(other.Close())
	k.recover()
	k.sound()
	k.mark(la, 2, 1)

	k.remove(".lock")
	other, err = second(k, "log")
	k.must(err)
	before := k.content("access.log")
	if k.log(la, 1) == nil || k.content("access.log") != before {
		t.Error("without .lock the first writes on")
	}
	k.must(other.Close())
	k.recover()
	k.mustLog(1)
	k.sound()
}

// What cannot be looked at is not taken for gone: it is trouble, and then it is over.
func TestADirectoryThatCannotBeSeen(t *testing.T) {
	k := open(t)
	k.mustLog(5)
	for _, err := range []error{fs.ErrPermission, errors.New("input/output error")} {
		heal := k.disk.Fail(faultAll(err))
		if got := k.log(la, 1); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		if _, got := k.Recover(); !errors.Is(got, err) {
			t.Errorf("%v, want %v", got, err)
		}
		heal()
		k.recover()
		k.undamaged()
		k.holds(lines(1, 5))
	}
	k.mustLog(1)
}
