package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/test/check"
)

// follower reads the access log of one host as it grows, and knows which messages it has. It is only
// for measurements: if a log changes in other ways than by appending it may be wrong. The checker
// reads the logs again.
type follower struct {
	dir    string
	file   *os.File // the segment that is being read, or nil
	offset int64    // of the first line that was not read
	seen   []bits   // by sender: the messages in the log
	done   []int    // by sender: the log has so many of the first acknowledged messages
	parser record.Parser
	buf    []byte
}

// bits is a set of numbers.
type bits []uint64

func (b bits) has(n uint32) bool { return int(n/64) < len(b) && b[n/64]&(1<<(n%64)) != 0 }

func (b *bits) add(n uint32) {
	for int(n/64) >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[n/64] |= 1 << (n % 64)
}

func newFollower(dir string, senders int) *follower {
	return &follower{dir: dir, seen: make([]bits, senders), done: make([]int, senders), buf: make([]byte, 64<<10)}
}

// maxSteps bounds how many segments one poll reads.
const maxSteps = 1000

// poll reads what is new, in this segment and those after it.
func (f *follower) poll() error {
	for range maxSteps {
		if f.file != nil {
			if err := f.read(); err != nil {
				return err
			}
		}
		if more, err := f.nextSegment(); err != nil || !more {
			return err
		}
	}
	return fmt.Errorf("%s: more than %d segments at once", f.dir, maxSteps)
}

// read reads whole lines up to the end of the segment. It does not skip a part of a line, which a host
// that starts may cut off.
func (f *follower) read() error {
	for {
		n, err := f.file.ReadAt(f.buf, f.offset)
		if err != nil && err != io.EOF {
			return err
		}
		whole := bytes.LastIndexByte(f.buf[:n], '\n') + 1
		if whole == 0 {
			return nil
		}
		for line := range bytes.Lines(f.buf[:whole]) {
			f.markSeen(line)
		}
		f.offset += int64(whole)
	}
}

// markSeen marks the message in a line as seen.
func (f *follower) markSeen(line []byte) {
	rec, err := f.parser.Parse(line)
	if err != nil {
		return // the checker reports it
	}
	sender, n, ok := parseText(string(bytes.TrimSuffix(rec.Text, []byte("\r\n"))))
	if ok && sender < len(f.seen) {
		f.seen[sender].add(n)
	}
}

// nextSegment opens the next segment if this one is sealed. It returns false if there is none yet.
func (f *follower) nextSegment() (bool, error) {
	names, err := check.Segments(os.DirFS(f.dir))
	if err != nil {
		return false, f.ignoreMissing(err)
	}
	here := -1 // none is open; or it was replaced, and all is read again, which does no harm
	if f.file != nil {
		if here, err = f.indexIn(names); err != nil {
			return false, err
		}
	}
	if here == len(names)-1 {
		return false, nil
	}
	if here >= 0 { // it may have grown before it was sealed
		if err := f.read(); err != nil {
			return false, err
		}
	}
	return true, f.open(names[here+1], len(names))
}

// indexIn returns the index of the open segment in a list of names, or -1.
func (f *follower) indexIn(names []string) (int, error) {
	mine, err := f.file.Stat()
	if err != nil {
		return 0, err
	}
	return slices.IndexFunc(names, func(name string) bool {
		there, err := os.Stat(filepath.Join(f.dir, name))
		return err == nil && os.SameFile(mine, there)
	}), nil
}

// open opens a segment. If the number of segments has changed since it was chosen, another file may
// have its name: then open does nothing, and it is chosen again.
func (f *follower) open(name string, segments int) error {
	next, err := os.Open(filepath.Join(f.dir, name))
	if err != nil {
		return f.ignoreMissing(err)
	}
	if names, err := check.Segments(os.DirFS(f.dir)); err != nil || len(names) != segments {
		return errors.Join(f.ignoreMissing(err), next.Close())
	}
	f.close()
	f.file, f.offset = next, 0
	return nil
}

// ignoreMissing ignores the error of a log or segment that does not exist at the moment.
func (f *follower) ignoreMissing(err error) error {
	if f.file == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// close closes the open segment, if there is one.
func (f *follower) close() {
	if f.file != nil {
		f.file.Close() // it was only read
		f.file = nil
	}
}

// lacks returns how many acknowledged messages are not in the log, as far as it was read: of the first
// upTo[i] acknowledged messages of sender i.
func (f *follower) lacks(l *ledger, upTo []int) int {
	lacking := 0
	for sender, want := range upTo {
		for f.done[sender] < want && f.seen[sender].has(l.number(sender, f.done[sender])) {
			f.done[sender]++
		}
		for k := f.done[sender]; k < want; k++ {
			if !f.seen[sender].has(l.number(sender, k)) {
				lacking++
			}
		}
	}
	return lacking
}

// size returns the number of bytes of the log.
func (f *follower) size() (int64, error) {
	names, err := check.Segments(os.DirFS(f.dir))
	total := int64(0)
	for _, name := range names {
		info, err := os.Stat(filepath.Join(f.dir, name))
		if err != nil {
			return 0, err
		}
		total += info.Size()
	}
	return total, err
}
