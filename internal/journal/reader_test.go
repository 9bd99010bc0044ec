package journal_test

import (
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/test/crashdisk"
)

// counter is a disk that counts the bytes that are read.
type counter struct {
	disk.FS
	bytes int
}

type countedFile struct {
	disk.File
	counter *counter
}

func (c *counter) OpenFile(name string, flag int) (disk.File, error) {
	f, err := c.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	return countedFile{f, c}, nil
}

func (f countedFile) ReadAt(b []byte, at int64) (int, error) {
	n, err := f.File.ReadAt(b, at)
	f.counter.bytes += n
	return n, err
}

// A Reader that has read all goes on with what is committed later, whatever
// has become of the segment that it stands in.
func TestAReaderGoesOnFromItsEnd(t *testing.T) {
	for name, between := range map[string]func(k *harness){
		"nothing":                  func(*harness) {},
		"a message":                func(k *harness) { k.mustLog(1) },
		"a rotation":               func(k *harness) { k.mustLog(4) },
		"many rotations":           func(k *harness) { k.mustLog(20) },
		"an empty segment":         func(k *harness) { k.mustReopenAs("access.log.5"); k.mustReopenAs("access.log.6"); k.mustLog(1) },
		"an empty one at the end":  func(k *harness) { k.mustReopenAs("access.log.5"); k.mustReopenAs("access.log.6") },
		"a recovery":               func(k *harness) { k.recover(); k.mustLog(2) },
		"recoveries":               func(k *harness) { k.mustLog(4); k.recover(); k.mustLog(2); k.recover(); k.mustLog(2) },
		"its segment is moved off": func(k *harness) { k.mustReopenAs("elsewhere"); k.mustLog(4) },
		"its segment is removed":   func(k *harness) { k.remove("access.log"); k.fails(la); k.mustLog(4) },
		"retirement":               func(k *harness) { k.mustLog(9); k.recover(); k.SetPolicy(0, 0, 340); k.tend(); k.mustLog(3) },
		"a failed sync": func(k *harness) {
			k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Times: 1})
			k.fails(la)
			k.mustLog(5)
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.mustLog(1)
			r := k.Reader(new(marks.Vector))
			defer r.Close()
			if got, err := read(r); got != lines(1, 1) || err != nil || r.End() != 1 {
				t.Fatalf("read %q, %v", got, err)
			}
			between(k)
			if got, err := read(r); got != lines(2, k.Marks().Seq(la)) || err != nil || r.End() != k.Logged() {
				t.Errorf("then read %q up to %d, %v", got, r.End(), err)
			}
		})
	}
}

func (k *harness) mustReopenAs(name string) {
	k.t.Helper()
	k.move("access.log", name)
	k.mustReopen(true)
}

