package journal_test

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

func (k *harness) mustReopen(want bool) {
	k.t.Helper()
	if moved, err := k.Reopen(); moved != want || err != nil {
		k.t.Fatalf("Reopen is %v, %v, want %v", moved, err, want)
	}
}

// fails requires that an append fails, and lets the journal recover.
func (k *harness) fails(run marks.Run) {
	k.t.Helper()
	if err := k.log(run, 1); err == nil {
		k.t.Fatal("it can be appended to")
	}
	k.recover()
	k.sound()
}

func TestReopenLeavesAloneWhatWasNotMoved(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.mustReopen(false)
	k.mustLog(1)
	k.segments("access.log")
	// That it cannot be seen does not mean that it was moved.
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpStat, Name: "access.log", Skip: 1, Times: 1})
	if moved, err := k.Reopen(); moved || err == nil {
		t.Errorf("Reopen is %v, %v", moved, err)
	}
	k.recover()
	k.holds(lines(1, 3))
	k.mark(la, 3, 1)
}

// What is appended behind a line that others have cut must not be taken for the
// rest of it.
func TestNoLineGrowsOutOfTwo(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	if err := k.disk.Cut(k.path("access.log"), int64(len(lines(1, 2))-3)); err != nil {
		t.Fatal(err)
	}
	k.fails(la)
	k.holds(lines(1, 1))
}

// What others have cut is not sealed as if it were whole.
func TestACutSegmentIsNotSealed(t *testing.T) {
	k := open(t)
	for len(k.content("access.log")) < int(k.cfg.SegmentBytes) {
		k.mustLog(1)
	}
	k.segments("access.log")
	last := k.Marks().Seq(la)
	if err := k.disk.Cut(k.path("access.log"), k.cfg.SegmentBytes-3); err != nil {
		t.Fatal(err)
	}
	k.fails(la)
	k.holds(lines(1, last-1))
}

func TestWhatIsRenamedToASegmentStaysInTheJournal(t *testing.T) {
	for name, begin := range map[string]func(k *harness){
		"by reopening":  func(k *harness) { k.mustReopen(true) },
		"by appending":  func(k *harness) { k.must(k.log(la, 2)); k.mustLog(1) },
		"by recovering": func(k *harness) { k.recover() },
		"by a start":    func(k *harness) { k.reopen() },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.mustLog(4)
			k.move("access.log", "access.log.7")
			begin(k)
			if got := k.content("access.log.7"); !strings.HasPrefix(got, line(la, 4)) {
				t.Errorf("it has %q", got)
			}
			k.mustLog(3)
			k.sound()
			k.mark(la, k.Marks().Seq(la), 1)
			k.reopen()
			k.undamaged()
			k.sound()
		})
	}
}

// What is moved elsewhere is whole, and is not written to any more. Its messages
// were here, and are not asked for again.
func TestWhatIsMovedElsewhereIsLeftToWhoeverMovedIt(t *testing.T) {
	for name, begin := range map[string]func(k *harness){
		"by reopening":  func(k *harness) { k.mustReopen(true) },
		"by recovering": func(k *harness) { k.recover() },
		"by appending":  func(k *harness) { k.must(k.log(ss, 9)); k.must(k.log(ss, 1)) },
	} {
		for _, put := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", with another in its place: ", put), func(t *testing.T) {
				k := open(t)
				k.mustLog(5)
				k.move("access.log", "access.log-20261122")
				if put {
					k.put("access.log", "")
				}
				begin(k)
				k.sound()
				k.mark(la, 5, 6)
				if got := k.content("access.log-20261122"); !strings.HasPrefix(got, lines(4, 5)) {
					t.Errorf("it has %q", got)
				}
				k.mustLog(4)
				k.reopen()
				k.sound()
				k.mark(la, 9, 6)
				k.undamaged()
			})
		}
	}
}

// during is a disk on which something is done before a directory is synced.
type during struct {
	disk.FS
	do func()
}

func (d *during) SyncDir(name string) error {
	d.do()
	return d.FS.SyncDir(name)
}

// The name of a Reader's segment may be another's by now: it is not misled,
// neither then nor while names change.
func TestAReaderIsNotMisledByNames(t *testing.T) {
	k := newHarness(t)
	changing := &during{FS: k.disk, do: func() {}}
	k.cfg.FS = changing
	k.begin()
	k.mustLog(2)
	r := k.Reader(new(marks.Vector))
	defer r.Close()
	k.move("access.log", "access.log.5")
	seen := 0
	changing.do = func() {
		if seen++; k.readAll() != lines(1, 2) {
			t.Error("another file is read")
		}
	}
	k.mustReopen(true)
	k.mustLog(2)
	if got, err := read(r); got != lines(1, 4) || err != nil || k.Suspected() || seen == 0 {
		t.Errorf("read %q, %v", got, err)
	}
}

