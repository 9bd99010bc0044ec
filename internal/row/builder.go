package row

import "slices"

// Builder gathers messages into rows. The zero value is ready. It is not for two
// goroutines at once.
type Builder struct {
	rows  []Row
	from  int                      // index in ends of the last row's first message
	bytes []byte                   // the texts
	ends  []uint32                 // of the texts
	most  struct{ rows, ends int } // that were taken last: the next are often as many
}

// Reserve makes room for texts of n bytes in all, unless it is there.
func (b *Builder) Reserve(n int) {
	if cap(b.bytes)-len(b.bytes) < n {
		b.bytes = append(make([]byte, 0, len(b.bytes)+n), b.bytes...)
	}
}

// Len returns the number of messages that have gathered.
func (b *Builder) Len() int { return len(b.ends) }

// GoesOn tells whether a message with this head would go on the last row.
func (b *Builder) GoesOn(h *Head) bool {
	if len(b.rows) == 0 {
		return false
	}
	r, n := &b.rows[len(b.rows)-1].Head, uint64(len(b.ends)-b.from)
	return h.Seq == r.Seq+n && h.Seq > r.Seq && h.Time == r.Time && h.Wrapping == r.Wrapping &&
		h.Session == r.Session && (h.Session == 0 || h.Number == r.Number+n && h.Number > r.Number) && h.Run == r.Run
}

// Add copies a message to the end of the last row if it goes on it, or begins
// another.
func (b *Builder) Add(h *Head, text []byte) {
	if !b.GoesOn(h) {
		b.begin(h)
	}
	b.bytes = append(b.bytes, text...)
	b.ends = append(b.ends, uint32(len(b.bytes)))
}

// begin begins a row.
func (b *Builder) begin(h *Head) {
	b.end()
	if b.rows == nil {
		b.rows = make([]Row, 0, max(1, b.most.rows))
		b.ends = slices.Grow(b.ends, max(1, b.most.ends))
	}
	b.from = len(b.ends)
	b.rows = append(b.rows, Row{Head: *h, start: uint32(len(b.bytes))})
}

// end gives the last row its texts. If these move as others come, the row keeps
// those that it has.
func (b *Builder) end() {
	if len(b.rows) > 0 {
		r := &b.rows[len(b.rows)-1]
		r.bytes, r.ends = b.bytes[:len(b.bytes):len(b.bytes)], b.ends[b.from:len(b.ends):len(b.ends)]
	}
}

// Take returns the rows that have gathered, or nil, and begins anew.
func (b *Builder) Take() []Row {
	b.end()
	rows := b.rows
	b.most.rows, b.most.ends = len(rows), len(b.ends)
	b.rows, b.bytes, b.ends = nil, b.bytes[len(b.bytes):], b.ends[len(b.ends):]
	return rows
}

// Compact returns rows, copied into memory of their own if they are less than half
// of the messages that share theirs, of which there are so many: whoever keeps few
// is not to keep all (I6).
func Compact(rows []Row, of int) []Row {
	if len(rows) == 0 || 2*Count(rows) >= of {
		return rows
	}
	var b Builder
	bytes := 0
	for i := range rows {
		bytes += rows[i].textBytes()
	}
	b.Reserve(bytes)
	for i := range rows {
		for m := range rows[i].Len() {
			h := rows[i].At(m)
			b.Add(&h, rows[i].Text(m))
		}
	}
	return b.Take()
}
