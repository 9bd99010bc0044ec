package frame_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
)

// drawRow draws the first frame of a row. Its counters are often just before they
// need another byte.
func drawRow(t *rapid.T) frame.Data {
	counter := rapid.OneOf(
		rapid.Uint64Range(0, 3), rapid.Uint64Range(120, 128), rapid.Uint64Range(1<<14-3, 1<<14), rapid.Uint64Range(1<<63-3, 1<<63),
		rapid.Uint64Range(math.MaxUint64-3, math.MaxUint64),
	)
	d := frame.Data{
		Wrapping: rapid.SampledFrom([]uint32{0, 1, 2, 300}).Draw(t, "wrapping"), ID: counter.Draw(t, "id"),
		MinCopies: rapid.SampledFrom([]uint32{0, 5}).Draw(t, "copies"), Boot: counter.Draw(t, "boot"), Seq: counter.Draw(t, "seq"),
		TimeMS:    rapid.SampledFrom([]int64{0, 1_795_343_160_000, -1}).Draw(t, "time"),
		TimeoutMS: rapid.SampledFrom([]uint32{0, 5000}).Draw(t, "timeout"), Number: counter.Draw(t, "number"),
	}
	if n := rapid.SampledFrom([]int{0, 1, 16, 32, 33, 400}).Draw(t, "origin"); n > 0 {
		d.Origin = bytes.Repeat([]byte("x"), n)
	}
	if rapid.Bool().Draw(t, "named") {
		d.Session = rapid.Uint64Range(1, math.MaxUint64).Draw(t, "session")
	}
	return d
}

// after returns the message that follows d in a row; ok is false if a counter would wrap around.
func after(d frame.Data) (_ frame.Data, ok bool) {
	counters := []*uint64{&d.ID}
	if d.Seq != 0 {
		counters = append(counters, &d.Seq)
	}
	if d.Session != 0 {
		counters = append(counters, &d.Number)
	}
	for _, n := range counters {
		if *n == math.MaxUint64 {
			return d, false
		}
	}
	for _, n := range counters {
		*n++
	}
	return d, true
}

// changeOne returns d with one field of another.
func changeOne(t *rapid.T, d, another frame.Data) frame.Data {
	switch rapid.IntRange(0, 9).Draw(t, "field") {
	case 0:
		d.Wrapping = another.Wrapping
	case 1:
		d.ID = another.ID
	case 2:
		d.MinCopies = another.MinCopies
	case 3:
		d.Origin = another.Origin
	case 4:
		d.Boot = another.Boot
	case 5:
		d.Seq = another.Seq
	case 6:
		d.TimeMS = another.TimeMS
	case 7:
		d.TimeoutMS = another.TimeoutMS
	case 8:
		d.Session = another.Session
	case 9:
		d.Number = another.Number
	}
	return d
}

// messages decodes frames, and returns the messages one by one, and how many frames there were.
func messages(t require, raw []byte) (all []frame.Data, frames int) {
	for ; len(raw) > 0; frames++ {
		body, n, err := frame.Split(raw, frame.ClientLimit)
		if err != nil || n == 0 {
			t.Fatalf("%x: %d bytes, %v", raw, n, err)
		}
		var f frame.Frame
		if err := frame.Decode(body, &f); err != nil || f.Kind != frame.DataKind {
			t.Fatalf("%x: kind %d, %v", body, f.Kind, err)
		}
		for d, ok := f.Data, true; ok; ok = d.Next() {
			one := d
			one.More = frame.Texts{}
			all = append(all, one)
		}
		raw = raw[n:]
	}
	return all, frames
}

type require interface{ Fatalf(string, ...any) }

var withTexts = cmp.AllowUnexported(frame.Texts{})

