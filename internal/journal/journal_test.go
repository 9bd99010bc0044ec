package journal_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

func TestOpenTellsWhatItFound(t *testing.T) {
	k := newHarness(t)
	k.cfg.Dir = "a/new/log"
	k.begin()
	if got := k.recovery; got.Segments != 1 || got.Records != 0 || got.Marks.Len() != 0 {
		t.Errorf("nothing was there: %+v", got)
	}
	k.mustLog(7)
	k.reopen()
	if got := k.recovery; got.Segments != 3 || got.Records != 7 || got.Marks.Seq(la) != 7 {
		t.Errorf("7 records were there: %+v", got)
	}
	k.undamaged()
	if got := k.Logged(); got != 0 {
		t.Errorf("positions begin at %d", got)
	}
	if had, took := k.Offer(la, 6, 2); had != 2 || took != 0 {
		t.Errorf("the last records are news: %d, %d", had, took)
	}
	if had, took := k.Offer(la, 9, 2); had != 0 || took != 0 {
		t.Errorf("those behind the next are taken: %d, %d", had, took)
	}
	// The directories that were made are there after a power cut.
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.holds(lines(1, 7))
}

func TestAppendTellsWhichMarksHaveMoved(t *testing.T) {
	k := open(t)
	k.must(k.Declare([]marks.Mark{{Run: xx, Seq: 5}}))
	var out string
	for _, m := range []marks.Mark{{Run: la, Seq: 1}, {Run: xx, Seq: 6}, {Run: la, Seq: 2}, {Run: la, Seq: 3}} {
		k.Offer(m.Run, m.Seq, 1)
		out += line(m.Run, m.Seq)
	}
	moved, err := k.Append([]byte(out), 4)
	want := []marks.Mark{{Run: la, Seq: 3, First: 1}, {Run: xx, Seq: 6, First: 6}}
	if err != nil || fmt.Sprint(moved) != fmt.Sprint(want) {
		t.Errorf("moved %v, %v, want %v", moved, err, want)
	}
	if k.Logged() != 4 {
		t.Errorf("logged up to %d", k.Logged())
	}
	k.SkipTo(9)
	k.SkipTo(3)
	if k.Logged() != 9 {
		t.Errorf("settled up to %d", k.Logged())
	}
}

// Segments are numbered in the order in which they were begun, by number and
// not by letters, and a new process goes on from there.
func TestSegmentsAreNumberedInTheirOrder(t *testing.T) {
	k := open(t)
	k.mustLog(4)
	k.segments("access.log.1", "access.log")
	k.reopen()
	k.mustLog(3 * 10)
	k.reopen()
	k.holds(lines(1, 34))
	k.undamaged()
	if n := len(k.names("")); n != 12 {
		t.Fatalf("%d segments, want 12", n)
	}
	for n := range uint64(11) {
		if got, want := k.content(fmt.Sprintf("access.log.%d", n+1)), lines(3*n+1, 3*n+3); got != want {
			t.Errorf("segment %d has %q, want %q", n+1, got, want)
		}
	}
}

func TestANewSegmentIsNumberedBehindAllOthers(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	k.end()
	for _, n := range []string{"3", "2", "1"} {
		k.move("access.log."+n, "access.log.1"+n)
	}
	k.reopen()
	k.undamaged()
	k.mustLog(3)
	k.holds(lines(1, 13))
	k.segments("access.log.11", "access.log.12", "access.log.13", "access.log.14", "access.log")
}

func TestOtherNamesAreNotOfTheJournal(t *testing.T) {
	k := newHarness(t)
	for _, suffix := range []string{".0", ".01", ".-1", ".1.gz", ".one", ".1 ", "-20261122", ".99999999999999999999", "s"} {
		k.put("access.log"+suffix, "not a record\r\n")
	}
	k.begin()
	if got := k.recovery; got.Segments != 1 || got.Records != 0 {
		t.Errorf("%+v", got)
	}
}

// Beside the log are an index for each sealed segment, the claims about the
// active one, the floors and the lock, and nothing that is not finished.
func TestTheSmallFiles(t *testing.T) {
	k := open(t)
	k.put(".access.log.9.index.new", "half")
	k.mustLog(10)
	k.reopen()
	entries, err := k.disk.ReadDir("log")
	k.must(err)
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	want := ".access.log.1.index .access.log.2.index .access.log.3.index .access.log.4.sums .access.log.floors .lock"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("there are %s, want %s", got, want)
	}
}