// What leaves the journal while it is read is read to its end first.
func TestASegmentThatLeavesIsReadToItsEnd(t *testing.T) {
	k := open(t)
	k.mustLog(1)
	r := k.Reader(new(marks.Vector))
	defer r.Close()
	if _, err := read(r); err != nil {
		t.Fatal(err)
	}
	k.mustLog(1)
	k.mustReopenAs("elsewhere")
	k.mustLog(1)
	if got, err := read(r); got != lines(2, 3) || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// Many pieces make up a long segment, and no line is torn between two.
func TestALongSegmentIsReadInPieces(t *testing.T) {
	k := newHarness(t)
	k.cfg.SegmentBytes = 1 << 30
	k.begin()
	const n = 20_000
	k.must(k.log(la, n))
	for range 2 {
		r, pieces, next := k.Reader(new(marks.Vector)), 0, uint64(1)
		for ; ; pieces++ {
			rows, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if count := row.Count(rows); err != nil || count == 0 || count > n/2 {
				t.Fatalf("piece %d has %d messages, %v", pieces, count, err)
			}
			for i := range rows {
				for m := range rows[i].Len() {
					if got, want := rows[i].Record(m), message(la, next); got.Seq != next || string(got.Text) != string(want.Text) {
						t.Fatalf("message %d is %d, %q", next, got.Seq, got.Text)
					}
					next++
				}
			}
		}
		if next != n+1 {
			t.Errorf("%d messages in %d pieces, want %d", next-1, pieces, n)
		}
		k.must(r.Close())
		k.mustReopenAs("access.log.5") // and now with its checksums
	}
}

// A peer that has all of the older segments costs no reading of them.
func TestWhatAPeerHasIsNotReadAgain(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	peer := new(marks.Vector)
	peer.Set(marks.Mark{Run: la, Seq: 10})
	k.remove("access.log.1")
	r := k.Reader(peer)
	defer r.Close()
	if got, err := read(r); got != "" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

// A disk that fails is not the end of what there is. Nor is it damage when there
// are no more descriptors.
func TestAReaderTellsOfADiskThatFails(t *testing.T) {
	for err, suspected := range map[error]bool{syscall.EIO: true, syscall.EMFILE: false, syscall.ENFILE: false} {
		for _, op := range []crashdisk.Op{crashdisk.OpOpen, crashdisk.OpRead} {
			k := open(t)
			k.mustLog(5)
			r := k.Reader(new(marks.Vector))
			heal := k.disk.Fail(crashdisk.Fault{Op: op, Err: err})
			if got, failed := read(r); got != "" || !errors.Is(failed, err) || k.Suspected() != suspected || errors.Is(failed, journal.ErrDamaged) != suspected {
				t.Errorf("%v fails: read %q, %v", op, got, failed)
			}
			heal()
			if got, err := read(r); got != lines(1, 5) || err != nil {
				t.Errorf("after %v has failed: read %q, %v", op, got, err)
			}
			k.recover()
			k.holds(lines(1, 5))
			k.undamaged()
			k.must(r.Close())
			k.end()
		}
	}
}

// What fails once in reading is tried again, and costs nothing.
func TestAReadThatFailsOnce(t *testing.T) {
	for skip := range 12 {
		k := open(t)
		k.mustLog(7)
		k.end()
		for _, name := range k.names(".index") {
			k.remove(name)
		}
		heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpRead, Skip: skip, Times: 1})
		j, recovery, err := journal.Open(k.cfg)
		heal()
		if err != nil {
			continue
		}
		if recovery.Records != 7 || len(recovery.Damaged) > 0 {
			t.Errorf("read %d fails: %+v", skip, recovery)
		}
		k.must(j.Close())
	}
}

// follow reads messages 1 to n as they come.
func follow(r *journal.Reader, n uint64) error {
	defer r.Close()
	for have := uint64(0); have < n; {
		rows, err := r.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, journal.ErrDamaged) {
			runtime.Gosched()
			continue
		}
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].Seq != have+1 {
				return errors.New("a message is missing, or there twice")
			}
			have = rows[i].Last()
		}
	}
	return nil
}

// While one writes, begins new segments, retires, recovers and mends, others
// read all of it in order, and never what is not committed. So does a scrubber.
func TestManyReadWhileOneWrites(t *testing.T) {
	k := open(t)
	const n = 900
	var readers, scrubber sync.WaitGroup
	var stop atomic.Bool
	for range 3 {
		r := k.Reader(new(marks.Vector))
		readers.Go(func() {
			if err := follow(r, n); err != nil {
				t.Error(err)
			}
		})
	}
	scrubber.Go(func() {
		for !stop.Load() {
			scrubOnce(k)
		}
	})
	for i := 1; k.Marks().Seq(la) < n; i++ {
		switch {
		case i%50 == 0:
			k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: "access.log", Times: 1})
			if k.log(la, 1) == nil {
				t.Error("it succeeds")
			}
			k.recover()
		case i%70 == 0:
			k.recover()
		case i%90 == 0:
			k.remove("access.log")
			k.fails(la)
		default:
			k.must(k.log(la, 1+i%4))
		}
	}
	k.recover()
	readers.Wait()
	stop.Store(true)
	scrubber.Wait()
	k.sound()
}

// scrubOnce reads all sealed segments while others do what they like.
func scrubOnce(k *harness) {
	s := k.Scrubber()
	for err := error(nil); !errors.Is(err, io.EOF); runtime.Gosched() {
		if err = s.Next(); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, journal.ErrDamaged) {
			k.t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		k.t.Error(err)
	}
}
