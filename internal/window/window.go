// Package window keeps the newest messages of a host in memory, in the order in
// which it took them.
//
// Every link to a peer is a position in this order. While a link keeps up it
// reads from the Window; when it has fallen out at the old end it reads from
// the segments on disk (DESIGN 4). So one bounded Window serves all links, and
// a peer that is slow or away costs no memory.
//
// A position counts messages from the start of the process. It never goes back.
package window

import (
	"unsafe"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// Item is a message that was taken, with the wrapping it came with, and with
// what its client calls it, if that may send it again: neither is in its line.
type Item struct {
	record.Record
	Wrapping        uint32
	Session, Number uint64
}

// Run returns the run that the message belongs to.
func (i *Item) Run() marks.Run { return marks.Run{Origin: i.Origin, Boot: i.Boot} }

// Size returns the bytes of memory that an item takes.
func (i *Item) Size() int { return int(unsafe.Sizeof(*i)) + len(i.Text) }

// Window holds the newest items up to a number of bytes. It is not safe for
// concurrent use, but what it hands out is never written to again and may be
// read by anyone.
type Window struct {
	limit int
	bytes int
	spans []span
	end   uint64
}

type span struct {
	start uint64
	bytes int
	items []Item
}

// New returns an empty Window for about limit bytes.
func New(limit int) *Window { return &Window{limit: limit} }

// End returns the position behind the newest item.
func (w *Window) End() uint64 { return w.end }

// start returns the position of the oldest item.
func (w *Window) start() uint64 {
	if len(w.spans) == 0 {
		return w.end
	}
	return w.spans[0].start
}

// Add appends items, which it owns from now on, and returns the new end.
func (w *Window) Add(items []Item) uint64 {
	if len(items) == 0 {
		return w.end
	}
	s := span{start: w.end, items: items}
	for i := range items {
		s.bytes += items[i].Size()
	}
	w.spans = append(w.spans, s)
	w.bytes += s.bytes
	w.end += uint64(len(items))
	return w.end
}

// Trim drops the oldest items that are over the limit, but none at or behind
// position logged: what is not on disk yet can be read only here.
func (w *Window) Trim(logged uint64) {
	n := 0
	for n < len(w.spans) && w.bytes > w.limit && w.spans[n].start+uint64(len(w.spans[n].items)) <= logged {
		w.bytes -= w.spans[n].bytes
		w.spans[n] = span{}
		n++
	}
	w.spans = w.spans[n:]
}

// Clear drops all items. Positions go on from where they were.
func (w *Window) Clear() { w.spans, w.bytes = nil, 0 }

// From returns the items from position pos on, whole spans up to about most
// bytes, and the position behind them. It is false when pos has fallen out.
func (w *Window) From(pos uint64, most int) (items [][]Item, next uint64, ok bool) {
	if pos < w.start() || pos > w.end {
		return nil, pos, false
	}
	size := 0
	for i := w.search(pos); i < len(w.spans) && size < most; i++ {
		s := w.spans[i]
		items = append(items, s.items[pos-s.start:])
		size += s.bytes
		pos = s.start + uint64(len(s.items))
	}
	return items, pos, true
}

// search returns the index of the span that holds position pos.
func (w *Window) search(pos uint64) int {
	low, high := 0, len(w.spans)
	for low < high {
		if mid := (low + high) / 2; w.spans[mid].start+uint64(len(w.spans[mid].items)) <= pos {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// Locate returns the position from which on the Window has all that a peer
// lacks of taken, when the peer has what its marks say. It is false when the
// Window begins too late for that.
func (w *Window) Locate(taken, peer *marks.Table) (pos uint64, ok bool) {
	lacks := peer.Lacking(taken)
	pos = w.end
	for _, s := range w.spans {
		for i := range s.items {
			if len(lacks) == 0 {
				return pos, true
			}
			item := &s.items[i]
			first, lacking := lacks[item.Run()]
			switch {
			case !lacking || item.Seq < first:
			case item.Seq > first:
				return 0, false
			default:
				pos = min(pos, s.start+uint64(i))
				delete(lacks, item.Run())
			}
		}
	}
	return pos, len(lacks) == 0
}
