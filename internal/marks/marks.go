// Package marks keeps high-water marks: for each run of each origin, the last
// message that a host has (DESIGN 5).
//
// A run is what one host took from its clients between two starts. Its
// messages are numbered 1, 2, 3 ... and are always taken in that order, so one
// number tells all that a host has of a run, and a Vector of such numbers tells
// total that it has. Marks are for truth: whatever the forwarding tree did or
// failed to do, comparing two tables says what one host lacks of the other.
//
// A Vector is not safe for concurrent use; a Ledger, which holds a host's own
// tables and those of its peers, is.
package marks

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
)

// Run names what one origin took in one run of its daemon.
type Run struct {
	Origin string
	Boot   uint64
}

// Name returns how a run is called in the log: MV.516ogpwa. It is not String, as
// a Mark would inherit that, and be printed without its numbers.
func (r Run) Name() string { return r.Origin + "." + strconv.FormatUint(r.Boot, 36) }

// Mark says that the messages of a run up to Seq were taken, and that the lines
// from First on are held. Lines before First were retired, or are a declared
// hole: nobody had them any more. First is Seq+1 when no line is left; such a
// mark is kept, so that what was retired does not come back as news.
type Mark struct {
	Run
	Seq, First uint64
}

// Vector maps runs to how far they have been taken. The zero value is empty and
// ready for use. A Vector is copied by Clone alone.
type Vector struct {
	root      *node
	owner     uint64 // of the nodes that may be changed; 0 if none may
	last      *Mark  // the row that was looked up last: runs come in long rows
	lastOwned bool   // that one may be changed
	count     int
}

func (t *Vector) find(run Run) *Mark {
	if t.last != nil && t.last.Run == run {
		return t.last
	}
	leaf := t.root.at(run, 0)
	r := leaf.entry(run)
	if r != nil {
		t.last, t.lastOwned = r, leaf.owner == t.owner
	}
	return r
}

// own returns the row of run, which is there, for being changed.
func (t *Vector) own(run Run) *Mark {
	if t.last == nil || t.last.Run != run || !t.lastOwned {
		var leaf *node
		t.root, leaf = t.root.owned(t.begin(), run)
		t.last, t.lastOwned = leaf.entry(run), true
	}
	return t.last
}

// begin returns the owner of what is changed from now on.
func (t *Vector) begin() uint64 {
	if t.owner == 0 {
		t.owner = owners.Add(1)
	}
	return t.owner
}

// Seq returns the last message of run that is there, or 0.
func (t *Vector) Seq(run Run) uint64 {
	if r := t.find(run); r != nil {
		return r.Seq
	}
	return 0
}

// Add judges n messages of run, from seq first on, and takes those that are next:
// a host takes a message only behind the one before it (DESIGN 5), which is what
// makes every log complete and in order. The first had of them are there already, and
// the others, took, are taken; or, if both are 0, there is a gap before them. Their
// seqs do not overflow.
func (t *Vector) Take(run Run, first uint64, n int) (had, took int) {
	have, last := t.Seq(run), first+uint64(n)-1
	switch {
	case last <= have:
		return n, 0
	case first > have && first-have > 1:
		return 0, 0
	}
	had = int(have + 1 - first)
	if have > 0 {
		t.own(run).Seq = last
	} else {
		t.Set(Mark{Run: run, Seq: last, First: first})
	}
	return had, n - had
}

// Set makes m the word on its run, be it higher or lower than before. A mark
// whose Seq is 0 forgets the run.
func (t *Vector) Set(m Mark) {
	m.First = max(m.First, 1)
	r := t.find(m.Run)
	switch {
	case m.Seq == 0 && r != nil:
		t.root = t.root.remove(t.begin(), m.Run, hash(m.Run), 0)
		t.last = nil
		t.count--
	case m.Seq == 0:
	case r == nil:
		t.root = t.root.insert(t.begin(), m, hash(m.Run), 0)
		t.last = nil
		t.count++
	case r.Seq != m.Seq || r.First != m.First: // what stays as it is stays in common with copies
		r = t.own(m.Run)
		r.Seq, r.First = m.Seq, m.First
	}
}

// Raise sets run to seq unless it is there already.
func (t *Vector) Raise(run Run, seq uint64) {
	switch r := t.find(run); {
	case r == nil:
		t.Set(Mark{Run: run, Seq: seq})
	case r.Seq < seq:
		t.own(run).Seq = seq
	}
}

// Lower sets run back to seq if it is beyond.
func (t *Vector) Lower(run Run, seq uint64) {
	if r := t.find(run); r != nil && r.Seq > seq {
		t.Set(Mark{Run: run, Seq: seq, First: r.First})
	}
}

// Merge takes over what m has beyond the word on its run: messages at its end,
// and lines that are not held any more at its beginning.
func (t *Vector) Merge(m Mark) {
	if r := t.find(m.Run); r != nil {
		m.Seq, m.First = max(m.Seq, r.Seq), max(m.First, r.First)
	}
	t.Set(m)
}

// First returns the oldest message of run whose line is held. It is over Seq
// when none is.
func (t *Vector) First(run Run) uint64 {
	if r := t.find(run); r != nil {
		return r.First
	}
	return 1
}

// Len returns the number of runs.
func (t *Vector) Len() int { return t.count }

// All yields all marks, in no order.
func (t *Vector) All() iter.Seq[Mark] {
	return func(yield func(Mark) bool) { t.root.each(yield) }
}

// Marks returns all marks, sorted by origin and boot.
func (t *Vector) Marks() []Mark {
	all := slices.AppendSeq(make([]Mark, 0, t.count), t.All())
	slices.SortFunc(all, compare)
	return all
}

func compare(a, b Mark) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Boot, b.Boot))
}

// FirstMissing tells whether other holds a line of run of which t has not the message, and
// which is the first. Lines that other no longer has are nothing that anybody could give.
func (t *Vector) FirstMissing(other *Vector, run Run) (first uint64, lacking bool) {
	have := t.Seq(run)
	r := other.find(run)
	if r == nil || !r.holdsAfter(have) {
		return 0, false
	}
	return max(have+1, r.First), true
}

// holdsAfter returns up to where run was taken, or 0 if no line of it is held.
func (t *Vector) lastHeld(run Run) uint64 {
	if r := t.find(run); r != nil && r.holdsAfter(0) {
		return r.Seq
	}
	return 0
}

// holdsAfter tells whether a line behind message seq is held.
func (m *Mark) holdsAfter(seq uint64) bool { return m.Seq > seq && m.First <= m.Seq }

// Changes returns the marks of t that differ from those of since, sorted. A
// run that only since knows comes with Seq 0. Of tables that are copies of one it costs
// as much as there are changes.
func (t *Vector) Changes(since *Vector) []Mark {
	var changed []Mark
	t.root.diff(since.root, 0, func(m Mark) { changed = append(changed, m) })
	slices.SortFunc(changed, compare)
	return changed
}

// Apply takes a vector as it comes over the wire: with delta, marks that are
// not named stay; without, they are gone.
func (t *Vector) Apply(vector []Mark, delta bool) {
	if !delta {
		*t = Vector{}
	}
	for _, m := range vector {
		t.Set(m)
	}
}

// Clone returns a copy. It costs the same for any number of runs.
func (t *Vector) Clone() *Vector {
	t.owner, t.lastOwned = 0, false
	c := *t
	return &c
}
