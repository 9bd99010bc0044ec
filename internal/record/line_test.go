package record

import (
	"bytes"
	"fmt"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFormatter(t *testing.T) {
	text := []byte("<text>\r\n")
	tests := []struct {
		r    Record
		want string
	}{
		{Record{"LA", 94521311, 42, 1795343160, text}, "2026-11-22T10:26:00Z LA.1k9x3z.42 <text>\r\n"},
		{Record{"LA", 94521311, 43, 1795343160, text}, "2026-11-22T10:26:00Z LA.1k9x3z.43 <text>\r\n"},
		{Record{"LA", 94521311, 44, 1795343161, text}, "2026-11-22T10:26:01Z LA.1k9x3z.44 <text>\r\n"},
		{Record{"LA", 94521312, 1, 1795343161, text}, "2026-11-22T10:26:01Z LA.1k9x40.1 <text>\r\n"},
		{Record{"S", 94521312, 1, 1795343161, text}, "2026-11-22T10:26:01Z S.1k9x40.1 <text>\r\n"},
		{Record{"S", MaxBoot, MaxSeq, 0, []byte("\r\n")}, "1970-01-01T00:00:00Z S.e13wu1of.281474976710655 \r\n"},
		{Record{"S", 1, 1, 951827696, text}, "2000-02-29T12:34:56Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, -1, text}, "1969-12-31T23:59:59Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, minTime, text}, "0000-01-01T00:00:00Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, minTime - 1, text}, "0000-01-01T00:00:00Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, math.MinInt64, text}, "0000-01-01T00:00:00Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, maxTime, text}, "9999-12-31T23:59:59Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, maxTime + 1, text}, "9999-12-31T23:59:59Z S.1.1 <text>\r\n"},
		{Record{"S", 1, 1, math.MaxInt64, text}, "9999-12-31T23:59:59Z S.1.1 <text>\r\n"},
	}
	var one Formatter // remembers across lines, which must never show
	for _, tt := range tests {
		for _, f := range []*Formatter{&one, new(Formatter)} {
			if got := string(f.Append([]byte("dst "), &tt.r)); got != "dst "+tt.want {
				t.Errorf("Append(%v) = %q, want %q", tt.r, got, tt.want)
			}
		}
	}
}

// A zero Formatter has seen nothing: not even the zero record's beginning.
func TestFormatterFirstLine(t *testing.T) {
	r := Record{Text: []byte("\r\n")}
	if got := string(new(Formatter).Append(nil, &r)); got != "1970-01-01T00:00:00Z .0.0 \r\n" {
		t.Errorf("%q", got)
	}
}

// However a line comes about, it is the same: by itself, behind another, or as the
// one that follows.
func TestFormatterFollow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f Formatter
		var got, want []byte
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			r := Record{
				Origin: rapid.SampledFrom([]string{"LA", "S"}).Draw(t, "origin"), Boot: rapid.Uint64Range(1, 2).Draw(t, "boot"),
				Seq:  rapid.SampledFrom([]uint64{1, 8, 98, 999_998, 1 << 47, MaxSeq - 1}).Draw(t, "seq"),
				Time: rapid.Int64Range(0, 1).Draw(t, "time"), Text: []byte("text\r\n"),
			}
			got = f.Append(got, &r)
			want = new(Formatter).Append(want, &r)
			for range rapid.IntRange(0, 4).Draw(t, "followers") {
				r.Seq++
				got = f.AppendNext(got, r.Text)
				want = new(Formatter).Append(want, &r)
			}
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}

