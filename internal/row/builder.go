package row

import "slices"

// Builder gathers messages into rows. The zero value is ready. It is not for two
// goroutines at once.
type Builder struct {
	rows  []Row
	last  Head                     // of the last row; after Take, of the message that would follow
	from  int                      // index in ends of the last row's first message
	bytes []byte                   // a chunk, with texts of these rows and of earlier ones
	ends  []uint32                 // of the texts of these rows
	size  int                      // of these texts, in bytes
	most  struct{ rows, ends int } // that were taken last: the next are often as many
}

// Texts lie in chunks. One is twice as long as the texts that came before it since the
// last Take, between these sizes in bytes: who sends much at a time needs few, and who
// sends little must cost little, however long it goes on. A chunk stays for as long as
// any message in it.
const (
	minChunk = 256
	maxChunk = 128 << 10
)

// Add copies a message to the end of the last row if it goes on it, or begins
// another.
func (b *Builder) Add(h *Head, text []byte) {
	if len(b.rows) == 0 || !b.fits(text) || !b.goesOn(h) {
		b.begin(*h, len(text))
	}
	b.add(text)
}

// Follow is Add for the message that follows the one that was added last, whether
// that was taken meanwhile or not.
func (b *Builder) Follow(text []byte) {
	if len(b.rows) == 0 || !b.fits(text) {
		b.begin(b.next(), len(text))
	}
	b.add(text)
}

// fits tells whether there is room for a text in the chunk.
func (b *Builder) fits(text []byte) bool { return cap(b.bytes)-len(b.bytes) >= len(text) }

func (b *Builder) add(text []byte) {
	b.bytes = append(b.bytes, text...)
	b.ends = append(b.ends, uint32(len(b.bytes)))
	b.size += len(text)
}

// goesOn tells whether a message with this head would go on the last row.
func (b *Builder) goesOn(h *Head) bool {
	n := uint64(len(b.ends) - b.from)
	return h.Seq == b.last.Seq+n && h.Seq > b.last.Seq && h.Time == b.last.Time && h.Wrapping == b.last.Wrapping &&
		h.Session == b.last.Session && (h.Session == 0 || h.Number == b.last.Number+n && h.Number > b.last.Number) &&
		h.Run == b.last.Run
}

// next returns the head of the message that would go on the last row.
func (b *Builder) next() Head { return b.last.at(len(b.ends) - b.from) }

// begin begins a row, with room for a first text of n bytes.
func (b *Builder) begin(h Head, n int) {
	b.end()
	if b.rows == nil {
		b.rows = make([]Row, 0, max(1, b.most.rows))
		b.ends = slices.Grow(b.ends, max(1, b.most.ends))
	}
	if cap(b.bytes)-len(b.bytes) < n {
		b.bytes = make([]byte, 0, max(n, min(max(2*b.size, minChunk), maxChunk)))
	}
	b.last, b.from = h, len(b.ends)
	b.rows = append(b.rows, Row{Head: h, start: uint32(len(b.bytes))})
}

// end gives the last row its texts. If the ends move as others come, the row keeps
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
	b.last, b.from, b.size = b.next(), 0, 0
	b.most.rows, b.most.ends = len(rows), len(b.ends)
	b.rows, b.bytes, b.ends = nil, b.bytes[len(b.bytes):], b.ends[len(b.ends):]
	return rows
}

// Compact returns rows. There are so many messages in the memory that they share with
// others; if theirs are fewer than half, they are copied, so that few do not keep all
// in memory (I6).
func Compact(rows []Row, of int) []Row {
	if len(rows) == 0 || 2*Count(rows) >= of {
		return rows
	}
	size := 0
	for i := range rows {
		size += rows[i].textBytes()
	}
	b := Builder{bytes: make([]byte, 0, size)}
	for i := range rows {
		b.Add(&rows[i].Head, rows[i].Text(0))
		for m := 1; m < rows[i].Len(); m++ {
			b.Follow(rows[i].Text(m))
		}
	}
	return b.Take()
}
