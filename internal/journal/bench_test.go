package journal_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// batch makes the lines of n messages of 90 bytes, and offers them.
func batch(b *testing.B, j *journal.Writer, out []byte, run marks.Run, from uint64, n int) []byte {
	var format record.Formatter
	text := []byte("a text of the usual length, with a number of words in it; some...\r\n")
	r := record.Record{Origin: run.Origin, Boot: run.Boot, Time: 1_800_000_000}
	for i := range uint64(n) {
		r.Seq = from + i
		r.Text = text
		before := len(out)
		if out = format.Append(out, &r); len(out)-before > 90 {
			cut := len(out) - before - 90
			out = append(out[:len(out)-cut-2], "\r\n"...)
		}
		if _, took := j.Offer(run, r.Seq, 1); took != 1 {
			b.Fatalf("%v %d is no news", run, r.Seq)
		}
	}
	return out
}

// BenchmarkAppend appends batches of 1000 lines of 90 bytes, and syncs nothing.
func BenchmarkAppend(b *testing.B) {
	cfg := journal.Config{FS: disk.OS{}, Dir: b.TempDir(), Now: time.Now, SegmentBytes: 64 << 20, RetainBytes: 256 << 20}
	j, _, err := journal.Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	next := uint64(1)
	b.SetBytes(90 * 1000)
	b.ReportAllocs()
	for b.Loop() {
		out = batch(b, j, out[:0], la, next, 1000)
		next += 1000
		if _, err := j.Append(out, next); err != nil {
			b.Fatal(err)
		}
		if next%1_000_000 == 1 {
			if _, err := j.Maintain(); err != nil {
				b.Fatal(err)
			}
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// fill makes a log of a gibibyte, in 16 segments, of five runs. The active one
// is full as well.
func fill(b *testing.B) journal.Config {
	cfg := journal.Config{FS: disk.OS{}, Dir: b.TempDir(), Now: time.Now, SegmentBytes: 64 << 20}
	j, _, err := journal.Open(cfg)
	if err != nil {
		b.Fatal(err)
	}
	next := make(map[marks.Run]uint64)
	var out []byte
	for bytes := 0; bytes < 1<<30; bytes += len(out) {
		out = out[:0]
		for _, origin := range []string{"MV", "PA", "G", "LA", "S"} {
			run := marks.Run{Origin: origin, Boot: 7}
			out = batch(b, j, out, run, next[run]+1, 200)
			next[run] += 200
		}
		if _, err := j.Append(out, 0); err != nil {
			b.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
	return cfg
}

// BenchmarkOpen starts with a gibibyte of log: with indexes, and without.
func BenchmarkOpen(b *testing.B) {
	if testing.Short() {
		b.Skip("it writes a gibibyte")
	}
	cfg := fill(b)
	for name, prepare := range map[string]func(){
		"indexed": func() {},
		"unknown": func() {
			found, _ := filepath.Glob(filepath.Join(cfg.Dir, ".access.log.*.index"))
			for _, path := range found {
				_ = os.Remove(path) // it is made again
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				prepare()
				b.StartTimer()
				j, recovery, err := journal.Open(cfg)
				b.StopTimer()
				if err != nil || len(recovery.Damaged) > 0 {
					b.Fatal(recovery, err)
				}
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/start")
		})
	}
}
