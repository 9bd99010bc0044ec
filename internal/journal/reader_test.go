package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// all returns what was committed from record n on, as lines.
func (k *keeper) all(n int) (lines string) {
	for _, r := range k.records[n:] {
		lines += line(r)
	}
	return lines
}

// A Reader that has read all goes on with what is committed later, whatever
// has become of the segment that it stands in.
func TestAReaderGoesOnFromItsEnd(t *testing.T) {
	for name, between := range map[string]func(k *keeper){
		"nothing":                  func(*keeper) {},
		"a message":                func(k *keeper) { k.mustLog(1) },
		"a rotation":               func(k *keeper) { k.mustLog(4) },
		"many rotations":           func(k *keeper) { k.mustLog(20) },
		"an empty segment":         func(k *keeper) { k.moveEmpty(5); k.mustLog(1) },
		"an empty one at the end":  func(k *keeper) { k.moveEmpty(5) },
		"two empty ones and more":  func(k *keeper) { k.moveEmpty(5); k.moveEmpty(6); k.mustLog(7) },
		"something taken back":     func(k *keeper) { k.write(k.next("LA")); k.rollBack(); k.mustLog(2) },
		"its segment is moved off": func(k *keeper) { k.move("access.log", "access.log.old"); k.mustReopen(true); k.mustLog(4) },
		"its segment is removed":   func(k *keeper) { os.Remove(k.path("access.log")); k.mustReopen(true); k.mustLog(4) },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t, t.TempDir())
			k.mustLog(1)
			r := k.Reader(new(marks.Table))
			defer r.Close()
			if got, err := read(r); got != k.all(0) || err != nil {
				t.Fatalf("read %q, %v", got, err)
			}
			between(k)
			if got, err := read(r); got != k.all(1) || err != nil || r.End() != k.Logged() {
				t.Errorf("then read %q up to %d, %v; want %q up to %d", got, r.End(), err, k.all(1), k.Logged())
			}
		})
	}
}

// What leaves the journal while it is read is read to its end first.
func TestASegmentThatLeavesIsReadToItsEnd(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(1)
	r := k.Reader(new(marks.Table))
	defer r.Close()
	if _, err := read(r); err != nil {
		t.Fatal(err)
	}
	k.mustLog(1)
	k.move("access.log", "elsewhere")
	k.mustReopen(true)
	k.mustLog(1)
	if got, err := read(r); got != k.all(1) || err != nil {
		t.Errorf("read %q, %v; want %q", got, err, k.all(1))
	}
}

// Many pieces make up a long segment, and no line is torn between two.
func TestALongSegmentIsReadInPieces(t *testing.T) {
	k := newKeeper(t, t.TempDir())
	k.cfg.SegmentBytes = 1 << 30
	k.reopen()
	t.Cleanup(k.end)
	const n = 5000
	var lines []byte
	text := []byte(strings.Repeat("x", 200) + "\r\n")
	for seq := range uint64(n) {
		r := record.Record{Origin: "LA", Boot: 7, Seq: seq + 1, Text: text}
		lines = append(lines, line(r)...)
	}
	if err := errors.Join(k.Append(lines, n), k.Commit()); err != nil {
		t.Fatal(err)
	}
	r, pieces, next := k.Reader(new(marks.Table)), 0, uint64(1)
	defer r.Close()
	for ; ; pieces++ {
		items, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(items) == 0 || len(items) > n/2 {
			t.Fatalf("piece %d has %d items, %v", pieces, len(items), err)
		}
		for _, item := range items {
			if item.Seq != next || string(item.Text) != string(text) {
				t.Fatalf("item %d is %d, %q", next, item.Seq, item.Text)
			}
			next++
		}
	}
	if next != n+1 {
		t.Errorf("%d items in %d pieces, want %d", next-1, pieces, n)
	}
}

// A peer that has all of the older segments costs no reading of them.
func TestWhatAPeerHasIsNotReadAgain(t *testing.T) {
	k := open(t, t.TempDir())
	k.mustLog(10)
	peer := new(marks.Table)
	peer.Set(marks.Mark{Run: marks.Run{Origin: "LA", Boot: 7}, Seq: 10})
	if err := os.Remove(k.path("access.log.1")); err != nil {
		t.Fatal(err)
	}
	k.check(peer)
}

// follow reads messages 1 to n as they come. Whenever it has read all, the end
// is right behind what it has read.
func follow(r *journal.Reader, n uint64) error {
	defer r.Close()
	for have := uint64(0); have < n; {
		items, err := r.Next()
		if errors.Is(err, io.EOF) {
			if r.End() != have {
				return errors.New("the end is not where reading ended")
			}
			runtime.Gosched()
			continue
		}
		if err != nil {
			return err
		}
		for _, item := range items {
			if have++; item.Seq != have {
				return errors.New("a message is missing, or there twice")
			}
		}
	}
	return nil
}

// While one writes and begins new segments, others read all of it in order,
// and never what is not committed.
func TestManyReadWhileOneWrites(t *testing.T) {
	k := open(t, t.TempDir())
	const n = 600
	var group sync.WaitGroup
	for range 3 {
		r := k.Reader(new(marks.Table))
		group.Go(func() {
			if err := follow(r, n); err != nil {
				t.Error(err)
			}
		})
	}
	for i := range n {
		if i%50 == 0 {
			k.write(k.next("LA"))
			k.rollBack()
		}
		k.mustLog(1)
	}
	group.Wait()
}

// Damage that came after the start is told, with its place, and is no end.
func TestAReaderNamesTheDamage(t *testing.T) {
	_, log, begins := five()
	second := begins[1]
	for name, damaged := range map[string][]byte{
		"a letter":       bytes.Replace(log, []byte("LA.7.2"), []byte("LA.7\x00.2"), 1),
		"no newline":     slices.Concat(log[:begins[2]-1], log[begins[2]:]),
		"cut at a line":  log[:second],
		"cut in a line":  log[:second+9],
		"no line at all": slices.Concat(log[:second], make([]byte, len(log))),
	} {
		t.Run(name, func(t *testing.T) {
			dir, path := put(t, "access.log", log)
			k := open(t, dir)
			r := k.Reader(new(marks.Table))
			defer r.Close()
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := read(r)
			if want := fmt.Sprintf("%s: damaged at byte %d: ", path, second); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

// A disk that fails is not the end of what there is.
func TestAReaderTellsOfADiskThatFails(t *testing.T) {
	for _, op := range []operation{opening, reading} {
		k := open(t, t.TempDir())
		k.mustLog(1)
		r := k.Reader(new(marks.Table))
		defer r.Close()
		k.fs.fail(op, syscall.EIO)
		if got, err := read(r); got != "" || !errors.Is(err, syscall.EIO) {
			t.Errorf("%s fails: read %q, %v", op, got, err)
		}
		if got, err := read(r); got != k.all(0) || err != nil {
			t.Errorf("after %s has failed: read %q, %v", op, got, err)
		}
	}
}
