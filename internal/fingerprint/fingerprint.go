// Package fingerprint remembers what the newest messages said, by a short hash of
// each text. So a host can tell that two texts claim one identity: a client that uses
// a session and number twice, a host that was rolled back, or a peer that lies.
//
// It is a help and no proof. A [Table] holds a limited number of fingerprints and
// forgets the oldest; of what it has forgotten it says nothing. Two texts have the
// same fingerprint once in 4 thousand million times, and as the hash has a random seed
// nobody can choose them.
//
// A Table is not safe for concurrent use.
package fingerprint

import (
	"hash/maphash"
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// blockSize is how many fingerprints are forgotten at a time.
const blockSize = 1024

// Table maps messages to fingerprints of their texts. Make one with New.
type Table struct {
	seed   maphash.Seed
	limit  int // blocks
	runs   map[marks.Run]*history
	last   *history // that was looked up last
	blocks []*block // oldest first
}

// history is the blocks of one run, by seq; none lies over another.
type history struct {
	run    marks.Run
	blocks []*block
}

// block holds the fingerprints of consecutive messages.
type block struct {
	owner  *history
	first  uint64 // seq
	prints []uint32
}

func (b *block) end() uint64 { return b.first + uint64(len(b.prints)) }

// New returns a Table for about count messages.
func New(count int) *Table {
	return &Table{seed: maphash.MakeSeed(), limit: max(1, count/blockSize), runs: make(map[marks.Run]*history)}
}

// Note remembers the texts of a row. What was known of its messages, and of those of
// its run behind them, is forgotten.
func (t *Table) Note(r *row.Row) {
	t.forgetFrom(r.Run, r.Seq)
	var b *block
	for i := range r.Len() {
		if b == nil || len(b.prints) == blockSize {
			b = t.block(r.Run, r.Seq+uint64(i))
		}
		b.prints = append(b.prints, t.print(r.Text(i)))
	}
}

// Differs tells whether the text that message seq of run is known to have is another.
func (t *Table) Differs(run marks.Run, seq uint64, text []byte) bool {
	h := t.history(run)
	if h == nil {
		return false
	}
	i := sort.Search(len(h.blocks), func(i int) bool { return h.blocks[i].end() > seq })
	if i == len(h.blocks) || seq < h.blocks[i].first {
		return false
	}
	b := h.blocks[i]
	return b.prints[seq-b.first] != t.print(text)
}

func (t *Table) print(text []byte) uint32 { return uint32(maphash.Bytes(t.seed, text)) }

func (t *Table) history(run marks.Run) *history {
	if t.last != nil && t.last.run == run {
		return t.last
	}
	h := t.runs[run]
	if h != nil {
		t.last = h
	}
	return h
}

// block returns the block that message seq of run goes into: the last of its run, if
// it ends there and has room.
func (t *Table) block(run marks.Run, seq uint64) *block {
	h := t.history(run)
	if h == nil {
		h = &history{run: run}
		t.runs[run], t.last = h, h
	}
	if n := len(h.blocks); n > 0 && h.blocks[n-1].end() == seq && len(h.blocks[n-1].prints) < blockSize {
		return h.blocks[n-1]
	}
	if len(t.blocks) >= t.limit {
		t.forgetOldest()
	}
	b := &block{owner: h, first: seq}
	h.blocks, t.blocks = append(h.blocks, b), append(t.blocks, b)
	return b
}

// forgetOldest forgets the oldest block, and with the last one its run. The oldest of
// all is the first of its run.
func (t *Table) forgetOldest() {
	b := t.blocks[0]
	t.blocks[0] = nil
	t.blocks = t.blocks[1:]
	if h := b.owner; len(h.blocks) > 0 && h.blocks[0] == b {
		h.blocks[0] = nil
		h.blocks = h.blocks[1:]
		t.dropIfEmpty(h)
	}
}

// forgetFrom forgets the messages of run from seq on. Blocks that become empty are
// left in the list of all until they are the oldest.
func (t *Table) forgetFrom(run marks.Run, seq uint64) {
	h := t.history(run)
	for h != nil && len(h.blocks) > 0 {
		last := h.blocks[len(h.blocks)-1]
		if last.end() <= seq {
			return
		}
		if last.first < seq {
			last.prints = last.prints[:seq-last.first]
			return
		}
		last.prints = nil
		h.blocks = h.blocks[:len(h.blocks)-1]
	}
}

func (t *Table) dropIfEmpty(h *history) {
	if len(h.blocks) > 0 {
		return
	}
	delete(t.runs, h.run)
	if t.last == h {
		t.last = nil
	}
}
