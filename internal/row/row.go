// Package row holds messages the way they travel: in rows.
//
// Messages come in long rows: a client that pipelines names its own 1, 2, 3 ...,
// the host that takes them gives them consecutive seqs and the same second, and so
// they go to every other host and into every log. A [Row] is such messages in one
// piece: what they have in common is said once, and their texts lie one behind the
// other. Whatever is to be decided (is it new, who is to be sent it, what is its
// client's name for it) is decided once a row; what is left to do for each message
// is to move its bytes. A message that has nothing in common with its neighbours is
// a row of its own.
//
//	var b row.Builder
//	b.Add(&head, text) // a row goes on, or a new one begins
//	rows := b.Take()
//
// A [Row] holds messages that have an identity. As they come from a client they have none
// yet: then they are an [Unidentified].
//
// Neither is written to once it is built, so any number of goroutines may read it, and
// parts of it share its memory.
package row

import (
	"unsafe"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// Head is all of a message but its text.
type Head struct {
	marks.Run
	Seq      uint64
	Time     int64  // Unix seconds, by the origin's clock
	Wrapping uint32 // that it came with
	// What its client calls it, if that may send it again: neither is in its line.
	Session, Number uint64
}

// at returns the head of the message n places behind the one of h, in a row.
func (h Head) at(n int) Head {
	h.Seq += uint64(n)
	if h.Session != 0 {
		h.Number += uint64(n)
	}
	return h
}

// Row is one or more messages that follow each other: the embedded Head is that of
// the first, and of each of the others but for Seq and Number, which count up.
type Row struct {
	Head
	texts
}

// Last returns the seq of the last message.
func (r *Row) Last() uint64 { return r.Seq + uint64(len(r.ends)) - 1 }

// At returns the head of message i.
func (r *Row) At(i int) Head { return r.at(i) }

// Record returns message i as the log holds it.
func (r *Row) Record(i int) record.Record {
	return record.Record{Origin: r.Origin, Boot: r.Boot, Seq: r.Seq + uint64(i), Time: r.Time, Text: r.Text(i)}
}

// Slice returns messages from up to but not to, as a row that shares the memory.
// There must be one.
func (r *Row) Slice(from, to int) Row {
	return Row{Head: r.At(from), texts: r.slice(from, to)}
}

// Size returns the bytes of memory that a row takes.
func (r *Row) Size() int {
	return int(unsafe.Sizeof(*r)) + int(unsafe.Sizeof(r.start))*len(r.ends) + r.textBytes()
}

// Count returns the number of messages in rows.
func Count[R any, P interface {
	*R
	Len() int
}](rows []R) (n int) {
	for i := range rows {
		n += P(&rows[i]).Len()
	}
	return n
}

// Skip returns rows without their first n messages.
func Skip(rows []Row, n int) []Row {
	for n > 0 && n >= rows[0].Len() {
		n -= rows[0].Len()
		rows = rows[1:]
	}
	if n == 0 {
		return rows
	}
	rest := append([]Row(nil), rows...)
	rest[0] = rows[0].Slice(n, rows[0].Len())
	return rest
}
