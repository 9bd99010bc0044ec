package journal

import "xlattice.org/zog/internal/marks"

// span is messages of one run that follow each other without a hole, in a
// segment or in a piece of it.
type span struct {
	marks.Run
	first, last uint64
}

// ranges is the spans of one piece of the log, in the order in which they begin
// in it: the first begins with the first line. There are few: one for each host
// that was up at the time, and one for each hole. The zero value is empty.
type ranges struct {
	all  []span
	last int // index of the one that was added to last: runs come in long rows
}

// find returns the newest span of run, or nil. It is good until another is
// added.
func (r *ranges) find(run marks.Run) *span {
	if r.last < len(r.all) && r.all[r.last].Run == run {
		return &r.all[r.last]
	}
	for i := len(r.all) - 1; i >= 0; i-- {
		if r.all[i].Run == run {
			r.last = i
			return &r.all[i]
		}
	}
	return nil
}

// add notes message seq of run, which comes behind those that are there.
func (r *ranges) add(run marks.Run, seq uint64) { r.extend(span{Run: run, first: seq, last: seq}) }

// extend adds a span that comes behind those that are there.
func (r *ranges) extend(s span) {
	if there := r.find(s.Run); there != nil && s.first == there.last+1 {
		there.last = s.last
		return
	}
	r.last = len(r.all)
	r.all = append(r.all, s)
}

// records returns the number of messages.
func (r *ranges) records() (n uint64) {
	for _, s := range r.all {
		n += s.last - s.first + 1
	}
	return n
}

// reset makes it empty. It keeps the memory.
func (r *ranges) reset() { r.all, r.last = r.all[:0], 0 }

// lackedBy tells whether there is a message that peer has not.
func (r *ranges) lackedBy(peer *marks.Table) bool {
	for _, s := range r.all {
		if peer.Seq(s.Run) < s.last {
			return true
		}
	}
	return false
}

// first returns the first span of run, or nil.
func (r *ranges) first(run marks.Run) *span {
	for i := range r.all {
		if r.all[i].Run == run {
			return &r.all[i]
		}
	}
	return nil
}

// precede tells whether the messages of a run begin here with one that belongs
// before those that other has of it.
func (r *ranges) precede(other *ranges) bool {
	for _, s := range r.all {
		if o := other.first(s.Run); o != nil && r.first(s.Run).first < o.first {
			return true
		}
	}
	return false
}

// head returns the first message.
func (r *ranges) head() head {
	if len(r.all) == 0 {
		return head{}
	}
	return head{r.all[0].Run, r.all[0].first}
}

// head is the message in the first line of a segment. As no message stands in
// the log twice, it tells segments apart.
type head struct {
	marks.Run
	seq uint64
}
