package verify

import (
	"crypto/sha256"
	"hash"
	"slices"
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// DigestSize is the length in bytes of a Digest that is not empty.
const DigestSize = 16

// Digest represents the lines of a range: the first 16 bytes of the SHA-256 of these
// lines, in the order of their seq, each as it is in access.log, CR LF included.
// Lines of other runs between them do not count, so hosts with the same messages of a
// run agree. It is empty if one of the lines is missing, cannot be read, or is there
// twice.
type Digest string

// MaxRanges is how many ranges a host digests in one survey (I6).
const MaxRanges = 1 << 14

// Digester digests ranges while a log is read once.
type Digester struct {
	format  record.Formatter
	line    []byte
	ranges  []*digestRange            // in the order of the ranges
	runs    map[marks.Run]*runDigests // the same, by run
	last    *runDigests               // the last one looked up: the next line is most often of it
	pending int                       // how many ranges are not finished
}

// runDigests is the ranges of one run, sorted, and the index of the one found last.
type runDigests struct {
	run    marks.Run
	ranges []*digestRange
	at     int
}

// digestRange is the state of one range.
type digestRange struct {
	first, last uint64
	next        uint64 // the seq that is expected
	hash        hash.Hash
	digest      Digest
	over        bool // finished: complete, or impossible
}

// NewDigester returns a Digester for ranges, which must be Disjoint.
func NewDigester(ranges []marks.Mark) *Digester {
	d := &Digester{runs: make(map[marks.Run]*runDigests), ranges: make([]*digestRange, len(ranges))}
	for i, r := range ranges {
		s := &digestRange{first: r.First, last: r.Seq, next: r.First, over: r.First > r.Seq}
		d.ranges[i] = s
		if s.over {
			continue
		}
		d.pending++
		if d.runs[r.Run] == nil {
			d.runs[r.Run] = &runDigests{run: r.Run}
		}
		d.runs[r.Run].ranges = append(d.runs[r.Run].ranges, s)
	}
	for _, r := range d.runs {
		slices.SortFunc(r.ranges, func(a, b *digestRange) int { return compare(marks.Mark{First: a.first}, marks.Mark{First: b.first}) })
	}
	return d
}

// Add takes the next record of the log.
func (d *Digester) Add(rec *record.Record) {
	s := d.find(marks.Run{Origin: rec.Origin, Boot: rec.Boot}, rec.Seq)
	switch {
	case s == nil:
	case rec.Seq != s.next:
		// A gap, or a duplicate. A digest would say that the lines are 1, 2, 3 ...
		// (I3, I5).
		d.finish(s, "")
	default:
		if s.hash == nil {
			s.hash = sha256.New() // only when it is needed: there may be many ranges
		}
		d.line = d.format.Append(d.line[:0], rec)
		s.hash.Write(d.line)
		s.next++
		if rec.Seq == s.last {
			d.finish(s, Digest(s.hash.Sum(nil)[:DigestSize]))
		}
	}
}

// finish ends a range, with an empty digest if it cannot be complete.
func (d *Digester) finish(s *digestRange, digest Digest) {
	if !s.over {
		d.pending--
	}
	s.over, s.digest, s.hash = true, digest, nil
	if digest == "" {
		s.next = 0 // no line has this seq
	}
}

// find returns the range that a message is in, or nil.
func (d *Digester) find(run marks.Run, seq uint64) *digestRange {
	r := d.last
	if r == nil || r.run != run {
		if r = d.runs[run]; r == nil {
			return nil
		}
		d.last = r
	}
	if s := r.ranges[r.at]; seq < s.first || seq > s.last {
		r.at = sort.Search(len(r.ranges)-1, func(i int) bool { return seq <= r.ranges[i].last })
	}
	if s := r.ranges[r.at]; s.first <= seq && seq <= s.last {
		return s
	}
	return nil
}

// Done tells whether all ranges are finished, so that the rest of the log need not be
// read.
func (d *Digester) Done() bool { return d.pending == 0 }

// Digests returns the digests in the order of the ranges.
func (d *Digester) Digests() []Digest {
	digests := make([]Digest, len(d.ranges))
	for i, s := range d.ranges {
		digests[i] = s.digest
	}
	return digests
}
