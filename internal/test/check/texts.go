package check

import (
	"hash/maphash"

	"xlattice.org/zog/internal/marks"
)

// none is the number of no message and no text.
const none = -1

// texts numbers texts. Each is kept once, and found by its hash; texts with the same
// hash are compared.
type texts struct {
	hash   func([]byte) uint64
	newest map[uint64]int32 // the newest text with a hash
	all    []text
}

// text is one text, and what is known of it.
type text struct {
	body    string
	older   int32 // one with the same hash, or none
	message int32 // the only message with it that is not refused, or none
	sends   int32 // how many identities may have it
	refused bool  // a message with it was refused

	// The first identity that has it, in any log.
	run *runEntries
	seq uint64
}

// number returns the number of a text, and adds it if it is new.
func (t *texts) number(body []byte) int32 {
	if t.newest == nil {
		t.newest = make(map[uint64]int32)
	}
	if t.hash == nil {
		seed := maphash.MakeSeed()
		t.hash = func(body []byte) uint64 { return maphash.Bytes(seed, body) }
	}
	hash := t.hash(body)
	older := int32(none)
	if i, ok := t.newest[hash]; ok {
		for older = i; i != none; i = t.all[i].older {
			if t.all[i].body == string(body) {
				return i
			}
		}
	}
	i := int32(len(t.all))
	t.all = append(t.all, text{body: string(body), older: older, message: none})
	t.newest[hash] = i
	return i
}

// entries are all messages in any log.
type entries struct {
	runs  map[marks.Run]*runEntries
	order []*runEntries // in the order in which they were read
}

// runEntries is the messages of one run.
type runEntries struct {
	marks.Run
	dense []entry           // seq 1, 2, 3 ...
	far   map[uint64]*entry // seqs far beyond all others, which only damage makes
}

// entry is what the logs have under one identity. There is one for each message, so
// it is small.
type entry struct {
	hosts uint64 // the hosts whose log has it, a bit for each
	time  int64  // as in the first of them
	text  int32  // likewise
}

// maxGap is how far a seq may be beyond all others and still be in the dense part: a
// line with seq 2^60 must not cost that much memory.
const maxGap = 1 << 16

func (t *entries) ofRun(name marks.Run) *runEntries {
	r := t.runs[name]
	if r == nil {
		if t.runs == nil {
			t.runs = make(map[marks.Run]*runEntries)
		}
		r = &runEntries{Run: name}
		t.runs[name] = r
		t.order = append(t.order, r)
	}
	return r
}

// at returns the entry of a seq. The pointer is valid until the next call.
func (r *runEntries) at(seq uint64) *entry {
	if e := r.far[seq]; e != nil {
		return e
	}
	if seq > uint64(len(r.dense))+maxGap {
		if r.far == nil {
			r.far = make(map[uint64]*entry)
		}
		e := &entry{}
		r.far[seq] = e
		return e
	}
	for uint64(len(r.dense)) < seq {
		r.dense = append(r.dense, entry{})
	}
	return &r.dense[seq-1]
}

// look returns the entry of a seq, or the zero entry.
func (r *runEntries) look(seq uint64) entry {
	switch {
	case r == nil || seq == 0:
		return entry{}
	case seq <= uint64(len(r.dense)):
		return r.dense[seq-1]
	case r.far[seq] != nil:
		return *r.far[seq]
	}
	return entry{}
}

// each calls do for each entry, those of far seqs in any order.
func (r *runEntries) each(do func(seq uint64, e *entry)) {
	for i := range r.dense {
		do(uint64(i)+1, &r.dense[i])
	}
	for seq, e := range r.far {
		do(seq, e)
	}
}
