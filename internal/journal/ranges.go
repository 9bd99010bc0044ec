package journal

import "xlattice.org/zog/internal/marks"

// span is messages of one run that follow each other without a hole, in a
// segment or in a piece of it.
type span struct {
	marks.Run
	first, last uint64
}

// ranges is the spans of one piece of the log, in the order in which they begin
// in it: the first begins with the first line. Most often there are few: one for each
// host that was up at the time, and one for each hole. The zero value is empty.
type ranges struct {
	all    []span
	last   int               // index of the one that was added to last: runs come in long rows
	newest map[marks.Run]int // index of the newest one of each run, once there are many
}

// many is from how many spans on they are looked up in a map.
const many = 64

// find returns the newest span of run, or nil. It is good until another is
// added.
func (r *ranges) find(run marks.Run) *span {
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

// search returns the index of the newest span of run, or -1.
func (r *ranges) search(run marks.Run) int {
	if len(r.all) < many {
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

// done gives the memory back that only adding needs.
func (r *ranges) done() { r.newest = nil }

// add notes message seq of run, which comes behind those that are there.
func (r *ranges) add(run marks.Run, seq uint64) { r.extend(span{Run: run, first: seq, last: seq}) }

// extend adds a span that comes behind those that are there.
func (r *ranges) extend(s span) {
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

// reset makes it empty. It keeps the memory.
func (r *ranges) reset() { r.all, r.last, r.newest = r.all[:0], 0, nil }

// lackedBy tells whether there is a message that peer has not.
func (r *ranges) lackedBy(peer *marks.Table) bool {
	for _, s := range r.all {
		if peer.Seq(s.Run) < s.last {
			return true
		}
	}
	return false
}

// begins returns the first message of each run.
func (r *ranges) begins() map[marks.Run]uint64 {
	first := make(map[marks.Run]uint64, len(r.all))
	for _, s := range r.all {
		if _, there := first[s.Run]; !there {
			first[s.Run] = s.first
		}
	}
	return first
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
