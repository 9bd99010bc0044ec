package journal_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

// Several files may wait for the same lines, and are in the log as soon as what
// they wait for is, whatever their names.
func TestSalvagingFromSeveralFiles(t *testing.T) {
	k := newHarness(t)
	k.must(k.disk.MkdirAll("log/damaged"))
	k.put("damaged/x", "") // not of the journal
	k.put("damaged/1.rest", lines(7, 9)+line(ss, 3))
	k.put("damaged/2.rest", lines(3, 5))
	k.put("damaged/3.rest", "no record\r\n"+lines(1, 1)+lines(11, 11)+"torn")
	k.begin()
	if r := k.recovery; r.Salvaged != 1 || r.Waiting != 2 || r.Records != 1 {
		t.Errorf("%+v", r)
	}
	k.mustLog(1)
	if done := k.tend(); len(done.Moved) != 1 || done.Moved[0].Seq != 5 {
		t.Errorf("%+v", done)
	}
	k.holds(lines(1, 5))
	k.mustLog(1)
	k.tend()
	k.mustLog(1)
	k.tend()
	k.holds(lines(1, 11))
	k.must(k.disk.Delete("log/damaged/1.rest")) // nobody waits for them
	k.must(k.log(ss, 2))
	k.tend()
	if got := strings.Join(k.damaged(), " "); got != "x" {
		t.Errorf("in damaged is %q", got)
	}
}

// As long as there is no room for them, they wait.
func TestSalvagingOnAFullDisk(t *testing.T) {
	k := newHarness(t)
	k.must(k.disk.MkdirAll("log/damaged"))
	k.put("damaged/1.rest", lines(2, 4))
	k.begin()
	k.mustLog(1)
	heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpWrite | crashdisk.OpCreate, Err: syscall.ENOSPC})
	if _, err := k.Maintain(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	if _, err := k.Recover(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("error %v", err)
	}
	heal()
	k.recover()
	k.holds(lines(1, 4))
}

// Lines in a hole that was declared meanwhile have no place in the log any more.
// They are left for people.
func TestSalvagingTooLate(t *testing.T) {
	k := newHarness(t)
	k.must(k.disk.MkdirAll("log/damaged"))
	k.put("damaged/1.rest", lines(3, 4))
	k.begin()
	k.must(k.Declare([]marks.Mark{{Run: la, Seq: 8}}))
	k.tend()
	k.mustLog(1)
	k.reopen()
	if got := k.damaged(); len(got) != 1 || k.content("damaged/"+got[0]) != lines(3, 4) || k.recovery.Waiting > 0 {
		t.Errorf("in damaged is %q", got)
	}
	k.holds(lines(9, 9))
}

// What was salvaged is durable before the file that it was in goes, whatever
// the policy.
func TestWhatIsSalvagedIsSynced(t *testing.T) {
	k := newHarness(t)
	k.cfg.Sync = false
	k.must(k.disk.MkdirAll("log/damaged"))
	k.put("damaged/1.rest", lines(2, 3))
	k.begin()
	k.mustLog(1)
	k.tend()
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.holds(lines(1, 3))
}

// Where nothing is known of floors, what is missing between two lines of one
// segment is not taken for taken away, and so what comes later has to wait too.
func TestWaitingWithoutFloors(t *testing.T) {
	k := newHarness(t)
	k.put("access.log.1", lines(1, 1)+lines(3, 3))
	k.put("access.log", lines(4, 4))
	k.begin()
	k.holds(lines(1, 1))
	k.mustLog(1)
	k.tend()
	k.holds(lines(1, 4))
	k.mark(la, 4, 1)
}
