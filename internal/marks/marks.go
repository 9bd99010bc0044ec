// Package marks keeps high-water marks: for each run of each origin, the last
// message that a host has (DESIGN 5).
//
// A run is what one host took from its clients between two starts. Its
// messages are numbered 1, 2, 3 ... and are always taken in that order, so one
// number tells all that a host has of a run, and a Table of such numbers tells
// all that it has. Marks are for truth: whatever the forwarding tree did or
// failed to do, comparing two tables says what one host lacks of the other.
//
// A Table is not safe for concurrent use; a Ledger, which holds a host's own
// tables and those of its peers, is.
package marks

import (
	"cmp"
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

// Table maps runs to how far they have been taken. The zero value is empty and
// ready for use.
type Table struct {
	rows map[Run]*row
	last *row // the row that was looked up last: runs come in long rows
}

type row struct {
	run        Run
	seq, first uint64
}

func (t *Table) find(run Run) *row {
	if t.last != nil && t.last.run == run {
		return t.last
	}
	r := t.rows[run]
	if r != nil {
		t.last = r
	}
	return r
}

// Seq returns the last message of run that is there, or 0.
func (t *Table) Seq(run Run) uint64 {
	if r := t.find(run); r != nil {
		return r.seq
	}
	return 0
}

// Offer judges n messages of run, from seq first on, and takes those that are next:
// a host takes a message only behind the one before it (DESIGN 5), which is what
// makes every log complete and in order. The first had of them are there already, and
// the others, took, are taken; or, if both are 0, there is a gap before them. Their
// seqs do not overflow.
func (t *Table) Offer(run Run, first uint64, n int) (had, took int) {
	have, last := t.Seq(run), first+uint64(n)-1
	switch {
	case last <= have:
		return n, 0
	case first > have && first-have > 1:
		return 0, 0
	}
	had = int(have + 1 - first)
	if r := t.find(run); r != nil {
		r.seq = last
	} else {
		t.Set(Mark{Run: run, Seq: last, First: first})
	}
	return had, n - had
}

// Set makes m the word on its run, be it higher or lower than before. A mark
// whose Seq is 0 forgets the run.
func (t *Table) Set(m Mark) {
	if m.Seq == 0 {
		delete(t.rows, m.Run)
		t.last = nil
		return
	}
	r := t.find(m.Run)
	if r == nil {
		if t.rows == nil {
			t.rows = make(map[Run]*row)
		}
		r = &row{run: m.Run}
		t.rows[m.Run], t.last = r, r
	}
	r.seq, r.first = m.Seq, max(m.First, 1)
}

// Raise sets run to seq unless it is there already.
func (t *Table) Raise(run Run, seq uint64) {
	switch r := t.find(run); {
	case r == nil:
		t.Set(Mark{Run: run, Seq: seq})
	case r.seq < seq:
		r.seq = seq
	}
}

// Lower sets run back to seq if it is beyond.
func (t *Table) Lower(run Run, seq uint64) {
	if r := t.find(run); r != nil && r.seq > seq {
		t.Set(Mark{Run: run, Seq: seq, First: r.first})
	}
}

// Merge takes over what m has beyond the word on its run: messages at its end,
// and lines that are not held any more at its beginning.
func (t *Table) Merge(m Mark) {
	if r := t.find(m.Run); r != nil {
		m.Seq, m.First = max(m.Seq, r.seq), max(m.First, r.first)
	}
	t.Set(m)
}

// First returns the oldest message of run whose line is held. It is over Seq
// when none is.
func (t *Table) First(run Run) uint64 {
	if r := t.find(run); r != nil {
		return r.first
	}
	return 1
}

// Len returns the number of runs.
func (t *Table) Len() int { return len(t.rows) }

// Marks returns all marks, sorted by origin and boot.
func (t *Table) Marks() []Mark {
	all := make([]Mark, 0, len(t.rows))
	for _, r := range t.rows {
		all = append(all, r.mark())
	}
	slices.SortFunc(all, compare)
	return all
}

func (r *row) mark() Mark { return Mark{Run: r.run, Seq: r.seq, First: r.first} }

func compare(a, b Mark) int {
	return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Boot, b.Boot))
}

// Lacks tells whether other holds a line of which t has not the message. Lines
// that other no longer has are nothing that anybody could give.
func (t *Table) Lacks(other *Table) bool {
	for run, r := range other.rows {
		if r.held(t.Seq(run)) {
			return true
		}
	}
	return false
}

// LackingOf is Lacking for one run.
func (t *Table) LackingOf(other *Table, run Run) (first uint64, lacking bool) {
	have := t.Seq(run)
	r := other.find(run)
	if r == nil || !r.held(have) {
		return 0, false
	}
	return max(have+1, r.first), true
}

// held tells whether a line behind message seq is held.
func (r *row) held(seq uint64) bool { return r.seq > seq && r.first <= r.seq }

// Lacking returns, for each run of which other holds lines that t has not, the
// first of these lines.
func (t *Table) Lacking(other *Table) map[Run]uint64 {
	lacking := make(map[Run]uint64)
	for run, r := range other.rows {
		if have := t.Seq(run); r.held(have) {
			lacking[run] = max(have+1, r.first)
		}
	}
	return lacking
}

// Changes returns the marks of t that differ from those of since, sorted. A
// run that only since knows comes with Seq 0.
func (t *Table) Changes(since *Table) []Mark {
	var changed []Mark
	for run, r := range t.rows {
		if old := since.rows[run]; old == nil || old.seq != r.seq || old.first != r.first {
			changed = append(changed, r.mark())
		}
	}
	for run := range since.rows {
		if t.rows[run] == nil {
			changed = append(changed, Mark{Run: run})
		}
	}
	slices.SortFunc(changed, compare)
	return changed
}

// Apply takes a vector as it comes over the wire: with delta, marks that are
// not named stay; without, they are gone.
func (t *Table) Apply(vector []Mark, delta bool) {
	if !delta {
		*t = Table{}
	}
	for _, m := range vector {
		t.Set(m)
	}
}

// Clone returns a copy that shares nothing with t.
func (t *Table) Clone() *Table {
	c := &Table{rows: make(map[Run]*row, len(t.rows))}
	for run, r := range t.rows {
		copied := *r
		c.rows[run] = &copied
	}
	return c
}
