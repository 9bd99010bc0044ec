// Package inorder says how far a reader has come that works on several items at a time. Items begin in order and end
// in any order; the reader has come behind an item when that and all before it have ended.
//
//	var l inorder.Line[Position]
//	a := l.Begin(afterFirst)
//	b := l.Begin(afterSecond)
//	l.End(b)   // Reached: nothing yet, as the first has not ended
//	l.End(a)   // Reached: afterSecond
//
// The package decides and does nothing. A Line is not safe for concurrent use.
package inorder

// Line has the items that were begun, from the oldest that has not ended on. The zero Line has none.
//
// Invariant: items[0], if there is one, has not ended.
type Line[P any] struct {
	first   int // the ticket of items[0]
	items   []item[P]
	reached P
	any     bool // reached is set
}

type item[P any] struct {
	after P // where the reader is when this and all before it have ended
	ended bool
}

// Begin adds an item, and returns a ticket for it. after is where the reader is behind it.
func (l *Line[P]) Begin(after P) (ticket int) {
	l.items = append(l.items, item[P]{after: after})
	return l.Next() - 1
}

// End notes that an item has ended, and reports whether Reached has changed. Each ticket is ended once.
func (l *Line[P]) End(ticket int) (moved bool) {
	l.items[ticket-l.first].ended = true
	n := 0
	for n < len(l.items) && l.items[n].ended {
		n++
	}
	if n == 0 {
		return false
	}
	l.reached, l.any = l.items[n-1].after, true
	clear(l.items[:n]) // so that the array keeps no position alive
	l.items, l.first = l.items[n:], l.first+n
	return true
}

// Pass notes that the reader, when all that was begun has ended, is at a place further on: there was nothing to do in
// between. It reports whether Reached has changed.
func (l *Line[P]) Pass(after P) (moved bool) {
	if n := len(l.items); n > 0 {
		l.items[n-1].after = after
		return false
	}
	l.reached, l.any = after, true
	return true
}

// Reached returns where the reader is. ok is false at the beginning, before anything has ended.
func (l *Line[P]) Reached() (at P, ok bool) { return l.reached, l.any }

// Oldest returns the ticket of the oldest item that has not ended, or Next if there is none. Tickets count up from 0.
func (l *Line[P]) Oldest() (ticket int) { return l.first }

// Next returns the ticket of the next item that begins.
func (l *Line[P]) Next() (ticket int) { return l.first + len(l.items) }
