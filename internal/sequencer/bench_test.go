package sequencer_test

import (
	"math"
	"slices"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// perBatch is how many messages a batch of the benchmarks has, in one row.
const perBatch = 1000

const text = "0123456789012345678901234567890123456789"

// inOne returns rows that follow each other as one.
func inOne(rows []row.Row) row.Row { return row.Compact(rows, math.MaxInt)[0] }

// BenchmarkFromClient is batches from a client that pipelines.
func BenchmarkFromClient(b *testing.B) {
	h, rows := newHost(), make([]row.Unidentified, 1)
	all := named(1, 1, 8*perBatch, text)
	i := slices.IndexFunc(all, func(u row.Unidentified) bool { return u.Len() >= perBatch })
	template := all[i].Slice(0, perBatch)
	b.ReportAllocs()
	for b.Loop() {
		rows[0] = template
		if d := h.FromClient("c", rows, h.now, 0); len(d.Rows) != 1 {
			b.Fatal(d)
		}
		template.Number += perBatch
	}
}

// BenchmarkFromPeer is batches from a peer, with messages that are the next.
func BenchmarkFromPeer(b *testing.B) {
	h, rows := newHost(), make([]row.Row, 1)
	run := marks.Run{Origin: "MV", Boot: 1}
	template := inOne(of(run, 1, perBatch, text))
	b.ReportAllocs()
	for b.Loop() {
		rows[0] = template
		if d, err := h.FromPeer(mv, 1, rows[:1], h.now); len(d.Rows) != 1 || err != nil {
			b.Fatal(d, err)
		}
		template.Seq += perBatch
	}
}

// BenchmarkDuplicates is batches from a peer that are here already: their texts are
// compared.
func BenchmarkDuplicates(b *testing.B) {
	h, rows := newHost(), make([]row.Row, 1)
	run := marks.Run{Origin: "MV", Boot: 1}
	template := inOne(of(run, 1, perBatch, text))
	rows[0] = template
	if _, err := h.FromPeer(mv, 1, rows, h.now); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rows[0] = template
		if d, err := h.FromPeer(mv, 1, rows[:1], h.now); d.Duplicates != perBatch || err != nil {
			b.Fatal(d, err)
		}
	}
}
