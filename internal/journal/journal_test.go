package journal_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
)

// drawMarks draws what a peer may have of what the journal holds, and a run
// that is not known here.
func (k *keeper) drawMarks(r *rapid.T) *marks.Table {
	peer := new(marks.Table)
	for _, m := range k.held.Marks() {
		m.Seq = rapid.Uint64Range(0, m.Seq+1).Draw(r, m.Origin)
		peer.Set(m)
	}
	peer.Set(marks.Mark{Run: marks.Run{Origin: "X", Boot: 1}, Seq: rapid.Uint64Range(0, 1).Draw(r, "X")})
	return peer
}

// logAny logs a message, or rolls back what could not be logged.
func (k *keeper) logAny(r *rapid.T) error {
	err := k.log(rapid.SampledFrom([]string{"LA", "S", "G"}).Draw(r, "origin"))
	if err != nil {
		k.rollBack()
	}
	return err
}

// logWith logs a message while an operation fails, if it comes to it.
func (k *keeper) logWith(r *rapid.T, op operation) {
	k.fs.fail(op, syscall.EIO)
	if err := k.logAny(r); err != nil && !errors.Is(err, syscall.EIO) {
		r.Fatal(err)
	}
	k.fs.fail(op, nil)
}

// Whatever fails on the way, and however often the process begins anew, what
// was committed is what is there: all of it, once, in order, and nothing else.
// That is also what a peer gets, of what it lacks.
func TestWhatIsCommittedIsWhatIsThere(t *testing.T) {
	ops := []operation{opening, writing, shortWrite, syncing, renaming, syncingDir, listing}
	rapid.Check(t, func(r *rapid.T) {
		k := newKeeper(r, t.TempDir())
		k.reopen()
		defer k.end()
		defer k.checkAll()
		r.Repeat(map[string]func(*rapid.T){
			"log": func(r *rapid.T) {
				if err := k.logAny(r); err != nil {
					r.Fatal(err)
				}
			},
			"log with trouble": func(r *rapid.T) { k.logWith(r, rapid.SampledFrom(ops).Draw(r, "op")) },
			"read":             func(r *rapid.T) { k.check(k.drawMarks(r)) },
			"begin anew":       func(*rapid.T) { k.reopen() },
			"": func(r *rapid.T) {
				if _, atRisk := k.fs.state(); atRisk != 0 {
					r.Fatalf("a power cut would set back %d files", atRisk)
				}
			},
		})
	})
}

func TestOpenTellsWhatItFound(t *testing.T) {
	k := open(t, filepath.Join(t.TempDir(), "new", "logs"))
	if got := k.recovery; got.Segments != 0 || got.Records != 0 || got.TornTail != 0 || got.Marks.Len() != 0 {
		t.Errorf("nothing was there: %+v", got)
	}
	k.mustLog(7)
	k.reopen()
	if got := k.recovery; got.Segments != 3 || got.Records != 7 || got.TornTail != 0 || got.Marks.Seq(marks.Run{Origin: "LA", Boot: 7}) != 7 {
		t.Errorf("7 records were there: %+v", got)
	}
	if got := k.Logged(); got != 0 {
		t.Errorf("positions begin at %d", got)
	}
	if got := k.Offer(marks.Run{Origin: "LA", Boot: 7}, 7); got != marks.Duplicate {
		t.Errorf("the last record is news: %v", got)
	}
}

// Segments are numbered in the order in which they were begun, by number and
// not by letters, and a new process goes on from there.
func TestSegmentsAreNumberedInTheirOrder(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(4)
	if want := []string{"access.log", "access.log.1"}; !slices.Equal(k.names(), want) {
		t.Fatalf("segments %q, want %q", k.names(), want)
	}
	k.reopen()
	k.mustLog(3 * 10)
	k.reopen()
	k.checkAll()
	if n := len(k.names()); n != 12 {
		t.Fatalf("%d segments, want 12", n)
	}
	for n := 1; n < 12; n++ {
		want := ""
		for _, r := range k.records[3*(n-1) : 3*n] {
			want += line(r)
		}
		holds(t, k.path(fmt.Sprintf("access.log.%d", n)), []byte(want))
	}
}

func TestANewSegmentIsNumberedBehindAllOthers(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(10)
	k.end()
	for _, n := range []string{"1", "2", "3"} {
		if err := os.Rename(k.path("access.log."+n), k.path("access.log.1"+n)); err != nil {
			t.Fatal(err)
		}
	}
	k.reopen()
	k.mustLog(3)
	k.checkAll()
	if want := []string{"access.log", "access.log.11", "access.log.12", "access.log.13", "access.log.14"}; !slices.Equal(k.names(), want) {
		t.Errorf("segments %q, want %q", k.names(), want)
	}
}