// A RowEncoder loses nothing, and each difference but in the text and the counters begins a frame.
func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r frame.RowEncoder
		var raw []byte
		var want []frame.Data
		most, d, follows := 0, drawRow(t), false
		for range rapid.IntRange(1, 20).Draw(t, "messages") {
			d.Text = []byte(strings.Repeat("x", rapid.SampledFrom([]int{0, 46, 125, 126, 509}).Draw(t, "text")) + "\r\n")
			raw, want = r.Append(raw, &d), append(want, d)
			if !follows {
				most++
			}
			if d, follows = after(d); !follows || rapid.IntRange(0, 9).Draw(t, "change") == 0 {
				changed := drawRow(t)
				if follows && rapid.Bool().Draw(t, "one field") {
					changed = changeOne(t, d, changed)
				}
				follows = cmp.Equal(d, changed, withTexts)
				d = changed
			}
		}
		raw = r.End(raw)
		got, frames := messages(t, raw)
		if diff := cmp.Diff(want, got, withTexts); diff != "" {
			t.Fatal(diff)
		}
		if fits := len(raw)/frame.ClientLimit*2 + most; frames > fits {
			t.Fatalf("%d frames for %d rows of %d bytes", frames, most, len(raw))
		}
	})
}

// Text that does not fit begins a new frame, at the very limit.
func TestARowIsAsLongAsAFrame(t *testing.T) {
	for size := 128; size < 512; size++ {
		var r frame.RowEncoder
		var raw []byte
		for i := range uint64(100) {
			raw = r.Append(raw, &frame.Data{ID: i + 1, Text: make([]byte, size)})
		}
		raw = r.End(raw)
		if all, _ := messages(t, raw); len(all) != 100 {
			t.Errorf("%d messages of %d bytes", len(all), size)
		}
		for {
			body, n, _ := frame.Split(raw, frame.ClientLimit)
			if raw = raw[n:]; len(raw) == 0 {
				break
			}
			if len(body)+3+size <= frame.ClientLimit {
				t.Errorf("a frame of %d bytes has no room for another %d", len(body), size)
			}
		}
	}
}

