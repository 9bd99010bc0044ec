package journal_test

import (
	"errors"
	"io"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// BenchmarkReader reads a segment whose messages are of three runs in turn.
func BenchmarkReader(b *testing.B) {
	k := newHarness(b)
	k.cfg.SegmentBytes = 1 << 30
	k.begin()
	const n = 100_000
	runs := []marks.Run{la, {Origin: "PA", Boot: 9}, {Origin: "G", Boot: 3}}
	for i := range n / 100 {
		if err := k.log(runs[i%3], 100); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		r, got := k.Reader(new(marks.Vector)), 0
		for {
			rows, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			got += row.Count(rows)
		}
		if got != n {
			b.Fatal(got)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
}
