package journal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
)

// real keeps a journal on the disk of the operating system.
type real struct {
	*testing.T
	*journal.Writer
	dir string
}

func (r *real) open() {
	r.Helper()
	j, recovery, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: r.dir, Now: time.Now, SegmentBytes: segmentBytes, Sync: true})
	if err != nil {
		r.Fatal(err)
	}
	if len(recovery.Damaged) > 0 || recovery.Missing > 0 || recovery.TornTail > 0 {
		r.Errorf("%+v", recovery)
	}
	r.Writer = j
}

func (r *real) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *real) log(n int) error {
	for range n {
		seq := r.Marks().Seq(la) + 1
		if _, took := r.Offer(la, seq, 1); took != 1 {
			return errors.New("no news")
		}
		if _, err := r.Append([]byte(line(la, seq)), 0); err != nil {
			return err
		}
	}
	return nil
}

func (r *real) recover() {
	r.Helper()
	_, err := r.Recover()
	r.must(err)
}

func (r *real) holds(last uint64) {
	r.Helper()
	reader := r.Reader(new(marks.Vector))
	defer reader.Close()
	if got, err := read(reader); got != lines(1, last) || err != nil {
		r.Fatalf("the log is\n%s%v, want %d lines", got, err, last)
	}
}

// spoil changes a text that is in some sealed segment.
func (r *real) spoil(text string) {
	r.Helper()
	names, err := filepath.Glob(filepath.Join(r.dir, "access.log.*"))
	r.must(err)
	for _, name := range names {
		content, err := os.ReadFile(name)
		r.must(err)
		r.must(os.WriteFile(name, bytes.Replace(content, []byte(text), []byte("spoilt"), 1), 0o600))
	}
}

// What the other tests do on a disk in memory is so on a real one.
func TestOnARealDisk(t *testing.T) {
	r := &real{T: t, dir: filepath.Join(t.TempDir(), "a", "log")}
	path := func(name string) string { return filepath.Join(r.dir, name) }
	r.open()
	r.must(r.log(8))
	r.must(os.Remove(path("access.log")))
	if r.log(1) == nil {
		t.Error("a removed file can be written to")
	}
	r.recover()
	r.holds(8)
	r.must(os.Rename(path("access.log.1"), path("access.log.20"))) // it is older than the others
	r.must(r.log(2))
	r.must(os.Rename(path("access.log"), path("access.log.21")))
	moved, err := r.Reopen()
	if r.must(err); !moved {
		t.Error("it is not seen that it was renamed")
	}
	r.recover()
	r.holds(10)

	r.spoil("no 5")
	s := r.Scrubber()
	for err = nil; err == nil; err = s.Next() {
	}
	if r.must(s.Close()); !errors.Is(err, journal.ErrDamaged) {
		t.Error(err)
	}
	r.recover()
	if r.Marks().Seq(la) >= 5 {
		t.Errorf("marks %v", r.Marks().Marks())
	}
	r.must(r.log(6 - int(r.Marks().Seq(la))))
	_, err = r.Maintain()
	r.must(err)
	r.holds(10)
	r.must(r.Close())
	r.open()
	r.holds(10)
	r.must(r.Close())
}
