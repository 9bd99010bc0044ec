package row

// Builder builds rows from messages. The zero value is ready for use. It is not safe for
// concurrent use.
type Builder struct {
	gatherer[Row, *Row]
	last Head // of the last row; after Take, of the message that would follow
}

// Add copies a message to the end of the last row if it continues that, or begins a row.
func (b *Builder) Add(h *Head, text []byte) {
	if !b.fits(text) || !b.GoesOn(h) {
		b.begin(*h, len(text))
	}
	b.add(text)
}

// Follow adds the message that follows the one added last, even if Take came in between.
func (b *Builder) Follow(text []byte) {
	if len(b.rows) == 0 || !b.fits(text) {
		b.begin(b.next(), len(text))
	}
	b.add(text)
}

// GoesOn reports whether a message with this head would continue the last row, if there is
// room for its text.
func (b *Builder) GoesOn(h *Head) bool {
	n := uint64(b.len())
	return len(b.rows) > 0 && h.Seq == b.last.Seq+n && h.Seq > b.last.Seq && h.Time == b.last.Time && h.Wrapping == b.last.Wrapping &&
		h.MinCopies == b.last.MinCopies &&
		h.Session == b.last.Session && (h.Session == 0 || h.Number == b.last.Number+n && h.Number > b.last.Number) &&
		h.Run == b.last.Run
}

// next returns the head of the message that would continue the last row.
func (b *Builder) next() Head { return b.last.at(b.len()) }

// begin begins a row, with room for a first text of n bytes.
func (b *Builder) begin(h Head, n int) {
	b.last = h
	b.gatherer.begin(Row{Head: h}, n)
}

// Take returns the rows built, or nil, and begins anew.
func (b *Builder) Take() []Row {
	b.last = b.next()
	return b.take()
}

// ClientBuilder builds rows from the messages of a client. The zero value is ready for use.
// It is not safe for concurrent use.
type ClientBuilder struct {
	gatherer[Unidentified, *Unidentified]
}

// Add copies a message to the end of the last row if it continues that, or begins a row.
func (b *ClientBuilder) Add(id, session, number uint64, text []byte) {
	if !b.fits(text) || !b.GoesOn(id, session, number) {
		b.begin(Unidentified{ID: id, Session: session, Number: number}, len(text))
	}
	b.add(text)
}

// GoesOn reports whether a message would continue the last row, if there is room for its
// text.
func (b *ClientBuilder) GoesOn(id, session, number uint64) bool {
	n := len(b.rows)
	return n > 0 && b.rows[n-1].goesOn(uint64(b.len()), id, session, number)
}

// Take returns the rows built, or nil, and begins anew.
func (b *ClientBuilder) Take() []Unidentified { return b.take() }

// Compact returns rows, or a copy. The memory of rows also holds other messages, of in all.
// If rows have fewer than half of them they are copied, so that a few messages do not keep
// all that memory (I6).
func Compact(rows []Row, of int) []Row {
	if len(rows) == 0 || 2*Count(rows) >= of {
		return rows
	}
	size := 0
	for i := range rows {
		size += rows[i].textBytes()
	}
	var b Builder
	b.bytes = make([]byte, 0, size)
	for i := range rows {
		b.Add(&rows[i].Head, rows[i].Text(0))
		for m := 1; m < rows[i].Len(); m++ {
			b.Follow(rows[i].Text(m))
		}
	}
	return b.Take()
}