var badLines = []string{
	"", "\r\n", " ", "x\r\n",
	"2026-11-22T10:26:00Z\r\n",
	"2026-11-22T10:26:00Z \r\n",
	"2026-11-22T10:26:00Z LA\r\n",
	"2026-11-22T10:26:00Z LA.1\r\n",
	"2026-11-22T10:26:00Z LA.1.1\r\n",
	"2026-11-22T10:26:00Z LA.1 x\r\n",
	"2026-11-22T10:26:00Z LA.1.1 x",
	"2026-11-22T10:26:00Z LA.1.1 x\n",
	"2026-11-22T10:26:00Z LA.1.1 x\r",
	"2026-11-22T10:26:00Z LA.1.1 x\r\ny\r\n",
	"2026-11-22T10:26:00Z LA.1.1 x\ty\r\n",
	"2026-11-22T10:26:00Z LA.1.1 \xFF\r\n",
	" 2026-11-22T10:26:00Z LA.1.1 x\r\n",
	"2026-11-22T10:26:00Z  LA.1.1 x\r\n",
	"2026-11-22T10:26:00Z\tLA.1.1 x\r\n",
	"2026-11-22T10:26:00Z .1.1 x\r\n",
	"2026-11-22T10:26:00Z LA..1 x\r\n",
	"2026-11-22T10:26:00Z LA.1. x\r\n",
	"2026-11-22T10:26:00Z L_A.1.1 x\r\n",
	"2026-11-22T10:26:00Z abcdefgh-12345678.1.1 x\r\n",
	"2026-11-22T10:26:00Z LA.0.1 x\r\n",
	"2026-11-22T10:26:00Z LA.01.1 x\r\n",
	"2026-11-22T10:26:00Z LA.1A.1 x\r\n",
	"2026-11-22T10:26:00Z LA.+1.1 x\r\n",
	"2026-11-22T10:26:00Z LA.e13wu1og.1 x\r\n", // 2^40
	"2026-11-22T10:26:00Z LA.zzzzzzzz.1 x\r\n",
	"2026-11-22T10:26:00Z LA.3w5e11264sgsf.1 x\r\n", // 2^64-1
	"2026-11-22T10:26:00Z LA.1.0 x\r\n",
	"2026-11-22T10:26:00Z LA.1.01 x\r\n",
	"2026-11-22T10:26:00Z LA.1.a x\r\n",
	"2026-11-22T10:26:00Z LA.1.-1 x\r\n",
	"2026-11-22T10:26:00Z LA.1.281474976710656 x\r\n",      // 2^48
	"2026-11-22T10:26:00Z LA.1.18446744073709551615 x\r\n", // 2^64-1
	"2026-11-22T10:26:00Z LA.1.18446744073709551616 x\r\n", // 2^64
	"2026-11-22T10:26:00Z LA.1.99999999999999999999 x\r\n",
	"2026-11-22T10:26:00Z LA.1.1.1 x\r\n",
	"2026-11-22 10:26:00Z LA.1.1 x\r\n",
	"2026-11-22t10:26:00Z LA.1.1 x\r\n",
	"2026-11-22T10:26:00z LA.1.1 x\r\n",
	"2026-11-22T10:26:00 LA.1.1 x\r\n",
	"2026-11-22T10:26:00.0Z LA.1.1 x\r\n",
	"2026-11-22T10:26:00+00:00 LA.1.1 x\r\n",
	"2026-11-22T11:26:00+01:00 LA.1.1 x\r\n",
	"2026-13-22T10:26:00Z LA.1.1 x\r\n",
	"2026-00-22T10:26:00Z LA.1.1 x\r\n",
	"2026-02-29T10:26:00Z LA.1.1 x\r\n",
	"2026-11-31T10:26:00Z LA.1.1 x\r\n",
	"2026-11-22T24:00:00Z LA.1.1 x\r\n",
	"2026-11-22T10:60:00Z LA.1.1 x\r\n",
	"2026-12-31T23:59:60Z LA.1.1 x\r\n",
	"10000-01-01T00:00:00Z LA.1.1 x\r\n",
	"-001-01-01T00:00:00Z LA.1.1 x\r\n",
	strings.Repeat("\x00", 20) + " LA.1.1 x\r\n",
	strings.Repeat("x", MaxLine) + "\r\n",
}

// A bad line is refused by a fresh parser, and by one that has just read a good
// line, which it must not damage.
func TestParseBadLines(t *testing.T) {
	const before, after = "2026-11-22T10:26:00Z LA.1.1 x\r\n", "2026-11-22T10:26:00Z LA.1.2 y\r\n"
	var p Parser
	for _, line := range badLines {
		if r, err := new(Parser).Parse([]byte(line)); err == nil || !cmp.Equal(r, Record{}) {
			t.Errorf("Parse(%q) = %v, %v", line, r, err)
		}
		if _, err := p.Parse([]byte(before)); err != nil {
			t.Fatal(err)
		}
		if r, err := p.Parse([]byte(line)); err == nil {
			t.Errorf("after a good line, Parse(%q) = %v", line, r)
		}
		want := Record{Origin: "LA", Boot: 1, Seq: 2, Time: 1795343160, Text: []byte("y\r\n")}
		if got, err := p.Parse([]byte(after)); err != nil || !cmp.Equal(got, want) {
			t.Errorf("after %q, a good line is %v, %v", line, got, err)
		}
	}
}

