package journal_test

import (
	"errors"
	"os"
	"slices"
	"syscall"
	"testing"
)

// move renames a file of the directory, as logrotate does.
func (k *keeper) move(from, to string) {
	k.t.Helper()
	if err := os.Rename(k.path(from), k.path(to)); err != nil {
		k.t.Fatal(err)
	}
}

// leave puts a file into the directory, as anybody may.
func (k *keeper) leave(name, content string) {
	k.t.Helper()
	if err := os.WriteFile(k.path(name), []byte(content), 0o600); err != nil {
		k.t.Fatal(err)
	}
}

func (k *keeper) mustReopen(want bool) {
	k.t.Helper()
	if moved, err := k.Reopen(); moved != want || err != nil {
		k.t.Fatalf("Reopen is %v, %v, want %v", moved, err, want)
	}
}

// moveEmpty leaves an empty segment of a number behind, and begins a new one.
func (k *keeper) moveEmpty(number int) {
	k.t.Helper()
	name := "access.log." + string(rune('0'+number))
	if info, err := os.Stat(k.path("access.log")); err != nil || info.Size() > 0 {
		k.move("access.log", name+"0")
		k.mustReopen(true)
	}
	k.move("access.log", name)
	k.mustReopen(true)
}

func TestReopenLeavesAloneWhatWasNotMoved(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(2)
	k.mustReopen(false)
	k.mustLog(1)
	k.checkAll()
	if want := []string{"access.log"}; !slices.Equal(k.names(), want) {
		t.Errorf("segments %q, want %q", k.names(), want)
	}
}

func TestWhatIsRenamedToASegmentStaysInTheJournal(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(4)
	k.move("access.log", "access.log.7")
	k.mustReopen(true)
	k.checkAll()
	k.mustLog(4)
	k.checkAll()
	if want := []string{"access.log", "access.log.1", "access.log.7", "access.log.8"}; !slices.Equal(k.names(), want) {
		t.Errorf("segments %q, want %q", k.names(), want)
	}
	k.reopen()
	k.checkAll()
}

// What is moved elsewhere is whole, and is not written to any more.
func TestWhatIsMovedElsewhereIsLeftToWhoeverMovedIt(t *testing.T) {
	for name, away := range map[string]func(k *keeper){
		"renamed":               func(k *keeper) { k.move("access.log", "access.log-20261122") },
		"renamed, with another": func(k *keeper) { k.move("access.log", "old"); k.leave("access.log", "") },
		"removed":               func(k *keeper) { os.Remove(k.path("access.log")) },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t, t.TempDir())
			k.mustLog(5)
			away(k)
			k.mustReopen(true)
			k.records = k.records[:3]
			k.checkAll()
			for range 4 {
				r := k.next("S")
				if err := errors.Join(k.write(r), k.Commit()); err != nil {
					t.Fatal(err)
				}
				k.records = append(k.records, r)
				k.held.Offer(itsRun(r), r.Seq)
			}
			k.checkAll()
		})
	}
}

// A full log that was moved is not moved again, nor is what now has its name.
func TestRotationMindsWhatWasMoved(t *testing.T) {
	for name, again := range map[string]bool{"gone": false, "an empty one in its place": true} {
		t.Run(name, func(t *testing.T) {
			k := open(t, t.TempDir())
			k.mustLog(3)
			k.move("access.log", "access.log.5")
			if again {
				k.leave("access.log", "")
			}
			k.mustLog(4)
			k.checkAll()
			if want := []string{"access.log", "access.log.5", "access.log.6"}; !slices.Equal(k.names(), want) {
				t.Errorf("segments %q, want %q", k.names(), want)
			}
		})
	}
}

// When no new log can be begun, the old one goes on where it is: nothing of it
// is cut off, and nothing else is.
func TestAFailedReopenChangesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		op operation
		to string
	}{
		"moved away, no descriptors": {opening, "elsewhere"},
		"moved away, no sync":        {syncingDir, "elsewhere"},
		"moved away, no listing":     {listing, "elsewhere"},
		"kept, no descriptors":       {opening, "access.log.9"},
		"kept, no sync":              {syncingDir, "access.log.9"},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t, t.TempDir())
			k.mustLog(3 + 2)
			k.move("access.log", tt.to)
			k.fs.fail(tt.op, syscall.EMFILE)
			if _, err := k.Reopen(); !errors.Is(err, syscall.EMFILE) {
				t.Errorf("error %v", err)
			}
			k.rollBack()
			holds(t, k.path(tt.to), []byte(k.all(3)))
			k.mustReopen(true)
			if tt.to == "elsewhere" {
				k.records = k.records[:3]
			}
			k.checkAll()
		})
	}
}

// Somebody else's file is neither read nor written to nor cut.
func TestAFileThatOthersPutThereIsLeftAlone(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(2)
	k.move("access.log", "mine")
	const other = "not ours\r\n"
	k.leave("access.log", other)
	if _, err := k.Reopen(); err == nil {
		t.Error("it was taken for a new one")
	}
	k.rollBack()
	holds(t, k.path("access.log"), []byte(other))
	holds(t, k.path("mine"), []byte(k.all(0)))
	os.Remove(k.path("access.log"))
	k.mustReopen(true)
}
