package verify

import (
	"crypto/sha256"
	"hash"
	"slices"
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// DigestSize is the length of a Digest that is not empty, in bytes.
const DigestSize = 16

// Digest stands for the lines of a range: the first 16 bytes of the SHA-256 of
// these lines, in the order of their seq, each as it is in access.log, CR LF
// included. What stands between them in a log does not count, so hosts that
// have the same messages of a run agree. It is empty when one of the lines is
// not there, cannot be read or is there twice.
type Digest string

// MaxRanges is how many ranges a host digests in one go (I6).
const MaxRanges = 1 << 14

// Digester digests ranges while a log is read from one end to the other.
type Digester struct {
	format  record.Formatter
	line    []byte
	ranges  []*digestRange            // in the order of the ranges
	runs    map[marks.Run]*runDigests // the same, by run
	last    *runDigests               // that were looked up last: runs come in long rows
	pending int                       // ranges that are neither complete nor lost
}

// rows are the ranges of one run, sorted, and the one in which the log stands.
type runDigests struct {
	run    marks.Run
	ranges []*digestRange
	at     int
}

// span is the state of one range.
type digestRange struct {
	first, last uint64
	next        uint64 // the seq that is expected
	hash        hash.Hash
	digest      Digest
	over        bool // complete or lost
}

// NewDigester returns a Digester for ranges that are Disjoint.
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
		// A hole, or a line that was there already: in both cases the lines are
		// not 1, 2, 3 ..., and a digest would say that they are (I3, I5).
		d.finish(s, "")
	default:
		if s.hash == nil {
			s.hash = sha256.New() // when it is needed: ranges may be many
		}
		d.line = d.format.Append(d.line[:0], rec)
		s.hash.Write(d.line)
		s.next++
		if rec.Seq == s.last {
			d.finish(s, Digest(s.hash.Sum(nil)[:DigestSize]))
		}
	}
}

// end settles a span.
func (d *Digester) finish(s *digestRange, digest Digest) {
	if !s.over {
		d.pending--
	}
	s.over, s.digest, s.hash = true, digest, nil
	if digest == "" {
		s.next = 0 // which no line has
	}
}

// find returns the span that a message is in, or nil.
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

// Done tells whether no more of the log needs to be read.
func (d *Digester) Done() bool { return d.pending == 0 }

// Digests returns the digests in the order of the ranges.
func (d *Digester) Digests() []Digest {
	digests := make([]Digest, len(d.ranges))
	for i, s := range d.ranges {
		digests[i] = s.digest
	}
	return digests
}