func records() *rapid.Generator[Record] {
	return rapid.Custom(func(r *rapid.T) Record {
		return Record{
			Origin: rapid.StringMatching(`[A-Za-z0-9-]{1,16}`).Draw(r, "origin"),
			Boot:   rapid.Uint64Range(1, MaxBoot).Draw(r, "boot"),
			Seq:    rapid.Uint64Range(1, MaxSeq-1).Draw(r, "seq"),
			Time:   rapid.Int64Range(minTime, maxTime).Draw(r, "time"),
			Text:   []byte(rapid.StringMatching(`[ -~à-ÿ]{0,254}`).Draw(r, "text") + "\r\n"),
		}
	})
}

// Any record comes back from its line, whatever lines one formatter and one parser
// saw before it.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var f Formatter
		var p Parser
		few := rapid.SliceOfN(records(), 1, 4).Draw(r, "records")
		for range 10 {
			want := rapid.SampledFrom(few).Draw(r, "record")
			if rapid.Bool().Draw(r, "change") {
				want.Seq = max(want.Seq+1, 1)
			}
			line := f.Append(nil, &want)
			got, err := p.Parse(line)
			if err != nil || !cmp.Equal(got, want) {
				r.Fatalf("%q: %v, %s", line, err, cmp.Diff(want, got))
			}
		}
	})
}

// grammar is doc.go's, but for what ranges a number and a date may have.
var grammar = regexp.MustCompile(
	`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Za-z0-9-]{1,16}\.[1-9a-z][0-9a-z]{0,7}\.[1-9][0-9]{0,19} [^\x00-\x1f\x7f-\x{9f}]*\r\n$`)

func FuzzParse(f *testing.F) {
	for _, line := range badLines {
		f.Add([]byte(line))
	}
	for _, tt := range hardTexts {
		r := sound()
		r.Text = []byte(tt.text)
		f.Add(new(Formatter).Append(nil, &r))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		var p Parser
		r, err := p.Parse(line)
		if err != nil {
			return
		}
		if err := r.Check(); err != nil {
			t.Errorf("%q is taken, and yet %v", line, err)
		}
		if !grammar.Match(line) {
			t.Errorf("%q is taken against the grammar", line)
		}
		if again := new(Formatter).Append(nil, &r); !bytes.Equal(again, line) {
			t.Errorf("%q is written again as %q", line, again)
		}
		if r2, err := p.Parse(line); err != nil || !cmp.Equal(r, r2) {
			t.Errorf("%q the second time is %v, %v", line, r2, err)
		}
	})
}

// A record's text ends where its line does: appending to it must not run on into
// the next line of a shared buffer.
func TestParseTextIsClipped(t *testing.T) {
	const line = "2026-11-22T10:26:00Z LA.1.1 x\r\n"
	buf := []byte(line + line)
	r, err := new(Parser).Parse(buf[:len(line)])
	if err != nil {
		t.Fatal(err)
	}
	_ = append(r.Text, "overwritten"...)
	if string(buf) != line+line {
		t.Errorf("buffer is now %q", buf)
	}
}

func TestLinesDoNotAllocate(t *testing.T) {
	var f Formatter
	var p Parser
	r := sound()
	line := make([]byte, 0, MaxLine)
	n := testing.AllocsPerRun(100, func() {
		r.Seq++
		r.Time++
		r.Origin = []string{"MV", "PA", "G"}[r.Seq%3]
		line = f.Append(line[:0], &r)
		if _, err := p.Parse(line); err != nil {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}

// What a Parser remembers does not grow with what it reads.
func TestParserForgets(t *testing.T) {
	var p Parser
	for i := range 10 * maxNames {
		line := fmt.Sprintf("2026-11-22T10:26:00Z host-%d.1.1 x\r\n", i)
		if r, err := p.Parse([]byte(line)); err != nil || r.Origin != fmt.Sprintf("host-%d", i) {
			t.Fatalf("Parse(%q) = %v, %v", line, r, err)
		}
		if len(p.names) > maxNames {
			t.Fatalf("%d names remembered", len(p.names))
		}
	}
}

func BenchmarkFormatter(b *testing.B) {
	for name, step := range map[string]int64{"same second": 0, "next second": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var f Formatter
			r := sound()
			line := make([]byte, 0, MaxLine)
			for b.Loop() {
				r.Seq++
				r.Time += step
				if r.Time > maxTime {
					r.Time = 0
				}
				line = f.Append(line[:0], &r)
			}
		})
	}
}

func BenchmarkParser(b *testing.B) {
	a := sound()
	other := a
	other.Time, other.Origin = a.Time+1, "MV"
	lines := [][]byte{new(Formatter).Append(nil, &a), new(Formatter).Append(nil, &other)}
	for name, step := range map[string]int{"same second": 0, "other origin": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var p Parser
			for i := 0; b.Loop(); i += step {
				if _, err := p.Parse(lines[i&1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