func TestADirectoryIsForOneJournalAtATime(t *testing.T) {
	k := open(t)
	j, _, err := journal.Open(k.cfg)
	if j != nil || !errors.Is(err, disk.ErrLocked) || !strings.Contains(err.Error(), k.cfg.Dir) {
		t.Errorf("the second: %v, %v", j, err)
	}
	k.reopen()
}

func TestWhatIsNotAFileIsNamed(t *testing.T) {
	for _, name := range []string{"log", "log/access.log", "log/access.log.4"} {
		k := newHarness(t)
		if name == "log" { // where the directory should be
			k.cfg.Dir = "log/file"
			k.must(k.disk.Put("log/file", nil))
			name = "log/file"
		} else {
			k.must(k.disk.MkdirAll(name))
		}
		var where *fs.PathError
		if _, _, err := journal.Open(k.cfg); !errors.As(err, &where) || where.Path != name {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Nothing is written to a journal that has to recover.
func TestAfterAnErrorTheJournalMustRecover(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync | crashdisk.OpOpen})
	if err := k.log(la, 1); !errors.Is(err, syscall.EIO) {
		t.Errorf("append: %v", err)
	}
	heal()
	// The next sync would succeed, and it would be false.
	if err := k.Sync(); err == nil {
		t.Error("a sync is believed after one that has failed")
	}
	heal = k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpOpen})
	if _, err := k.Recover(); !errors.Is(err, syscall.EIO) {
		t.Errorf("recover: %v", err)
	}
	heal()
	_, appended := k.Append([]byte(line(la, 3)), 3)
	_, tended := k.Maintain()
	_, reopened := k.Reopen()
	for what, err := range map[string]error{"append": appended, "tend": tended, "reopen": reopened, "sync": k.Sync()} {
		if err == nil {
			t.Errorf("%s succeeds", what)
		}
	}
	k.recover()
	k.holds(lines(1, 3))
	k.mustLog(1)
}

// Without the policy nothing is claimed, and nothing is synced, until it is
// asked for. A sealed segment is synced in any case.
func TestWithoutSync(t *testing.T) {
	k := newHarness(t)
	k.cfg.Sync = false
	k.begin()
	k.mustLog(5)
	if claims := k.content(".access.log.2.sums"); claims != "" {
		t.Errorf("claims: %q", claims)
	}
	after := k.after(crashdisk.KeepSynced())
	after.begin()
	after.holds(lines(1, 3))
	after.end()

	k = open(t)
	k.cfg.Sync = false
	k.reopen()
	k.mustLog(5)
	k.must(k.Sync())
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.holds(lines(1, 5))
	k.undamaged()
}

// A lazy journal syncs nothing, sealed segments neither. Whatever of them is left when
// the power goes, the journal is sound, says no more than it has, and all is there
// again once the peers have given it.
func TestLazy(t *testing.T) {
	k := newHarness(t)
	k.cfg.Sync, k.cfg.Lazy = false, true
	k.begin()
	for range 4 {
		k.mustLog(3)
	}
	before := k.Marks()
	if after := k.after(crashdisk.KeepSynced()); after.content("access.log.1") != "" {
		t.Errorf("a sealed segment was synced: %q", after.content("access.log.1"))
	}
	losses := map[string]crashdisk.Loss{"what was not synced": crashdisk.KeepSynced(), "nothing": crashdisk.KeepAll()}
	for seed := range uint64(200) {
		losses[fmt.Sprint("some ", seed)] = crashdisk.KeepSome(rand.New(rand.NewPCG(seed, 1)))
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			k := k.after(loss)
			k.t = t
			k.begin()
			k.sound()
			k.refill(before)
			k.end()
			k.begin()
			k.holds(lines(1, 12))
		})
	}
}

// What was found at the start is synced before anybody is told that it is
// durable (I1): a daemon that was killed may have left it unsynced.
func TestWhatIsFoundIsSynced(t *testing.T) {
	for name, meddle := range map[string]func(k *harness){
		"in access.log":        func(*harness) {},
		"in a renamed segment": func(k *harness) { k.move("access.log", "access.log.7") },
	} {
		t.Run(name, func(t *testing.T) {
			k := newHarness(t)
			k.cfg.Sync = false
			k.begin()
			k.mustLog(2)
			k = k.after(crashdisk.KeepAll())
			meddle(k)
			k.begin()
			k.mark(la, 2, 1)
			k = k.after(crashdisk.KeepSynced())
			k.begin()
			k.holds(lines(1, 2))
			k.undamaged()
		})
	}
}