func TestOtherNamesAreNotOfTheJournal(t *testing.T) {
	k := newKeeper(t, t.TempDir())
	for _, suffix := range []string{".0", ".01", ".-1", ".1.gz", ".one", ".1 ", "-20261122", ".99999999999999999999", "s"} {
		k.leave("access.log"+suffix, "not a record\r\n")
	}
	if got := open(t, k.cfg.Dir).recovery; got.Segments != 0 || got.Records != 0 {
		t.Errorf("%+v", got)
	}
}

// Nobody reads what may still be taken back.
func TestWhatIsNotCommittedIsNotRead(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(1)
	r := k.Reader(new(marks.Table))
	defer r.Close()
	if err := k.write(k.next("LA")); err != nil {
		t.Fatal(err)
	}
	k.checkAll()
	if got, err := read(r); got != line(k.records[0]) || r.End() != 1 || err != nil {
		t.Errorf("read %q up to %d, %v", got, r.End(), err)
	}
	if err := k.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := read(r); !strings.Contains(got, "LA.7.2") || r.End() != 2 || err != nil {
		t.Errorf("after the commit read %q up to %d, %v", got, r.End(), err)
	}
}

func TestWhatIsTakenBackIsNotLoggedByALaterCommit(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(2)
	if err := k.write(k.next("LA")); err != nil {
		t.Fatal(err)
	}
	k.rollBack()
	if err := k.Commit(); err != nil || k.Logged() != 2 {
		t.Errorf("logged up to %d, %v", k.Logged(), err)
	}
	k.checkAll()
}

// Each failure is told, takes nothing that was committed with it, and is over
// when it is over.
func TestTroubleIsToldAndForgotten(t *testing.T) {
	for op, records := range map[operation]int{
		writing: 1, shortWrite: 1, syncing: 1, // and where a segment is full:
		opening: 3, renaming: 3, syncingDir: 3,
	} {
		t.Run(string(op), func(t *testing.T) {
			k := open(t, t.TempDir())
			k.mustLog(records)
			k.fs.fail(op, syscall.ENOSPC)
			if err := k.log("LA"); !errors.Is(err, syscall.ENOSPC) || !strings.HasPrefix(err.Error(), "access log: ") {
				t.Errorf("error %v", err)
			}
			k.rollBack()
			k.checkAll()
			k.mustLog(4)
			k.reopen()
			k.checkAll()
			if k.recovery.TornTail != 0 {
				t.Errorf("a torn tail of %d bytes was left", k.recovery.TornTail)
			}
		})
	}
}

// A file that is sealed is not synced later: that is done before, even where
// the policy leaves syncing to others. Close leaves nothing unsynced either.
func TestASealedSegmentIsSynced(t *testing.T) {
	for name, seal := range map[string]func(k *keeper){
		"by rotation": func(k *keeper) { k.mustLog(6) },
		"by a rename": func(k *keeper) { k.move("access.log", "access.log.1"); k.mustReopen(true); k.mustLog(1) },
	} {
		t.Run(name, func(t *testing.T) {
			k := newKeeper(t, t.TempDir())
			k.cfg.Sync = false
			k.reopen()
			defer k.end()
			k.mustLog(3)
			seal(k)
			if _, atRisk := k.fs.state(); atRisk != 1 {
				t.Errorf("%d files are at risk, want only access.log", atRisk)
			}
			if err := k.Sync(); err != nil {
				t.Fatal(err)
			}
			if _, atRisk := k.fs.state(); atRisk != 0 {
				t.Errorf("%d files are at risk after a sync", atRisk)
			}
			k.mustLog(1)
		})
	}
}

func TestWhatIsSyncedIsNotSyncedAgain(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(1)
	k.fs.fail(syncing, syscall.EIO)
	if err := errors.Join(k.Sync(), k.Commit()); err != nil {
		t.Errorf("it was: %v", err)
	}
	k.fs.fail(syncing, nil)
}

func TestADirectoryIsForOneJournalAtATime(t *testing.T) {
	k := open(t, t.TempDir())
	j, _, err := journal.Open(k.cfg)
	if j != nil || !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), k.cfg.Dir) {
		t.Errorf("the second: %v, %v", j, err)
	}
	k.reopen()
}

func TestAFileInThePlaceOfTheDirectoryIsNamed(t *testing.T) {
	_, path := put(t, "logs", nil)
	cfg := newKeeper(t, path).cfg
	var where *fs.PathError
	if _, _, err := journal.Open(cfg); !errors.As(err, &where) || where.Path != path {
		t.Errorf("error %v", err)
	}
}
