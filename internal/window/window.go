// Package window keeps the newest messages of a host in memory, in the order in which it
// took them.
//
// Each link to a peer is a position in this order. A link that keeps up reads from the
// Window. One whose position is before the Window reads from the segments on disk
// (docs/architecture.md, The path of a repair). So one Window of limited size serves all
// links, and a peer that is slow or away costs no memory.
//
// A position is the number of messages that were taken before, since the start of the
// process. It never goes back.
package window

import (
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// Window holds the newest messages up to a number of bytes. The zero Window is empty. It is not
// safe for concurrent use, but the rows that it returns are never written to again and may be read by anyone.
type Window struct {
	bytes   int
	batches []batch
	end     uint64
}

// batch is the rows of one Add.
type batch struct {
	start, end uint64
	bytes      int
	rows       []row.Row
}

// End returns the position after the newest message.
func (w *Window) End() uint64 { return w.end }

// start returns the position of the oldest message.
func (w *Window) start() uint64 {
	if len(w.batches) == 0 {
		return w.end
	}
	return w.batches[0].start
}

// Add appends rows, and owns them from now on. It returns the new end.
func (w *Window) Add(rows []row.Row) uint64 {
	if len(rows) == 0 {
		return w.end
	}
	s := batch{start: w.end, end: w.end + uint64(row.Count(rows)), rows: rows}
	for i := range rows {
		s.bytes += rows[i].Size()
	}
	w.batches = append(w.batches, s)
	w.bytes += s.bytes
	w.end = s.end
	return w.end
}

// Trim removes the oldest messages while the Window has more than limit bytes. It keeps those
// from position logged on: they are not on disk yet, and can be read only here.
func (w *Window) Trim(logged uint64, limit int) {
	n := 0
	for n < len(w.batches) && w.bytes > limit && w.batches[n].end <= logged {
		w.bytes -= w.batches[n].bytes
		w.batches[n] = batch{}
		n++
	}
	w.batches = w.batches[n:]
}

// Clear removes all messages. Positions go on from the end.
func (w *Window) Clear() { w.batches, w.bytes = nil, 0 }

// From returns the messages from position pos on, in whole batches up to about most bytes,
// and the position after them. It is false if pos is not in the Window any more.
func (w *Window) From(pos uint64, most int) (rows [][]row.Row, next uint64, ok bool) {
	if pos < w.start() || pos > w.end {
		return nil, pos, false
	}
	size := 0
	for i := w.search(pos); i < len(w.batches) && size < most; i++ {
		s := w.batches[i]
		rows = append(rows, row.Skip(s.rows, int(pos-s.start)))
		size += s.bytes
		pos = s.end
	}
	return rows, pos, true
}

// After returns the messages of run after message seq that are in the Window.
func (w *Window) After(run marks.Run, seq uint64) (rows []row.Row) {
	for _, s := range w.batches {
		for i := range s.rows {
			r := &s.rows[i]
			if r.Run != run || r.Last() <= seq {
				continue
			}
			had := 0
			if seq >= r.Seq {
				had = int(seq + 1 - r.Seq)
			}
			rows = append(rows, r.Slice(had, r.Len()))
		}
	}
	return rows
}

// search returns the index of the batch that has position pos.
func (w *Window) search(pos uint64) int {
	return sort.Search(len(w.batches), func(i int) bool { return w.batches[i].end > pos })
}

// Locate returns the position from which the Window has all of a peer's backlog. It is
// false if the Window begins too late.
func (w *Window) Locate(lacks *marks.Backlog) (pos uint64, ok bool) {
	if uint64(lacks.Len()) > w.end-w.start() {
		return 0, false // there are more runs than messages
	}
	firsts := lacks.Firsts()
	pos = w.end
	for _, s := range w.batches {
		at := s.start
		for i := range s.rows {
			if len(firsts) == 0 {
				return pos, true
			}
			r := &s.rows[i]
			first, lacking := firsts[r.Run]
			switch {
			case !lacking || r.Last() < first:
			case r.Seq > first:
				return 0, false
			default:
				pos = min(pos, at+(first-r.Seq))
				delete(firsts, r.Run)
			}
			at += uint64(r.Len())
		}
	}
	return pos, len(firsts) == 0
}
