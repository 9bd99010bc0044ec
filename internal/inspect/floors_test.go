package inspect_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

// declare opens a journal in a directory and notes that lines are not to be had.
func declare(t *testing.T, dir string, holes ...marks.Mark) {
	t.Helper()
	j, _, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(j.Declare(holes), j.Close()); err != nil {
		t.Fatal(err)
	}
}

// What the host does not expect to have any more is no hole, and no lack: not
// the older lines of a run, and not all of one.
func TestFloors(t *testing.T) {
	a, b := marks.Run{Origin: "A", Boot: 1}, marks.Run{Origin: "B", Boot: 1}
	dir := directory(t, "access.log", linesOf("A", 1, 3))
	declare(t, dir, marks.Mark{Run: a, Seq: 7}, marks.Mark{Run: b, Seq: 5})
	write(t, filepath.Join(dir, "access.log"), linesOf("A", 8, 9), os.O_APPEND)
	d := open(t, dir)
	held, err := d.Held(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	others := []marks.Mark{{Run: a, First: 1, Seq: 9}, {Run: b, First: 1, Seq: 5}}
	h := verify.NewHoldings(held)
	if lacking := h.Lacking(others); len(lacking) > 0 {
		t.Errorf("lacking %v", lacking)
	}
	begins := h.Begins(others)
	if len(begins) != 2 || begins[0].First != 8 || begins[1].First != 6 {
		t.Errorf("begins %v", begins)
	}
	declare(t, dir, marks.Mark{Run: marks.Run{Origin: "C", Boot: 1}, Seq: 5})
	write(t, filepath.Join(dir, "access.log"), linesOf("C", 7, 9), os.O_TRUNC)
	if held, err = open(t, dir).Held(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := []marks.Mark{{Run: marks.Run{Origin: "C", Boot: 1}, First: 1, Seq: 9}}
	if lacking := verify.NewHoldings(held).Lacking(c); len(lacking) != 1 || lacking[0].First != 6 || lacking[0].Seq != 6 {
		t.Errorf("lacking %v, want what is between the floor and the first line", lacking)
	}
	// A segment is retired as a whole, and so late: what is under the floor and
	// still there does not count any more.
	e := marks.Run{Origin: "E", Boot: 1}
	declare(t, dir, marks.Mark{Run: e, Seq: 4})
	write(t, filepath.Join(dir, "access.log"), linesOf("E", 1, 9), os.O_TRUNC)
	if held, err = open(t, dir).Held(t.Context()); err != nil {
		t.Fatal(err)
	}
	if begins := verify.NewHoldings(held).Begins([]marks.Mark{{Run: e, First: 1, Seq: 9}}); len(begins) != 1 || begins[0].First != 5 {
		t.Errorf("begins %v", begins)
	}
	if n := verify.Count(verify.Union([]*verify.Holdings{verify.NewHoldings(held)})); n != 5 {
		t.Errorf("%d messages count", n)
	}
	if lacking := h.Lacking([]marks.Mark{{Run: b, First: 1, Seq: 6}}); len(lacking) != 1 || lacking[0].First != 6 {
		t.Errorf("lacking %v, want the message behind the floor", lacking)
	}
}

// Without floors all that is not there counts as lacking, and it is said why.
func TestFloorsThatAreDamaged(t *testing.T) {
	dir := directory(t, "access.log", linesOf("A", 1, 3))
	declare(t, dir, marks.Mark{Run: marks.Run{Origin: "A", Boot: 1}, Seq: 7})
	write(t, filepath.Join(dir, ".access.log.floors"), "no floors", 0)
	want := "A.1.1-3; does not say which lines were retired, so they count as lacking: .access.log.floors: not whole"
	d := open(t, dir)
	for range 2 {
		if got := said(t, d); got != want {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}

// A run whose beginning is not there, and was not retired, lacks it: by the floors, if
// there are any, which tells that from a log whose older lines were retired.
func TestABeginningThatWasNotRetired(t *testing.T) {
	a, b := marks.Run{Origin: "A", Boot: 1}, marks.Run{Origin: "B", Boot: 1}
	for name, tt := range map[string]struct {
		floors []marks.Mark // nil: the host has left none
		lacks  string
	}{
		"no floors":      {nil, ""},
		"of another run": {[]marks.Mark{{Run: b, Seq: 5}}, "A.1.1-3"},
		"below it":       {[]marks.Mark{{Run: a, Seq: 2}}, "A.1.3"},
		"up to it":       {[]marks.Mark{{Run: a, Seq: 3}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := directory(t, "access.log", "")
			if tt.floors != nil {
				declare(t, dir, tt.floors...)
			}
			write(t, filepath.Join(dir, "access.log"), linesOf("A", 4, 9), os.O_TRUNC)
			held, err := open(t, dir).Held(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			h := verify.NewHoldings(held)
			var lacks []string
			for _, r := range h.Lacking(verify.Union([]*verify.Holdings{h})) {
				lacks = append(lacks, verify.Text(r))
			}
			if got := strings.Join(lacks, " "); got != tt.lacks {
				t.Errorf("it lacks %q, want %q", got, tt.lacks)
			}
		})
	}
}
