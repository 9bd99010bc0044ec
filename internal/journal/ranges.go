package journal

import "xlattice.org/zog/internal/marks"

// span is the messages of one run that stand in a segment, or in a piece of it.
type span struct {
	marks.Run
	first, last uint64
}

// ranges is the spans of one piece of the log, in the order in which the runs
// come in it: the first begins with the first line. There are few: one for each
// host that was up at the time. The zero value is empty.
type ranges struct {
	all  []span
	last int // index of the one that was added to last: runs come in long rows
}

// find returns the span of run, or nil. It is good until another is added.
func (r *ranges) find(run marks.Run) *span {
	if r.last < len(r.all) && r.all[r.last].Run == run {
		return &r.all[r.last]
	}
	for i := range r.all {
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
	if there := r.find(s.Run); there != nil {
		there.last = s.last
		return
	}
	r.last = len(r.all)
	r.all = append(r.all, s)
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

// has tells whether there are messages of run.
func (r *ranges) has(run marks.Run) bool {
	for _, s := range r.all {
		if s.Run == run {
			return true
		}
	}
	return false
}

// precede tells whether there are messages of a run here that belong before
// those that other has of it.
func (r *ranges) precede(other *ranges) bool {
	for _, s := range r.all {
		for _, o := range other.all {
			if s.Run == o.Run && s.first < o.first {
				return true
			}
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