// When no new log can be begun, nothing is lost, however often it is tried.
func TestAFailedReopen(t *testing.T) {
	for _, to := range []string{"elsewhere", "access.log.9"} {
		for _, op := range []crashdisk.Op{crashdisk.OpCreate, crashdisk.OpSyncDir, crashdisk.OpReadDir, crashdisk.OpSync} {
			k := open(t)
			k.mustLog(2)
			k.move("access.log", to)
			heal := k.disk.Fail(crashdisk.Fault{Op: op, Err: syscall.EMFILE})
			_, err := k.Reopen()
			for range 3 {
				if err != nil {
					_, err = k.Recover()
				}
			}
			if err == nil && op != crashdisk.OpSync {
				t.Errorf("%s, and %v fails: it succeeds", to, op)
			}
			if got := k.content(to); got != lines(1, 2) {
				t.Errorf("%s has %q", to, got)
			}
			heal()
			k.recover()
			k.mustLog(1)
			k.sound()
			if to == "elsewhere" {
				k.mark(la, 3, 3)
			} else {
				k.holds(lines(1, 3))
			}
			k.end()
		}
	}
}

// Somebody else's file is not written to and not thrown away.
func TestAFileThatOthersPutThereIsSetAside(t *testing.T) {
	k := open(t)
	k.mustLog(2)
	k.move("access.log", "mine")
	k.put("access.log", "not ours\r\n")
	if _, err := k.Reopen(); err == nil {
		t.Error("it was taken for a new one")
	}
	if got := k.content("access.log"); got != "not ours\r\n" {
		t.Errorf("it has %q", got)
	}
	k.recover()
	k.mark(la, 2, 3)
	k.mustLog(1)
	k.sound()
}

// A log that was removed is in the journal again, from the file that is open.
func TestARemovedLogIsSaved(t *testing.T) {
	for _, put := range []bool{false, true} {
		k := open(t)
		k.mustLog(5)
		k.remove("access.log")
		if put {
			k.put("access.log", "")
		}
		if _, err := k.Maintain(); err == nil {
			t.Error("that is not seen")
		}
		// It takes some trials to save it.
		heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpWrite | crashdisk.OpCreate, Err: syscall.ENOSPC})
		for range 3 {
			if _, err := k.Recover(); err == nil {
				t.Error("it is saved on a full disk")
			}
		}
		heal()
		k.recover()
		k.holds(lines(1, 5))
		if r := k.recovery; len(r.Damaged) != 1 || r.Damaged[0].Path != "log/access.log" || r.Damaged[0].Records != 2 || r.Damaged[0].SetAside != "" {
			t.Errorf("%+v", r)
		}
		k.mustLog(2)
		k.reopen()
		k.holds(lines(1, 7))
		k.undamaged()
		k.end()
	}
}

// What somebody has copied into a number that was about to be given is not
// overwritten.
func TestANumberThatIsTaken(t *testing.T) {
	k := open(t)
	k.must(k.log(la, 3))
	k.put("access.log.1", lines(1, 2)) // cp, a little earlier
	k.remove("access.log")
	k.fails(la)
	k.holds(lines(1, 3))
	k.end()

	k = open(t)
	k.must(k.log(la, 3))
	k.put("access.log.1", line(ss, 1))
	k.fails(la) // it would be sealed as that
	k.sound()
	k.mark(la, 3, 1)
	k.mark(ss, 1, 1)
}

// What is left when others have cut the log, or written to it, is what counts.
func TestALogThatOthersWriteTo(t *testing.T) {
	second := int64(len(lines(1, 2)))
	for name, tt := range map[string]struct {
		meddle func(k *harness)
		left   uint64
	}{
		"copied and truncated": {func(k *harness) { k.must(k.disk.Cut("log/access.log", 0)) }, 0},
		"truncated at a line":  {func(k *harness) { k.must(k.disk.Cut("log/access.log", second)) }, 2},
		"truncated in a line":  {func(k *harness) { k.must(k.disk.Cut("log/access.log", second+5)) }, 2},
		"appended to":          {func(k *harness) { k.append("hello") }, 3},
		"a line appended to":   {func(k *harness) { k.append("hello\r\n" + line(la, 4)) }, 4},
	} {
		both(t, name, func(t *testing.T, start bool) {
			k := newHarness(t)
			k.cfg.SegmentBytes = 1000
			k.begin()
			k.must(k.log(la, 3))
			tt.meddle(k)
			if _, err := k.Maintain(); err == nil {
				t.Error("that is not seen")
			}
			if start {
				k = k.after(crashdisk.KeepAll())
				k.begin()
			}
			k.recover()
			k.sound()
			k.mark(la, tt.left, 1)
			k.must(k.log(la, 4))
			k.tend()
			k.sound()
			k.mark(la, tt.left+4, 1)
		})
	}
}

// both runs a test for a running journal and for one that is started.
func both(t *testing.T, name string, test func(t *testing.T, start bool)) {
	for _, start := range []bool{false, true} {
		t.Run(fmt.Sprint(name, ", and a start: ", start), func(t *testing.T) { test(t, start) })
	}
}

// append writes to the active segment, as others may.
func (k *harness) append(text string) {
	f, err := k.disk.OpenFile("log/access.log", 0x402) // O_RDWR|O_APPEND
	k.must(err)
	_, err = f.Write([]byte(text))
	k.must(err)
	k.must(f.Close())
}
