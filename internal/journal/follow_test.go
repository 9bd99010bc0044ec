package journal_test

import (
	"errors"
	"io"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// Tail begins in the segment that has the last messages, also if that is retired before it is read.
func TestTail(t *testing.T) {
	k := open(t)
	k.mustLog(20)
	for n := range uint64(25) {
		r, before, err := k.Tail(n)
		if err != nil {
			t.Fatal(err)
		}
		want := 20 - min(n, 20) + 1 // the first of the last n
		if begins := r.Position().Seq(la); begins+before != want-1 || before >= 4 {
			t.Errorf("the last %d: behind %d, %d before", n, begins, before)
		}
		if got, err := read(r); got != lines(want-before, 20) || err != nil {
			t.Errorf("the last %d: read %q, %v", n, got, err)
		}
		k.must(r.Close())
	}
	r, before, err := k.Tail(19)
	k.must(err)
	k.SetPolicy(0, 0, 340)
	k.tend()
	if got, err := read(r); err != nil || got[:len(line(la, 1))] != line(la, 2-before) {
		t.Errorf("of a log that was retired: read %q, %v", got, err)
	}
	k.must(r.Close())
	// What was retired counts as read.
	if r, _, err = k.Tail(1000); err != nil || r.Position().Seq(la) == 0 {
		t.Errorf("of what was retired the position has %v, %v", r.Position().Marks(), err)
	}
	k.must(r.Close())
}

// Since leaves out segments that were sealed well before.
func TestSince(t *testing.T) {
	k := open(t)
	for range 10 {
		k.mustLog(3)
		k.now = k.now.Add(time.Hour)
	}
	for _, tt := range []struct {
		ago   time.Duration
		from  uint64 // the first message that is read
		older bool
	}{
		{0, 28, true},
		{time.Hour, 25, true}, // the one before the last was sealed when the last one began, an hour ago
		{2 * time.Hour, 22, true},
		{5*time.Hour + 1, 13, true},
		{30 * time.Hour, 1, false},
		{-time.Hour, 28, true}, // the active one is always read
		{-9000 * time.Hour, 28, true},
	} {
		r, older, err := k.Since(k.now.Add(-tt.ago))
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(r)
		if want := lines(tt.from, 30); got != want || older != tt.older || err != nil {
			t.Errorf("%v ago: read %q, want from %d on; older %v, %v", tt.ago, got, tt.from, older, err)
		}
		k.must(r.Close())
	}
}

// A Reader that rests goes on at the same place, also if its segment was sealed or has left the journal.
func TestAReaderRests(t *testing.T) {
	for name, between := range map[string]func(k *harness){
		"nothing":    func(*harness) {},
		"a rotation": func(k *harness) { k.mustLog(4) },
		"a recovery": func(k *harness) { k.recover(); k.mustLog(2) },
		"retirement": func(k *harness) { k.mustLog(9); k.recover(); k.SetPolicy(0, 0, 340); k.tend() },
		"removal":    func(k *harness) { k.mustReopenAs("elsewhere"); k.mustLog(4) },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.mustLog(2)
			r := k.Reader(new(marks.Vector))
			defer r.Close()
			if got, err := read(r); got != lines(1, 2) || err != nil {
				t.Fatalf("read %q, %v", got, err)
			}
			k.must(r.Rest())
			k.must(r.Rest()) // which changes nothing
			between(k)
			if got, err := read(r); got != lines(max(3, k.Marks().First(la)), k.Marks().Seq(la)) || err != nil {
				t.Errorf("then read %q, %v", got, err)
			}
		})
	}
}

// opened counts the files that are open.
type opened struct {
	disk.FS
	files int
}

type openedFile struct {
	disk.File
	of *opened
}

func (o *opened) OpenFile(name string, flag int) (disk.File, error) {
	f, err := o.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	o.files++
	return openedFile{f, o}, nil
}

func (f openedFile) Close() error {
	f.of.files--
	return f.File.Close()
}

// However many read a segment, it is open once. What they read at a time can be limited.
func TestReadersShareAFile(t *testing.T) {
	k := newHarness(t)
	files := &opened{FS: k.disk}
	k.cfg.FS, k.cfg.SegmentBytes = files, 1<<20
	k.begin()
	k.must(k.log(la, 1000))
	before := files.files
	var readers []*journal.Reader
	for range 10 {
		r := k.Reader(new(marks.Vector))
		r.Limit(1)
		rows, err := r.Next()
		if n := row.Count(rows); err != nil || n > 200 {
			t.Fatalf("%d messages, %v", n, err)
		}
		readers = append(readers, r)
	}
	if n := files.files - before; n != 1 {
		t.Errorf("%d files are open", n)
	}
	for _, r := range readers {
		got := 0
		for {
			rows, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			k.must(err)
			got += row.Count(rows)
		}
		if got < 800 {
			t.Errorf("%d are left", got)
		}
		k.must(r.Close())
	}
	if n := files.files - before; n != 0 {
		t.Errorf("%d files are open", n)
	}
}

// A Reader that has seen most of a long segment does not read all of it again, once others have; and it
// misses nothing, wherever it begins.
func TestAReaderBeginsWithinASegment(t *testing.T) {
	k := newHarness(t)
	c := &counter{FS: k.disk}
	k.cfg.FS, k.cfg.SegmentBytes = c, 1<<30
	k.begin()
	runs := []marks.Run{la, {Origin: "PA", Boot: 9}, {Origin: "G", Boot: 3}}
	for n := range 90 {
		k.must(k.log(runs[n%3], 1000))
	}
	for _, sealed := range []bool{false, true} {
		if sealed {
			k.mustReopenAs("access.log.5")
		}
		first := k.Reader(new(marks.Vector))
		all, err := readRows(first)
		if err != nil || row.Count(all) != 90_000 {
			t.Fatal(row.Count(all), err)
		}
		k.must(first.Close())
		for seen := uint64(0); seen <= 90_000; seen += 4500 {
			position := new(marks.Vector)
			left := seen
			for i := range all {
				n := min(left, uint64(all[i].Len()))
				if n > 0 {
					position.Raise(all[i].Run, all[i].Seq+n-1)
				}
				left -= n
			}
			c.bytes = 0
			r := k.Reader(position)
			got, err := readRows(r)
			if err != nil || uint64(row.Count(got)) != 90_000-seen {
				t.Fatalf("behind %d: %d messages, %v", seen, row.Count(got), err)
			}
			k.must(r.Close())
			if most := (90_000-int(seen))*52 + 2<<20; c.bytes > most {
				t.Errorf("behind %d: %d bytes are read, at most %d are needed", seen, c.bytes, most)
			}
		}
	}
	// Who lacks a message of a run at the beginning gets it.
	position := k.Marks()
	position.Set(marks.Mark{Run: runs[2], Seq: 7})
	r := k.Reader(position)
	if got, err := readRows(r); err != nil || row.Count(got) != 30_000-7 || got[0].Seq != 8 {
		t.Errorf("%d messages, %v", row.Count(got), err)
	}
	k.must(r.Close())
}

func readRows(r *journal.Reader) (all []row.Row, err error) {
	for {
		rows, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, rows...)
	}
}
