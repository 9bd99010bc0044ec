package journal_test

import (
	"fmt"
	"maps"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

// What need not be kept is retired, the oldest first, and is under the marks.
func TestRetention(t *testing.T) {
	for name, tt := range map[string]struct {
		policy func(k *harness)
		first  uint64
	}{
		"for ever":        {func(k *harness) { k.now = k.now.Add(1e6 * time.Hour) }, 1},
		"300 bytes":       {func(k *harness) { k.SetPolicy(0, 0, 300) }, 4},
		"a byte":          {func(k *harness) { k.SetPolicy(0, 0, 1) }, 10},
		"more than is":    {func(k *harness) { k.SetPolicy(0, 0, 1000) }, 1},
		"2 hours":         {func(k *harness) { k.SetPolicy(0, 2*time.Hour, 0) }, 4},
		"2 hours, later":  {func(k *harness) { k.SetPolicy(0, 2*time.Hour, 0); k.now = k.now.Add(time.Hour) }, 7},
		"an hour or 1000": {func(k *harness) { k.SetPolicy(0, time.Hour, 1000) }, 7},
		"after a start":   {func(k *harness) { k.reopen(); k.SetPolicy(0, 2*time.Hour, 0) }, 4},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			for range 10 {
				k.mustLog(1)
				k.now = k.now.Add(20 * time.Minute) // a segment an hour
			}
			k.must(k.Declare([]marks.Mark{{Run: xx, Seq: 5}}))
			tt.policy(k)
			done := k.tend()
			k.holds(lines(tt.first, 10))
			k.mark(la, 10, tt.first)
			gone := int(tt.first-1) / 3
			if len(done.Retired) != gone || len(done.Moved) != gone || done.RemoveErr != nil || done.Sealed {
				t.Errorf("%+v", done)
			}
			if gone > 0 && (done.Retired[0] != "log/access.log.1" || done.Moved[gone-1] != marks.Mark{Run: la, Seq: 10, First: tt.first}) {
				t.Errorf("%+v", done)
			}
			if again := k.tend(); len(again.Retired) > 0 {
				t.Errorf("again %+v", again)
			}
			k = k.after(crashdisk.KeepSynced())
			k.begin()
			k.undamaged()
			k.mark(la, 10, tt.first)
			k.mark(xx, 5, 6)
			retired, _ := k.Offer(la, 1, 1)
			hole, behind := k.Offer(xx, 5, 2)
			if retired != 1 || hole != 1 || behind != 1 {
				t.Errorf("what was retired, or is in a hole, is news: %d, %d, %d", retired, hole, behind)
			}
		})
	}
}

// What cannot be retired stays, and it is said why; it goes another time.
func TestWhatCannotBeRetired(t *testing.T) {
	for _, fault := range []crashdisk.Fault{
		{Op: crashdisk.OpSyncDir}, {Op: crashdisk.OpRename}, {Op: crashdisk.OpSync}, {Op: crashdisk.OpRemove, Name: "access.log.1"},
	} {
		k := open(t)
		k.mustLog(10)
		fault.Err = syscall.EROFS
		heal := k.disk.Fail(fault)
		k.SetPolicy(0, 0, 250)
		done := k.tend()
		if done.RemoveErr == nil || len(done.Retired) > 0 || len(done.Moved) > 0 && fault.Op != crashdisk.OpRemove {
			t.Errorf("%v: %+v", fault.Op, done)
		}
		heal()
		k.reopen()
		k.sound()
		k.undamaged()
		k.SetPolicy(0, 0, 250)
		k.tend()
		k.holds(lines(4, 10))
		k.end()
	}
}

// A segment is sealed when its age is up, by when it got its first line, also
// after a start. An empty one has no age.
func TestSegmentsHaveAnAge(t *testing.T) {
	k := newHarness(t)
	k.cfg.SegmentAge = time.Hour
	k.begin()
	k.now = k.now.Add(90 * time.Minute)
	if k.tend().Sealed {
		t.Error("an empty one is sealed")
	}
	k.mustLog(1)
	k.now = k.now.Add(59 * time.Minute)
	if k.tend().Sealed {
		t.Error("it is sealed too early")
	}
	k.now = k.now.Add(time.Minute)
	if !k.tend().Sealed {
		t.Error("it is not sealed")
	}
	k.segments("access.log.1", "access.log")
	k.mustLog(1)
	k.reopen() // by the time of the line, it is old
	if !k.tend().Sealed {
		t.Error("after a start it is not sealed")
	}
	// A line from a clock that is ahead does not keep it from growing old.
	k.mustLog(1)
	k.now = epoch.Add(-time.Hour)
	k.reopen()
	k.now = k.now.Add(time.Hour)
	if !k.tend().Sealed {
		t.Error("a clock that is ahead keeps it")
	}
	k.holds(lines(1, 3))
}

