// Package row holds messages in rows.
//
// Messages mostly come in sequence: a client that pipelines numbers its own 1, 2, 3 ...,
// the host that takes them assigns consecutive seqs and the same second, and they go so to
// every other host and into every log. A [Row] is such messages in one piece: what they
// have in common is kept once, and their texts are consecutive in memory. Decisions (is it
// new, to whom is it sent, what does its client call it) are made once for a row. What is
// left for each message is to copy its bytes. A message that has nothing in common with its
// neighbours is a row of its own.
//
//	var b row.Builder
//	b.Add(&head, text) // continues a row, or begins one
//	rows := b.Take()
//
// A [Row] holds messages that have an identity. The messages of a client have none yet:
// they are an [Unidentified].
//
// Neither is changed once it is built. So any number of goroutines may read it, and parts
// of it share its memory.
package row

import (
	"unsafe"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// Head is a message without its text.
type Head struct {
	marks.Run
	Seq      uint64
	Time     int64  // Unix seconds, by the origin's clock
	Wrapping uint32 // of the frame that it came in
	// MinCopies is how many hosts must hold the message before its client is answered; 0 is
	// as 1. The log does not have it.
	MinCopies uint32
	// Session and Number are the client's name for the message, if the client may send it
	// again. The log does not have them.
	Session, Number uint64
}

// at returns the head of the message n places after that of h in a row.
func (h Head) at(n int) Head {
	h.Seq += uint64(n)
	if h.Session != 0 {
		h.Number += uint64(n)
	}
	return h
}

// Row is one or more messages that follow each other. Head is that of the first message.
// For each further message Seq counts up, and so does Number if there is a Session.
type Row struct {
	Head
	texts
}

// Last returns the seq of the last message.
func (r *Row) Last() uint64 { return r.Seq + uint64(len(r.ends)) - 1 }

// At returns the head of message i.
func (r *Row) At(i int) Head { return r.at(i) }

// Record returns message i as a record of the log.
func (r *Row) Record(i int) record.Record {
	return record.Record{Origin: r.Origin, Boot: r.Boot, Seq: r.Seq + uint64(i), Time: r.Time, Text: r.Text(i)}
}

// Slice returns the messages from up to but not including to, at least one, as a row that
// shares the memory.
func (r *Row) Slice(from, to int) Row {
	return Row{Head: r.At(from), texts: r.slice(from, to)}
}

// Size returns the memory that a row takes, in bytes.
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
