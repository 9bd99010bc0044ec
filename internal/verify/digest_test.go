package verify_test

import (
	"crypto/sha256"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
)

func message(r marks.Mark, text string) *record.Record {
	return &record.Record{Origin: r.Origin, Boot: r.Boot, Seq: r.First, Time: 1_795_343_160, Text: []byte(text + "\r\n")}
}

// log returns the messages of some ranges, in that order.
func log(t *testing.T, text string) (all []*record.Record) {
	for _, r := range ranges(t, text) {
		for seq := r.First; seq <= r.Seq; seq++ {
			one := marks.Mark{Run: r.Run, First: seq}
			all = append(all, message(one, fmt.Sprint("text ", seq)))
		}
	}
	return all
}

func digests(question []marks.Mark, log []*record.Record) []verify.Digest {
	d := verify.NewDigester(question)
	for _, rec := range log {
		d.Add(rec)
	}
	return d.Digests()
}

// The definition: the first 16 bytes of the SHA-256 of the lines, CR LF
// included, as docs/protocol.md has it.
func TestDigestIsAsDefined(t *testing.T) {
	lines := "2026-11-22T10:26:00Z LA.1k9x3z.2 text 2\r\n2026-11-22T10:26:00Z LA.1k9x3z.3 text 3\r\n"
	sum := sha256.Sum256([]byte(lines))
	got := digests(ranges(t, "LA.1k9x3z.2-3"), log(t, "LA.1k9x3z.1-4"))
	if want := verify.Digest(sum[:16]); got[0] != want {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestDigests(t *testing.T) {
	all := func(n int) string { return strings.Repeat("=", n) }
	tests := []struct {
		name, question, log string
		want                string // "=" as of the log in order, "-" none
	}{
		{"in order", "A.1.1-9 B.1.1-3", "A.1.1-9 B.1.1-3", all(2)},
		{"interleaved", "A.1.1-9 B.1.1-3", "B.1.1 A.1.1-4 B.1.2-3 C.1.1 A.1.5-9", all(2)},
		{"parts", "A.1.6-9 A.1.1-3 A.1.4-5", "A.1.1-9", all(3)},
		{"parts with a gap between them", "A.1.8-9 A.1.2-3", "A.1.1-12", all(2)},
		{"the log begins later", "A.1.5-9", "A.1.5-9", all(1)},
		{"one line", "A.1.5", "A.1.5", all(1)},
		{"the end is missing", "A.1.1-9 A.1.10-11", "A.1.1-10", "=-"},
		{"the beginning is missing", "A.1.1-4 A.1.5-9", "A.1.3-9", "-="},
		{"a hole", "A.1.1-4 A.1.5-6 A.1.7-9", "A.1.1-4 A.1.6-9", "=-="},
		{"a whole part is missing", "A.1.1-4 A.1.5-6 A.1.7-9", "A.1.1-4 A.1.7-9", "=-="},
		{"a run is missing", "A.1.1-4 A.2.1-4", "A.1.1-4 B.2.1-4", "=-"},
		{"twice", "A.1.1-4 A.1.5-9", "A.1.1-7 A.1.6-9", "=-"},
		{"twice, in a part that was complete", "A.1.1-4 A.1.5-9", "A.1.1-7 A.1.2 A.1.8-9", "-="},
		{"out of order", "A.1.1-9", "A.1.1-4 A.1.6 A.1.5 A.1.7-9", "-"},
		{"no range", "A.1.5-4 A.1.5-6", "A.1.1-9", "-="},
		{"nothing", "A.1.1-9", "", "-"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			question := ranges(t, tt.question)
			for i, got := range digests(question, log(t, tt.log)) {
				want := verify.Digest("")
				if tt.want[i] == '=' {
					want = digests(question[i:i+1], log(t, verify.Text(question[i])))[0]
				}
				if got != want {
					t.Errorf("%s: %x, want %x", verify.Text(question[i]), got, want)
				}
			}
		})
	}
}

func TestDigestOfAnotherText(t *testing.T) {
	question := ranges(t, "A.1.1-9")
	one, other := log(t, "A.1.1-9"), log(t, "A.1.1-9")
	other[4].Text = []byte("text 6\r\n")
	if a, b := digests(question, one), digests(question, other); a[0] == b[0] {
		t.Error("texts differ and digests do not")
	}
	other = log(t, "A.1.1-9")
	other[4].Time++
	if a, b := digests(question, one), digests(question, other); a[0] == b[0] {
		t.Error("times differ and digests do not")
	}
}

func TestDigestAtTheEndOfNumbers(t *testing.T) {
	question := []marks.Mark{{Run: marks.Run{Origin: "A", Boot: 1}, First: math.MaxUint64 - 1, Seq: math.MaxUint64}}
	d := verify.NewDigester(question)
	for _, seq := range []uint64{math.MaxUint64 - 1, math.MaxUint64} {
		if d.Done() {
			t.Errorf("done before %d", seq)
		}
		d.Add(message(marks.Mark{Run: question[0].Run, First: seq}, "x"))
	}
	if !d.Done() || len(d.Digests()[0]) != verify.DigestSize {
		t.Errorf("done %v, digest %x", d.Done(), d.Digests())
	}
}

// Done comes with the last line that is asked for, or with the proof that one
// cannot come any more.
func TestDone(t *testing.T) {
	d := verify.NewDigester(ranges(t, "A.1.2-3 B.1.1-5"))
	for i, rec := range log(t, "A.1.1-5 B.1.1 B.1.3") {
		if d.Done() {
			t.Errorf("done after %d lines", i)
		}
		d.Add(rec)
	}
	if !d.Done() {
		t.Error("not done")
	}
	for _, question := range []string{"", "A.1.5-4"} {
		if !verify.NewDigester(ranges(t, question)).Done() {
			t.Errorf("%q: nothing is asked for, and it is not done", question)
		}
	}
	d = verify.NewDigester(ranges(t, "A.1.2-3 B.1.1-5"))
	for _, rec := range log(t, "A.1.2-3 A.1.3") {
		d.Add(rec)
	}
	if d.Done() {
		t.Error("done with one range because of the lines of another")
	}
}

// However runs are interleaved, the digests are the same.
func TestDigestsDoNotDependOnTheOrderOfRuns(t *testing.T) {
	question := ranges(t, "A.1.1-50 A.1.51-100 A.2.1-40 B.1.1-70 C.9.5-30")
	want := digests(question, log(t, "A.1.1-100 A.2.1-40 B.1.1-70 C.9.1-30"))
	chance := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		runs := [][]*record.Record{log(t, "A.1.1-100"), log(t, "A.2.1-40"), log(t, "B.1.1-70"), log(t, "C.9.1-30")}
		d := verify.NewDigester(question)
		for left := 240; left > 0; {
			i := chance.IntN(len(runs))
			if len(runs[i]) > 0 {
				d.Add(runs[i][0])
				runs[i] = runs[i][1:]
				left--
			}
		}
		if got := d.Digests(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%x, want %x", got, want)
		}
	}
}

func BenchmarkDigester(b *testing.B) {
	run := marks.Run{Origin: "LA", Boot: 94521311}
	d := verify.NewDigester([]marks.Mark{{Run: run, First: 1, Seq: math.MaxUint64}})
	rec := message(marks.Mark{Run: run}, "a line of about the usual length, somewhat longer")
	b.SetBytes(80)
	for b.Loop() {
		rec.Seq++
		d.Add(rec)
	}
}
