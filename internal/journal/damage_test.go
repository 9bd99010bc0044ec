package journal_test

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/crashdisk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// refill is what peers do: they give again what the marks say is missing, up to
// where the log was.
func (k *keeper) refill(upTo *marks.Table) {
	k.t.Helper()
	for _, m := range upTo.Marks() {
		for k.Marks().Seq(m.Run) < m.Seq {
			k.must(k.log(m.Run, 1))
			k.tend()
		}
	}
}

// inDamaged tells whether a line is in one of the files in damaged/.
func (k *keeper) inDamaged(l string) bool {
	for _, name := range k.damaged() {
		if strings.Contains(k.content("damaged/"+name), l) {
			return true
		}
	}
	return false
}

// Every line of some bytes that were put in the place of a segment is in the
// log or in damaged/, if it may stand at all; and when peers have given what
// is missing, all of it is in the log, once.
func TestDamageIsMended(t *testing.T) {
	bad, floors := "not a record\r\n", open(t).content(".access.log.floors")
	for name, tt := range map[string]struct {
		content string
		kept    uint64 // of LA, at once
		damaged bool
	}{
		"a bad line":           {lines(1, 1) + bad + lines(2, 5), 5, true},
		"at the start":         {bad + lines(1, 5), 5, true},
		"two bad lines":        {lines(1, 1) + "bad\nbad\n" + lines(2, 5), 5, true},
		"zeros without an end": {lines(1, 1) + strings.Repeat("\x00", 9) + lines(2, 5), 1, true},
		"many, without an end": {lines(1, 1) + strings.Repeat("\x00", 300<<10) + lines(2, 2) + lines(3, 5), 1, true},
		"a record twice":       {lines(1, 2) + lines(2, 5), 5, true},
		"a record missing":     {lines(1, 1) + lines(3, 5), 1, false},
		"two out of order":     {lines(1, 1) + lines(3, 3) + lines(2, 2) + lines(4, 5), 5, false},
		"a line too long":      {lines(1, 1) + strings.Repeat("x", 600) + "\r\n" + lines(2, 5), 5, true},
		"another run":          {lines(1, 1) + line(ss, 1) + bad + line(ss, 2) + lines(2, 5), 5, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, as := range []string{"access.log", "access.log.3"} {
				k := newKeeper(t)
				k.cfg.SegmentBytes = 1 << 20
				k.put(as, tt.content)
				k.put(".access.log.floors", floors)
				k.begin()
				r := k.recovery
				if k.sound(); k.Marks().Seq(la) != tt.kept || len(r.Damaged) > 0 != tt.damaged || r.TornTail > 0 || r.Missing > 0 {
					t.Errorf("%s: %+v, marks %v", as, r, r.Marks.Marks())
				}
				for l := range strings.Lines(tt.content) {
					_, err := new(record.Parser).Parse([]byte(l))
					if err == nil && !strings.Contains(k.onDisk(), l) && !k.inDamaged(l) {
						t.Errorf("%s: %q is lost", as, l)
					}
				}
				if tt.damaged {
					if got, err := k.disk.Contents(r.Damaged[0].SetAside); err != nil || string(got) != tt.content {
						t.Errorf("%s: set aside is %q, %v", as, got, err)
					}
				}
				upTo := k.Marks()
				upTo.Raise(la, 5)
				k.refill(upTo)
				k.mark(la, 5, 1)
				k.reopen()
				k.sound()
				for _, name := range k.damaged() {
					if strings.HasSuffix(name, ".rest") {
						t.Errorf("%s: %s is left: %q", as, name, k.content("damaged/"+name))
					}
				}
				k.end()
			}
		})
	}
}

// Every flipped bit in a line is found: in a sealed segment by whoever reads it,
// in the active one at the next start.
func TestEveryFlippedBitIsFound(t *testing.T) {
	whole := open(t)
	whole.must(whole.log(la, 3))
	whole.must(whole.log(la, 3))
	for name, find := range map[string]func(k *keeper) int{
		"access.log":   func(k *keeper) int { return len(k.recovery.Damaged) },
		"access.log.1": func(k *keeper) int { return k.scrub() },
	} {
		for bit := range 8 * len(lines(1, 1)) {
			k := whole.after(crashdisk.KeepAll())
			k.must(k.disk.Flip(k.path(name), int64(len(lines(1, 1))+bit/8), 1<<(bit%8)))
			k.begin()
			if find(k) != 1 {
				t.Fatalf("%s: bit %d is not found", name, bit)
			}
			k.sound()
			seq := k.Marks()
			seq.Raise(la, 6)
			k.refill(seq)
			k.holds(lines(1, 6))
			k.end()
		}
	}
}