// A hole is durable when it is declared, before there is anything behind it.
func TestDeclare(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.must(k.Declare([]marks.Mark{{Run: la, Seq: 2}, {Run: ss, Seq: 1}, {Run: ss, Seq: 4}, {Run: xx, Seq: 7}}))
	k.must(k.Declare(nil))
	k.mark(la, 2, 1)
	k.mark(ss, 4, 5)
	k.must(k.log(xx, 1))
	k.must(k.Declare([]marks.Mark{{Run: la, Seq: 8}})) // behind lines that are here
	k.mustLog(5)
	if got, err := journal.Floors(k.disk, "log"); err != nil || !maps.Equal(got, map[marks.Run]uint64{la: 8, ss: 4, xx: 7}) {
		t.Errorf("from outside the floors are %v, %v", got, err)
	}
	if got, err := journal.Floors(k.disk, "elsewhere"); err != nil || len(got) > 0 {
		t.Errorf("elsewhere they are %v, %v", got, err)
	}
	for _, loss := range []crashdisk.Loss{crashdisk.KeepAll(), crashdisk.KeepSynced()} {
		k = k.after(loss)
		k.begin()
		k.holds(lines(1, 2) + line(xx, 8) + lines(9, 13))
		k.mark(la, 13, 9)
		k.mark(ss, 4, 5)
		k.mark(xx, 8, 8)
		k.undamaged()
		if k.recovery.Records != 8 {
			t.Errorf("%+v", k.recovery)
		}
	}
}

func TestAHoleThatCannotBeStoredIsNone(t *testing.T) {
	k := open(t)
	heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSyncDir})
	if err := k.Declare([]marks.Mark{{Run: la, Seq: 8}}); err == nil {
		t.Error("it is declared")
	}
	k.mark(la, 0, 1)
	if _, err := k.Forget([]marks.Run{la}); err != nil {
		t.Error("nothing to forget")
	}
	heal()
	k.recover()
	k.mustLogFrom(la)
	k.sound()
}

// mustLogFrom logs one message of a run, whatever is next.
func (k *harness) mustLogFrom(run marks.Run) {
	k.t.Helper()
	k.must(k.log(run, 1))
}

// What is forgotten leaves nothing. A run with lines is not forgotten, or they
// would be damage at the next start.
func TestForget(t *testing.T) {
	k := open(t)
	k.must(k.log(ss, 1))
	k.mustLog(6)
	k.must(k.Declare([]marks.Mark{{Run: xx, Seq: 5}, {Run: la, Seq: 9}}))
	k.SetPolicy(0, 0, 150)
	k.tend()
	k.mark(ss, 1, 2)
	gone, err := k.Forget([]marks.Run{ss, la, xx, {Origin: "G", Boot: 1}})
	k.must(err)
	for _, run := range gone {
		if k.Marks().Seq(run) != 0 {
			t.Errorf("%v is said to be forgotten, and is not", run)
		}
	}
	for range 2 {
		k.mark(ss, 0, 1)
		k.mark(xx, 0, 1)
		k.mark(la, 9, 10)
		k = k.after(crashdisk.KeepSynced())
		k.begin()
		k.sound()
		k.undamaged()
	}
}

// The numbers of segments are not used again, so nothing can be taken for
// something else.
func TestNumbersAreNotUsedAgain(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	k.SetPolicy(0, 0, 1)
	k.tend()
	k.end()
	for _, name := range k.names(".sums") {
		k.remove(name)
	}
	k.remove("access.log")
	k.begin()
	k.mustLog(4)
	if names := k.names(""); age(names[0]) < 4 {
		t.Errorf("segments %q", names)
	}
}

// A start reads of a sealed segment with an index the first line, and no more.
func TestAStartDoesNotReadSealedSegments(t *testing.T) {
	k := newHarness(t)
	k.cfg.SegmentBytes = 20_000
	k.begin()
	for range 5 {
		k.must(k.log(la, 1000))
	}
	k.end()
	counting := &counter{FS: k.disk}
	k.cfg.FS = counting
	k.begin()
	if active := len(k.content("access.log")); counting.bytes > 3*active+4*600+10_000 {
		t.Errorf("%d bytes were read, access.log has %d", counting.bytes, active)
	}
	k.undamaged()
	if k.recovery.Records != 5000 {
		t.Errorf("%+v", k.recovery)
	}
	k.holds(lines(1, 5000))
}

// An index that cannot be stored costs time, and nothing else.
func TestWithoutIndexes(t *testing.T) {
	k := open(t)
	for n := range 20 {
		heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpCreate, Name: fmt.Sprintf(".access.log.%d.index.new", n), Err: syscall.ENOSPC})
		defer heal()
	}
	k.mustLog(10)
	for range 2 {
		k.reopen()
		k.holds(lines(1, 10))
		k.undamaged()
	}
	if got := k.names(".index"); len(got) > 0 {
		t.Errorf("there are %q", got)
	}
}
