package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// manyRuns makes a log of so many runs of one line each.
func manyRuns(t testing.TB, runs int) journal.Config {
	t.Helper()
	cfg := journal.Config{FS: disk.OS{}, Dir: t.TempDir(), Now: time.Now, SegmentBytes: 3 << 19}
	j, _, err := journal.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var format record.Formatter
	var out []byte
	for i := range runs {
		r := record.Record{Origin: "PA", Boot: uint64(i + 1), Seq: 1, Time: 1_800_000_000, Text: []byte("x\r\n")}
		if _, took := j.Offer(marks.Run{Origin: r.Origin, Boot: r.Boot}, 1, 1); took != 1 {
			t.Fatal("not taken")
		}
		if out = format.Append(out, &r); len(out) < 256<<10 && i < runs-1 {
			continue
		}
		if _, err := j.Append(out, uint64(i)); err != nil {
			t.Fatal(err)
		}
		out = out[:0]
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// All runs are found again, whatever of the segments' files helps to find them. What that
// costs is for BenchmarkOpenWithManyRuns.
func TestAStartWithAHundredThousandRuns(t *testing.T) {
	const runs = 100_000
	cfg := manyRuns(t, runs)
	indexes, err := filepath.Glob(filepath.Join(cfg.Dir, ".access.log.*.index"))
	if err != nil || len(indexes) < 2 {
		t.Fatalf("%d sealed segments, %v", len(indexes), err)
	}
	for _, tt := range []struct {
		name string
		with func()
	}{
		{"with indexes", func() {}},
		{"without", func() {
			for _, path := range indexes {
				os.Remove(path)
			}
		}},
		{"with other names", func() {
			last := len(indexes)
			for n := 1; n <= last/2; n++ {
				a, b := fmt.Sprint("access.log.", n), fmt.Sprint("access.log.", last+1-n)
				os.Rename(filepath.Join(cfg.Dir, a), filepath.Join(cfg.Dir, "x"))
				os.Rename(filepath.Join(cfg.Dir, b), filepath.Join(cfg.Dir, a))
				os.Rename(filepath.Join(cfg.Dir, "x"), filepath.Join(cfg.Dir, b))
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.with()
			j, recovery, err := journal.Open(cfg)
			if err != nil {
				t.Fatal(err)
			}
			if got := recovery.Marks.Len(); got != runs || recovery.Records != runs {
				t.Errorf("%d runs, %d records, want %d", got, recovery.Records, runs)
			}
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func BenchmarkOpenWithManyRuns(b *testing.B) {
	for _, runs := range []int{5, 1_000, 100_000} {
		b.Run(fmt.Sprint(runs), func(b *testing.B) {
			cfg := manyRuns(b, runs)
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				j, _, err := journal.Open(cfg)
				if err != nil {
					b.Fatal(err)
				}
				if err := j.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
