// Package fingerprint keeps a short hash of the text of each of the newest
// messages. With it a host can tell that two texts claim one identity: a client
// uses a session and number twice, a host was rolled back, or a peer is malicious.
//
// It is a help and no proof. A [Table] holds a limited number of fingerprints and
// drops the oldest; messages that it has dropped differ from nothing. Two texts
// have the same fingerprint once in 4 thousand million times. The hash has a
// random seed, so that nobody can choose such texts.
//
// A Table is not safe for concurrent use. It is pure.
package fingerprint

import (
	"hash/maphash"
	"sort"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// blockSize is how many fingerprints are dropped at a time.
const blockSize = 1024

// Table has fingerprints by message. New makes one.
type Table struct {
	seed   maphash.Seed
	limit  int // blocks
	runs   map[marks.Run]*history
	last   *history // the last one looked up
	blocks []*block // oldest first
}

// history is the blocks of one run, by seq; they do not overlap.
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

// New returns a Table of about count messages.
func New(count int) *Table {
	return &Table{seed: maphash.MakeSeed(), limit: max(1, count/blockSize), runs: make(map[marks.Run]*history)}
}

// Note adds the texts of a row. Fingerprints that the table has of the same messages,
// and of those of the run behind them, are dropped.
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

// Differs tells whether the table has a fingerprint of message seq of run, and text
// has another one.
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

// block returns the block to add message seq of run to: the last of the run, if it
// ends there and has room, or a new one.
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

// forgetOldest drops the oldest block, and the run if it was its last. The oldest
// block of all is also the oldest of its run.
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

// forgetFrom drops the messages of run from seq on. Blocks that become empty stay in
// t.blocks until they are the oldest.
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
