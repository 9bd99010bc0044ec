package marks

import (
	"cmp"
	"iter"
	"slices"
)

// Vector is a version vector: a Mark for each run. A run without a Mark counts as one with
// Seq 0. The zero value is empty and ready for use. Copy a Vector with Clone only.
type Vector struct {
	root      *node
	owner     uint64 // of the nodes that this Vector may change; 0 if it may change none
	last      *Mark  // the entry that was looked up last; the next lookup is often for the same run
	lastOwned bool   // this Vector may change last
	count     int
}

// find returns the entry of run, or nil.
func (v *Vector) find(run Run) *Mark {
	if v.last != nil && v.last.Run == run {
		return v.last
	}
	leaf := v.root.at(run, 0)
	r := leaf.entry(run)
	if r != nil {
		v.last, v.lastOwned = r, leaf.owner == v.owner
	}
	return r
}

// own returns the entry of run, which must exist. The caller may change it.
func (v *Vector) own(run Run) *Mark {
	if v.last == nil || v.last.Run != run || !v.lastOwned {
		var leaf *node
		v.root, leaf = v.root.owned(v.begin(), run)
		v.last, v.lastOwned = leaf.entry(run), true
	}
	return v.last
}

// begin returns the owner for the nodes that are changed from now on.
func (v *Vector) begin() uint64 {
	if v.owner == 0 {
		v.owner = owners.Add(1)
	}
	return v.owner
}

// Seq returns the last message of run that was taken, or 0.
func (v *Vector) Seq(run Run) uint64 {
	if r := v.find(run); r != nil {
		return r.Seq
	}
	return 0
}

// Take takes those of n messages of run that are next. first is the seq of the first one. A
// host takes a message only after the one before it: this keeps every log complete and in
// order. The first duplicates messages were taken before, and the next taken ones are taken
// now. If both are 0, there is a gap before the messages. The seqs must not overflow.
func (v *Vector) Take(run Run, first uint64, n int) (duplicates, taken int) {
	have, last := v.Seq(run), first+uint64(n)-1
	switch {
	case last <= have:
		return n, 0
	case first > have && first-have > 1:
		return 0, 0
	}
	duplicates = int(have + 1 - first)
	if have > 0 {
		v.own(run).Seq = last
	} else {
		v.Set(Mark{Run: run, Seq: last, First: first})
	}
	return duplicates, n - duplicates
}

// Set replaces the mark of m.Run by m, whether that is higher or lower. A mark with Seq 0
// removes the run.
func (v *Vector) Set(m Mark) {
	m.First = max(m.First, 1)
	r := v.find(m.Run)
	switch {
	case m.Seq == 0 && r != nil:
		v.root = v.root.remove(v.begin(), m.Run, hash(m.Run), 0)
		v.last = nil
		v.count--
	case m.Seq == 0:
	case r == nil:
		v.root = v.root.insert(v.begin(), m, hash(m.Run), 0)
		v.last = nil
		v.count++
	case r.Seq != m.Seq || r.First != m.First: // an equal mark leaves the node shared with copies
		r = v.own(m.Run)
		r.Seq, r.First = m.Seq, m.First
	}
}

// Raise sets the Seq of run to seq if it is lower.
func (v *Vector) Raise(run Run, seq uint64) {
	switch r := v.find(run); {
	case r == nil:
		v.Set(Mark{Run: run, Seq: seq})
	case r.Seq < seq:
		v.own(run).Seq = seq
	}
}

// Lower sets the Seq of run to seq if it is higher.
func (v *Vector) Lower(run Run, seq uint64) {
	if r := v.find(run); r != nil && r.Seq > seq {
		v.Set(Mark{Run: run, Seq: seq, First: r.First})
	}
}

// Merge raises the Seq and the First of m.Run to those of m, where they are lower.
func (v *Vector) Merge(m Mark) {
	if r := v.find(m.Run); r != nil {
		m.Seq, m.First = max(m.Seq, r.Seq), max(m.First, r.First)
	}
	v.Set(m)
}

// First returns the first message of run whose line the log still has. It is greater than
// Seq if there is no such line.
func (v *Vector) First(run Run) uint64 {
	if r := v.find(run); r != nil {
		return r.First
	}
	return 1
}

// Len returns the number of runs.
func (v *Vector) Len() int { return v.count }

// All yields all marks, in no particular order.
func (v *Vector) All() iter.Seq[Mark] {
	return func(yield func(Mark) bool) { v.root.each(yield) }
}

// Marks returns all marks, sorted by origin and boot.
func (v *Vector) Marks() []Mark {
	all := slices.AppendSeq(make([]Mark, 0, v.count), v.All())
	slices.SortFunc(all, Compare)
	return all
}

// Compare orders marks by origin and boot.
func Compare(a, b Mark) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Boot, b.Boot))
}

// FirstMissing returns the first line of run that other has and v lacks. It is false if
// there is none. Lines that other no longer has do not count: it cannot send them.
func (v *Vector) FirstMissing(other *Vector, run Run) (first uint64, lacking bool) {
	have := v.Seq(run)
	r := other.find(run)
	if r == nil || !r.holdsAfter(have) {
		return 0, false
	}
	return max(have+1, r.First), true
}

// lastHeld returns the Seq of run, or 0 if no line of the run is left.
func (v *Vector) lastHeld(run Run) uint64 {
	if r := v.find(run); r != nil && r.holdsAfter(0) {
		return r.Seq
	}
	return 0
}

// holdsAfter reports whether the log has a line after message seq.
func (m *Mark) holdsAfter(seq uint64) bool { return m.Seq > seq && m.First <= m.Seq }

// Changes returns the marks of v that differ from those of since, sorted. A run that only
// since has is returned with Seq 0. If one vector is a copy of the other, the cost is that
// of what has changed.
func (v *Vector) Changes(since *Vector) []Mark {
	var changed []Mark
	v.root.diff(since.root, 0, func(m Mark) { changed = append(changed, m) })
	slices.SortFunc(changed, Compare)
	return changed
}

// Apply takes over marks as a peer sends them. With delta, runs that are not named keep
// their marks. Without delta they are removed.
func (v *Vector) Apply(vector []Mark, delta bool) {
	if !delta {
		*v = Vector{}
	}
	for _, m := range vector {
		v.Set(m)
	}
}

// Clone returns a copy. The cost does not depend on the number of runs.
func (v *Vector) Clone() *Vector {
	v.owner, v.lastOwned = 0, false
	c := *v
	return &c
}
