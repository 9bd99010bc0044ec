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

// after is the frame behind d in a row; it is false if there is none.
func after(d frame.Data) (frame.Data, bool) {
	if d.ID == 0 || len(d.Origin) > 32 {
		return d, false
	}
	counts := []*uint64{&d.ID}
	if d.Seq != 0 {
		counts = append(counts, &d.Seq)
	}
	if d.Session != 0 {
		counts = append(counts, &d.Number)
	}
	for _, n := range counts {
		if *n == math.MaxUint64 {
			return d, false
		}
	}
	for _, n := range counts {
		*n++
	}
	return d, true
}

// A RowCodec appends what AppendData does, and knows those frames and no others.
func TestARowIsItsFrames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawRow(t)
		appends, knows := frame.NewRowCodec(&d), frame.NewRowCodec(&d)
		for range 6 {
			d.Text = []byte(strings.Repeat("x", rapid.SampledFrom([]int{0, 46, 125, 126, 509}).Draw(t, "text")) + "\r\n")
			raw := frame.AppendData(nil, &d)
			next, more := after(d)
			fits := d.ID != 0 && len(d.Origin) <= 32
			if got := appends.Append(nil, d.Text); fits && !bytes.Equal(got, raw) {
				t.Fatalf("appended\n%x, want\n%x", got, raw)
			}
			if is := knows.Matches(&d); is != (fits && len(d.Origin) == 0) {
				t.Fatalf("that %+v is next is %v", d, is)
			}
			if text, n, ok := knows.Next(append(raw, "more"...)); ok != fits || ok && (n != len(raw) || !bytes.Equal(text, d.Text)) {
				t.Fatalf("of %x the text is %q, %d bytes, %v", raw, text, n, ok)
			}
			if text, _, ok := knows.Next(raw[:len(raw)-1]); ok {
				t.Fatalf("a part of %x is taken for a frame: %q", raw, text)
			}
			if text, _, ok := knows.Next(frame.AppendData(nil, &next)); more && (ok || knows.Matches(&next)) {
				t.Fatalf("the frame behind the next is taken for that: %q", text)
			}
			if knows.Advance(); !more {
				if text, _, ok := knows.Next(frame.AppendData(nil, &next)); ok {
					t.Fatalf("behind the last of a row comes %q", text)
				}
				return
			}
			d = next
		}
	})
}

// FuzzRow: what a RowCodec takes for its next frame is that frame to Decode too, with the
// same text, whatever the bytes are.
func FuzzRow(f *testing.F) {
	d := whole()
	next, _ := after(d)
	for _, seed := range []frame.Data{d, next, {ID: 301, Text: []byte("x\r\n")}} {
		f.Add(frame.AppendData(nil, &seed))
	}
	f.Add([]byte{0x83, 0x00, 0x1a, 0x80, 0x00})
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, first := range []frame.Data{d, {ID: 300}, {}} {
			r := frame.NewRowCodec(&first)
			r.Advance()
			text, n, ok := r.Next(raw)
			if !ok {
				continue
			}
			want, more := after(first)
			want.Text = text
			var got frame.Frame
			body, used, err := frame.Split(raw, frame.PeerLimit)
			if err == nil {
				err = frame.Decode(body, &got)
			}
			if err != nil || used != n || !more || got.Kind != frame.DataKind {
				t.Fatalf("%x is taken, and is %d bytes of kind %d, %v", raw, used, got.Kind, err)
			}
			if diff := cmp.Diff(want, got.Data); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// A row costs no memory.
func TestRowsDoNotAllocate(t *testing.T) {
	d := whole()
	buf := make([]byte, 0, 1<<16)
	if allocs := testing.AllocsPerRun(100, func() {
		appends, knows := frame.NewRowCodec(&d), frame.NewRowCodec(&d)
		for range 100 {
			buf = appends.Append(buf[:0], d.Text)
			if _, _, ok := knows.Next(buf); !ok {
				t.Fatal("not known")
			}
			knows.Advance()
		}
	}); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkRowAppend(b *testing.B) {
	d := whole()
	d.Text = []byte(strings.Repeat("x", 46) + "\r\n")
	r, buf := frame.NewRowCodec(&d), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = r.Append(buf[:0], d.Text)
	}
	b.SetBytes(int64(len(buf)))
}

func BenchmarkRowNext(b *testing.B) {
	d := whole()
	d.Text = []byte(strings.Repeat("x", 46) + "\r\n")
	raw := frame.AppendData(nil, &d)
	r := frame.NewRowCodec(&d)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, ok := r.Next(raw); !ok {
			b.Fatal("not known")
		}
	}
	b.SetBytes(int64(len(raw)))
}
