package row

import "slices"

// gatherer is what the builders have in common: rows, and the memory for their texts.
type gatherer[R any, P interface {
	*R
	put(texts)
}] struct {
	chunk
	rows []R
	most struct{ rows, ends, bytes int } // of the last take; the next ones are often as many
}

// chunk is the memory that the texts of the last row go to.
type chunk struct {
	bytes []byte   // the texts of these rows and of earlier ones
	ends  []uint32 // the ends of the texts of these rows
	size  int      // of the texts of these rows, in bytes
	start uint32   // the start of the first text of the last row
	from  int      // the index in ends of that text
}

// The sizes of a chunk in bytes. A new chunk is twice as long as the texts since the last
// Take, within these limits: who sends much at a time needs few chunks, and who sends
// little costs little. The first chunk after a Take has room for as much as that took, up
// to maxFirst: who sends as little as before gets one row of it, and who sends less wastes
// little. A chunk stays in memory as long as any message in it.
const (
	minChunk = 256
	maxFirst = 2 << 10
	maxChunk = 128 << 10
)

// len returns the number of texts in the last row.
func (c *chunk) len() int { return len(c.ends) - c.from }

// fits reports whether the chunk has room for a text.
func (c *chunk) fits(text []byte) bool { return cap(c.bytes)-len(c.bytes) >= len(text) }

func (c *chunk) add(text []byte) {
	c.bytes = append(c.bytes, text...)
	c.ends = append(c.ends, uint32(len(c.bytes)))
	c.size += len(text)
}

// begin begins a row, with room for a first text of n bytes.
func (g *gatherer[R, P]) begin(r R, n int) {
	g.end()
	if g.rows == nil {
		g.rows = make([]R, 0, max(1, g.most.rows))
		g.ends = slices.Grow(g.ends, max(1, g.most.ends))
	}
	if cap(g.bytes)-len(g.bytes) < n {
		g.bytes = make([]byte, 0, max(n, min(max(2*g.size, min(g.most.bytes, maxFirst), minChunk), maxChunk)))
	}
	g.rows = append(g.rows, r)
	g.start, g.from = uint32(len(g.bytes)), len(g.ends)
}

// end gives the last row its texts. If ends is reallocated later, the row keeps the old
// array.
func (g *gatherer[R, P]) end() {
	if n := len(g.rows); n > 0 {
		P(&g.rows[n-1]).put(texts{
			bytes: g.bytes[:len(g.bytes):len(g.bytes)], start: g.start, ends: g.ends[g.from:len(g.ends):len(g.ends)],
		})
	}
}

// Rows returns the number of rows.
func (g *gatherer[R, P]) Rows() int { return len(g.rows) }

// take returns the rows built, or nil, and begins anew.
func (g *gatherer[R, P]) take() []R {
	g.end()
	rows := g.rows
	g.most.rows, g.most.ends, g.most.bytes = len(rows), len(g.ends), g.size
	g.from, g.size = 0, 0
	g.rows, g.bytes, g.ends = nil, g.bytes[len(g.bytes):], g.ends[len(g.ends):]
	return rows
}
