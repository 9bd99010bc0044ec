package journal

import "xlattice.org/zog/internal/marks"

// seqRange is consecutive messages of one run, without a gap, in a segment or in a
// part of it.
type seqRange struct {
	marks.Run
	first, last uint64
}

// ranges is the messages of one part of the log, in the order in which the ranges
// begin: the first begins with the first line. Usually they are few: one for each
// host that was up at the time, and one more for each hole. The zero value is empty.
type ranges struct {
	all    []seqRange
	last   int               // index of the range that was extended last: the next line is most often of it
	newest map[marks.Run]int // index of the newest range of each run; nil until mapFrom ranges
}

// mapFrom is the number of ranges from which on they are looked up in a map.
const mapFrom = 64

// find returns the newest range of run, or nil. The pointer is valid until another
// range is added.
func (r *ranges) find(run marks.Run) *seqRange {
	if r.last < len(r.all) && r.all[r.last].Run == run {
		return &r.all[r.last]
	}
	i := r.search(run)
	if i < 0 {
		return nil
	}
	r.last = i
	return &r.all[i]
}

// search returns the index of the newest range of run, or -1.
func (r *ranges) search(run marks.Run) int {
	if len(r.all) < mapFrom {
		for i := len(r.all) - 1; i >= 0; i-- {
			if r.all[i].Run == run {
				return i
			}
		}
		return -1
	}
	if r.newest == nil {
		r.newest = make(map[marks.Run]int, len(r.all))
		for i, s := range r.all {
			r.newest[s.Run] = i
		}
	}
	if i, ok := r.newest[run]; ok {
		return i
	}
	return -1
}

// compact frees the memory that is needed only while ranges are added.
func (r *ranges) compact() { r.newest = nil }

// add adds message seq of run, which stands behind all that were added before.
func (r *ranges) add(run marks.Run, seq uint64) { r.extend(seqRange{Run: run, first: seq, last: seq}) }

// extend adds a range that stands behind all that were added before.
func (r *ranges) extend(s seqRange) {
	if there := r.find(s.Run); there != nil && s.first == there.last+1 {
		there.last = s.last
		return
	}
	r.last = len(r.all)
	if r.newest != nil {
		r.newest[s.Run] = r.last
	}
	r.all = append(r.all, s)
}

// records returns the number of messages.
func (r *ranges) records() (n uint64) {
	for _, s := range r.all {
		n += s.last - s.first + 1
	}
	return n
}

// reset makes it empty, and keeps the memory.
func (r *ranges) reset() { r.all, r.last, r.newest = r.all[:0], 0, nil }

// lackedBy tells whether there is a message that the peer with these marks lacks.
func (r *ranges) lackedBy(peer *marks.Vector) bool {
	for _, s := range r.all {
		if peer.Seq(s.Run) < s.last {
			return true
		}
	}
	return false
}

// firsts returns the first message of each run.
func (r *ranges) firsts() map[marks.Run]uint64 {
	first := make(map[marks.Run]uint64, len(r.all))
	for _, s := range r.all {
		if _, there := first[s.Run]; !there {
			first[s.Run] = s.first
		}
	}
	return first
}

// firstID returns the first message, or the zero messageID.
func (r *ranges) firstID() messageID {
	if len(r.all) == 0 {
		return messageID{}
	}
	return messageID{r.all[0].Run, r.all[0].first}
}

// messageID is the identity of a message. That of a segment's first line identifies
// the segment, since no message is in the log twice.
type messageID struct {
	marks.Run
	seq uint64
}
