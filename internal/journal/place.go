package journal

import (
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

// Where the last messages of a log begin, or those since a time: as far as can be told
// without reading. The caller reads from there, and finds the place.

// Tail returns a Reader from the segment on in which the last n messages of the log
// begin, and how many messages stand before them in it. Retired messages, and those of
// holes, count as read.
func (j *Journal) Tail(n uint64) (r *Reader, before uint64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k := len(j.segments)
	for have := uint64(0); k > 0 && have < n; {
		k--
		have += j.segments[k].holds.records()
		before = max(have, n) - n
	}
	r, err = j.readerAt(k)
	return r, before, err
}

// ClockDoubt is by how much the clock of a host may differ from that of another one, for
// what is not read. It is much more than clocks that are kept by NTP differ.
const ClockDoubt = 10 * time.Minute

// Since returns a Reader that leaves out segments that were sealed before t, and so early
// that each of their messages was taken before t by any clock in the ring. older tells
// whether there are any; then retired messages, and those of holes, count as read.
func (j *Journal) Since(t time.Time) (r *Reader, older bool, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	k := 0
	for k < len(j.segments)-1 && j.segments[k].sealedBy(t.Add(-ClockDoubt)) {
		k++
	}
	r, err = j.readerAt(k)
	return r, k > 0, err
}

// sealedBy tells whether a segment was sealed before t. Times from before clocks were set
// tell nothing.
func (s *segment) sealedBy(t time.Time) bool {
	return s.sealed.After(earliest) && s.sealed.Before(t)
}

// readerAt returns a Reader of all messages from segment k on. It opens the segment: its
// messages are counted, so it must be read even if it is retired meanwhile. The caller
// holds mu.
func (j *Journal) readerAt(k int) (*Reader, error) {
	seen := new(marks.Vector)
	for _, s := range j.segments[:k] {
		for _, held := range s.holds.all {
			seen.Raise(held.Run, held.last)
		}
	}
	firsts := make(map[marks.Run]uint64)
	for _, s := range slices.Backward(j.segments[k:]) {
		for _, held := range slices.Backward(s.holds.all) {
			firsts[held.Run] = held.first
		}
	}
	for run, first := range firsts {
		if seen.Seq(run) == 0 {
			seen.Raise(run, first-1)
		}
	}
	r := &Reader{journal: j, seen: seen, most: readSize}
	if k == len(j.segments) {
		return r, nil
	}
	return r, r.open(j.segments[k], 0)
}
