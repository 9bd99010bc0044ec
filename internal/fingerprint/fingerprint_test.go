package fingerprint

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

var (
	la = marks.Run{Origin: "LA", Boot: 1}
	s  = marks.Run{Origin: "S", Boot: 1}
)

// rowOf returns messages of a run from seq on.
func rowOf(run marks.Run, seq uint64, texts ...string) row.Row {
	var b row.Builder
	for i, text := range texts {
		b.Add(&row.Head{Run: run, Seq: seq + uint64(i)}, []byte(text))
	}
	rows := b.Take()
	if len(rows) != 1 {
		panic(fmt.Sprintf("%d rows", len(rows)))
	}
	return rows[0]
}

func TestDiffers(t *testing.T) {
	table := New(10 * blockSize)
	r := rowOf(la, 5, "a", "b", "c")
	table.Note(&r)
	for _, tt := range []struct {
		run  marks.Run
		seq  uint64
		text string
		want bool
	}{
		{la, 5, "a", false},
		{la, 7, "c", false},
		{la, 5, "b", true},
		{la, 7, "", true},
		{la, 4, "a", false}, // not known
		{la, 8, "a", false},
		{s, 5, "b", false},
	} {
		if got := table.Differs(tt.run, tt.seq, []byte(tt.text)); got != tt.want {
			t.Errorf("%s.%d as %q differs: %v, want %v", tt.run.Name(), tt.seq, tt.text, got, tt.want)
		}
	}
}

// A long flood takes no more than the limit, and its newest messages are known.
func TestTheOldestAreForgotten(t *testing.T) {
	const limit = 4
	table := New(limit * blockSize)
	quiet := rowOf(s, 1, "x")
	table.Note(&quiet)
	for seq := uint64(1); seq <= 10*blockSize; seq++ {
		r := rowOf(la, seq, fmt.Sprint(seq))
		table.Note(&r)
	}
	for seq, want := range map[uint64]bool{1: false, 6 * blockSize: false, 6*blockSize + 1: true, 10 * blockSize: true} {
		if got := table.Differs(la, seq, []byte("another")); got != want {
			t.Errorf("%d is known: %v, want %v", seq, got, want)
		}
	}
	if table.Differs(s, 1, []byte("y")) || len(table.runs) != 1 || len(table.blocks) != limit {
		t.Errorf("%d runs, %d blocks", len(table.runs), len(table.blocks))
	}
}

// A table that may hold all says what a map would, also when runs fall back and go on
// with other texts.
func TestTableIsAMap(t *testing.T) {
	type id struct {
		run marks.Run
		seq uint64
	}
	rapid.Check(t, func(r *rapid.T) {
		table, model := New(1000*blockSize), map[id]string{}
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 5)
		runs, seqs := rapid.SampledFrom([]marks.Run{la, s}), rapid.Uint64Range(1, 30)
		r.Repeat(map[string]func(*rapid.T){
			"note": func(r *rapid.T) {
				run, seq, said := runs.Draw(r, "run"), seqs.Draw(r, "seq"), texts.Draw(r, "texts")
				came := rowOf(run, seq, said...)
				table.Note(&came)
				for m := range model {
					if m.run == run && m.seq >= seq {
						delete(model, m)
					}
				}
				for i, text := range said {
					model[id{run, seq + uint64(i)}] = text
				}
			},
			"": func(r *rapid.T) {
				for _, run := range []marks.Run{la, s} {
					for seq := range uint64(40) {
						for _, text := range []string{"a", "b", "c"} {
							want, known := model[id{run, seq}]
							if got := table.Differs(run, seq, []byte(text)); got != (known && want != text) {
								r.Fatalf("%s.%d as %s differs: %v; it is %q, %v", run.Name(), seq, text, got, want, known)
							}
						}
					}
				}
			},
		})
	})
}

// One message at a time, as a quiet host takes them, and rows of a flood.
func BenchmarkNote(b *testing.B) {
	text := "a text of some fifty bytes, as people write them.\r\n"
	for name, n := range map[string]int{"single": 1, "row": 4} {
		b.Run(name, func(b *testing.B) {
			table, texts := New(1<<20), make([]string, n)
			for i := range texts {
				texts[i] = text
			}
			r := rowOf(la, 1, texts...)
			b.ReportAllocs()
			for b.Loop() {
				table.Note(&r)
				r.Seq += uint64(n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/message")
		})
	}
}