func TestAReaderFindsDamage(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	want := k.Marks()
	r := k.Reader(new(marks.Table))
	defer r.Close()
	k.flip("access.log.2", "no 5")
	if got, err := read(r); got != lines(1, 3) || err == nil || !k.Suspected() {
		t.Fatalf("read %q, %v", got, err)
	}
	k.recover()
	if k.Suspected() {
		t.Error("it is suspected still")
	}
	k.mark(la, 3, 1)
	k.refill(want)
	k.holds(lines(1, 10))
	// The reader goes on where it was.
	if got, err := read(r); got != lines(4, 10) || err != nil {
		t.Errorf("then read %q, %v", got, err)
	}
}

// Damage costs the lines of one block. Of the segments behind it only those are
// touched of which the runs are concerned.
func TestWhatIsBehindDamage(t *testing.T) {
	k := newKeeper(t)
	k.cfg.SegmentBytes = 10_000
	k.begin()
	for range 4 {
		k.must(k.log(la, 2000)) // 72 KB: more than a block
		k.must(k.log(ss, 300))
		k.must(k.log(la, 10))
	}
	want := k.Marks()
	k.end()
	names, content := k.names(""), map[string]string{}
	for _, name := range names {
		content[name] = k.content(name)
	}
	k.must(k.disk.Flip(k.path(names[0]), 66<<10, 1)) // in the second block
	k.begin()
	k.scrub()
	k.sound()
	kept := uint64(bytes.Count([]byte(content[names[0]][:64<<10]), []byte("\n")))
	k.mark(la, kept, 1)
	k.mark(ss, 1200, 1)
	if r := k.recovery; len(r.Damaged) != 1 || r.Waiting != 1 || r.Damaged[0].Records < kept {
		t.Errorf("%+v", r)
	}
	k.refill(want)
	k.sound()
	k.mark(la, 8040, 1)
	if lost := want.Seq(la) - kept; lost < 1000 {
		t.Errorf("only %d lines were lost", lost)
	}
	if got := k.damaged(); len(got) != 1 {
		t.Errorf("in damaged is left %q", got)
	}
	k.reopen()
	if r := k.recovery; len(r.Damaged) > 0 || r.Waiting > 0 || r.Missing > 0 {
		t.Errorf("then %+v", r)
	}
}

// Several files may wait for the same lines, and are in the log as soon as what
// they wait for is, whatever their names.
func TestSalvagingFromSeveralFiles(t *testing.T) {
	k := newKeeper(t)
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
	k := newKeeper(t)
	k.must(k.disk.MkdirAll("log/damaged"))
	k.put("damaged/1.rest", lines(2, 4))
	k.begin()
	k.mustLog(1)
	heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpWrite | crashdisk.OpCreate, Err: syscall.ENOSPC})
	if _, err := k.Tend(); !errors.Is(err, syscall.ENOSPC) {
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
	k := newKeeper(t)
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
	k := newKeeper(t)
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

// A segment of which nothing is left is no segment that somebody has taken away.
func TestNothingIsLeftOfASegment(t *testing.T) {
	k := open(t)
	k.mustLog(7)
	k.flip("access.log.1", "no 1")
	k.scrub()
	k.mark(la, 0, 1)
	for range 2 {
		k.reopen()
		k.mark(la, 0, 1)
		if k.recovery.Missing > 0 {
			t.Fatalf("%+v", k.recovery)
		}
	}
	k.mustLog(3)
	k.tend()
	k.holds(lines(1, 7))
}

// A first line that has become that of another segment misleads nobody.
func TestAFirstLineThatIsAnothers(t *testing.T) {
	k := open(t)
	k.mustLog(7)
	want := k.Marks()
	k.must(k.disk.Flip("log/access.log.1", int64(strings.Index(lines(1, 1), "7.1")+2), '1'^'4'))
	for range 2 {
		k.reopen()
		k.scrub()
		k.mark(la, 0, 1)
	}
	k.refill(want)
	k.holds(lines(1, 7))
}

// What was mended twice within one second is set aside twice.
func TestWhatIsSetAsideIsKept(t *testing.T) {
	k := open(t)
	for range 3 {
		k.must(k.log(la, 2))
		k.flip("access.log", "LA")
		k.recover()
	}
	if got := k.damaged(); len(got) != 3 {
		t.Errorf("in damaged is %q", got)
	}
}

// After a failed sync the kernel may show what is not on the disk. What can be
// read is written again, and nothing is lost in a power cut then.
func TestAFailedSync(t *testing.T) {
	k := open(t)
	k.must(k.log(la, 2))
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: "access.log", Times: 1, Lose: true})
	if err := k.log(la, 1); err == nil {
		t.Fatal("it succeeds")
	}
	// Others have renamed it meanwhile, or not.
	k.move("access.log", "access.log.4")
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: ".access.log.4.kept", Times: 1, Lose: true})
	if _, err := k.Recover(); err == nil {
		t.Fatal("it recovers")
	}
	k.recover()
	k.holds(lines(1, 3))
	k.undamaged()
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.holds(lines(1, 3))
	k.undamaged()
}