// Texts come between other fields, with tags that are longer than needed, and by thousands.
func TestTexts(t *testing.T) {
	many := bytes.Repeat([]byte{0x62, 0}, 2000)
	for name, tt := range map[string]struct {
		inner []byte
		want  []string
	}{
		"none":          {[]byte{0x1a, 1, 'a'}, nil},
		"two":           {[]byte{0x1a, 1, 'a', 0x62, 1, 'b', 0x62, 0}, []string{"b", ""}},
		"before others": {[]byte{0x62, 1, 'b', 0x10, 7, 0x62, 1, 'c', 0x1a, 1, 'a'}, []string{"b", "c"}},
		"a long tag":    {[]byte{0xe2, 0x00, 1, 'b', 0xe2, 0x80, 0x00, 0x81, 0x00, 'c'}, []string{"b", "c"}},
		"other types":   {[]byte{0x60, 1, 0x62, 1, 'b', 0x61, 1, 2, 3, 4, 5, 6, 7, 8, 0xaa, 0x06, 1, 'x', 0x62, 1, 'c'}, []string{"b", "c"}},
		"many":          {many, make([]string, 2000)},
	} {
		t.Run(name, func(t *testing.T) {
			var f frame.Frame
			if err := frame.Decode(inBody(frame.DataKind, tt.inner), &f); err != nil {
				t.Fatal(err)
			}
			var got []string
			for d := f.Data; d.Next(); {
				got = append(got, string(d.Text))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCountersDoNotWrapAround(t *testing.T) {
	for name, d := range map[string]frame.Data{
		"id": {ID: math.MaxUint64}, "seq": {ID: 1, Seq: math.MaxUint64}, "number": {ID: 1, Session: 1, Number: math.MaxUint64},
	} {
		for _, more := range []int{0, 1} {
			framed := frame.AppendData(nil, &d)
			body, _, _ := frame.Split(framed, frame.ClientLimit)
			inner := append(bytes.Clone(body[2:]), bytes.Repeat([]byte{0x62, 0}, more)...)
			var f frame.Frame
			if err := frame.Decode(inBody(frame.DataKind, inner), &f); (err == frame.ErrCount) != (more == 1) {
				t.Errorf("%s with %d more: %v", name, more, err)
			}
		}
	}
	d := frame.Data{ID: 1, Number: math.MaxUint64} // without a session it does not count
	body, _, _ := frame.Split(frame.AppendData(nil, &d), frame.ClientLimit)
	var f frame.Frame
	if err := frame.Decode(inBody(frame.DataKind, append(bytes.Clone(body[2:]), 0x62, 0)), &f); err != nil {
		t.Error(err)
	}
}

// FuzzRow: whatever messages are appended, they come out again, and no frame is over the limit.
func FuzzRow(f *testing.F) {
	f.Add(uint64(1), uint64(1), uint64(7), []byte("a\r\n\nb\r\n\n\nc"))
	f.Add(uint64(math.MaxUint64-1), uint64(127), uint64(0), bytes.Repeat([]byte("\n"), 3000))
	f.Fuzz(func(t *testing.T, id, seq, session uint64, texts []byte) {
		d := frame.Data{ID: id, Seq: seq, Session: session, Number: id, Origin: []byte("LA")}
		var r frame.RowEncoder
		var raw []byte
		var want []frame.Data
		ok := true
		for text := range bytes.SplitSeq(texts, []byte("\n")) {
			if !ok || len(text) > 511 {
				break
			}
			if d.Text = text; len(text) == 0 {
				d.Text = nil
			}
			raw, want = r.Append(raw, &d), append(want, d)
			d, ok = after(d)
		}
		got, _ := messages(t, r.End(raw))
		for i := range got {
			if len(got[i].Text) == 0 {
				got[i].Text = nil
			}
		}
		if diff := cmp.Diff(want, got, withTexts); diff != "" {
			t.Fatal(diff)
		}
	})
}

// A row costs no memory.
func TestRowsDoNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 1<<16)
	var f frame.Frame
	if allocs := testing.AllocsPerRun(100, func() {
		d := whole()
		var r frame.RowEncoder
		buf = buf[:0]
		for range 60 {
			buf = r.Append(buf, &d)
			d.ID, d.Seq, d.Number = d.ID+1, d.Seq+1, d.Number+1
		}
		buf = r.End(buf)
		body, n, err := frame.Split(buf, frame.ClientLimit)
		if err != nil || n != len(buf) || frame.Decode(body, &f) != nil || f.Data.More.Len() != 59 {
			t.Fatal("not one frame")
		}
		for f.Data.Next() {
		}
	}); allocs > 2 { // those of whole
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkRowAppend(b *testing.B) {
	d := whole()
	d.Text = []byte(strings.Repeat("x", 46) + "\r\n")
	var r frame.RowEncoder
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		if len(buf) > 1<<16 {
			buf = r.End(buf)[:0]
		}
		buf = r.Append(buf, &d)
		d.ID, d.Seq, d.Number = d.ID+1, d.Seq+1, d.Number+1
	}
	b.SetBytes(int64(len(d.Text)))
}

func BenchmarkRowDecode(b *testing.B) {
	d := whole()
	d.Text = []byte(strings.Repeat("x", 46) + "\r\n")
	var r frame.RowEncoder
	var raw []byte
	const n = 75
	for range n {
		raw = r.Append(raw, &d)
		d.ID, d.Seq, d.Number = d.ID+1, d.Seq+1, d.Number+1
	}
	raw = r.End(raw)
	var f frame.Frame
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if f.Data.Next() {
			continue
		}
		body, used, err := frame.Split(raw, frame.ClientLimit)
		if err != nil || used != len(raw) || frame.Decode(body, &f) != nil {
			b.Fatal("not one frame")
		}
	}
	b.SetBytes(int64(len(d.Text)))
}
