package journal_test

import (
	"bytes"
	"strings"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// refill is what peers do: they give again what the marks say is missing, up to
// where the log was.
func (k *harness) refill(upTo *marks.Vector) {
	k.t.Helper()
	for _, m := range upTo.Marks() {
		for k.Marks().Seq(m.Run) < m.Seq {
			k.must(k.log(m.Run, 1))
			k.tend()
		}
	}
}

// inDamaged tells whether a line is in one of the files in damaged/.
func (k *harness) inDamaged(l string) bool {
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
		for _, as := range []string{"access.log", "access.log.3"} {
			t.Run(name+", in "+as, func(t *testing.T) {
				k := newHarness(t)
				k.cfg.SegmentBytes = 1 << 20
				k.put(as, tt.content)
				k.put(".access.log.floors", floors)
				k.begin()
				r := k.recovery
				if k.sound(); k.Marks().Seq(la) != tt.kept || len(r.Damaged) > 0 != tt.damaged || r.TornTail > 0 || r.Missing > 0 {
					t.Errorf("%+v, marks %v", r, r.Marks.Marks())
				}
				if tt.damaged {
					if got, err := k.disk.Contents(r.Damaged[0].SetAside); err != nil || string(got) != tt.content {
						t.Errorf("set aside is %q, %v", got, err)
					}
				}
				k.comesTogether(tt.content)
			})
		}
	}
}

// comesTogether fails unless all records of a text are in the log or in
// damaged/, and in the log when the missing ones are.
func (k *harness) comesTogether(text string) {
	k.t.Helper()
	for l := range strings.Lines(text) {
		_, err := new(record.Parser).Parse([]byte(l))
		if err == nil && !strings.Contains(k.onDisk(), l) && !k.inDamaged(l) {
			k.t.Errorf("%q is lost", l)
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
			k.t.Errorf("%s is left: %q", name, k.content("damaged/"+name))
		}
	}
}

// Checksums of which none is right are about another file: it has lines that are
// good, though not those that were here.
func TestAFileInThePlaceOfAnother(t *testing.T) {
	for _, name := range []string{"access.log", "access.log.1"} {
		k := newHarness(t)
		k.cfg.SegmentBytes = 200_000
		k.begin()
		k.must(k.log(la, 6000))
		if name == "access.log.1" {
			k.must(k.log(xx, 1))
		}
		k.end()
		var other strings.Builder
		for seq := range uint64(5000) {
			other.WriteString(line(ss, seq+1))
		}
		k.put(name, other.String())
		k.begin()
		k.scrub()
		k.sound()
		k.mark(ss, 5000, 1)
		if len(k.damaged()) > 0 {
			t.Errorf("%s: in damaged is %q", name, k.damaged())
		}
		k.end()
	}
}

// Damage costs the lines of one block. Of the segments behind it only those are
// touched of which the runs are concerned.
func TestWhatIsBehindDamage(t *testing.T) {
	k := newHarness(t)
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
	if r := k.reopen(); len(r.Damaged) != 1 {
		t.Errorf("a start reads it, and sees nothing: %+v", r)
	}
	for range 2 {
		k.reopen()
		k.scrub()
		k.mark(la, 0, 1)
	}
	k.refill(want)
	k.holds(lines(1, 7))
}

// Nor does one that is none mislead, as an empty segment has none either.
func TestAFirstLineThatIsNone(t *testing.T) {
	k := open(t)
	k.mustReopenAs("access.log.1")
	k.mustLog(7)
	k.remove("access.log.1")
	k.flip("access.log.2", "2026")
	k.flip("access.log.2", "no 1")
	k.reopen()
	k.scrub()
	k.mark(la, 0, 1)
	if r := k.recovery; len(r.Damaged) != 1 || r.Missing > 0 {
		t.Errorf("%+v", r)
	}
}

// What was mended twice within one second is set aside twice.
func TestWhatIsSetAsideIsKept(t *testing.T) {
	k := open(t)
	k.mustLog(4)
	for n := range 3 {
		k.put("access.log.1", k.content("access.log.1")+strings.Repeat("x", n+1)+"\r\n")
		k.reopen()
		k.holds(lines(1, 4))
	}
	for range 2 {
		k.flip("access.log", "LA")
		k.recover()
		k.mustLog(1)
	}
	if got := k.damaged(); len(got) != 5 {
		t.Errorf("in damaged is %q", got)
	}
}
