package faultnet

import (
	"bytes"
	"slices"
	"testing"

	"xlattice.org/zog/internal/frame"
)

// However bytes are cut into pieces, the units are the same bytes in the same
// order, and the frames before anything else are found.
func FuzzFramer(f *testing.F) {
	ok := frame.AppendOk(nil, &frame.Ok{ID: 7})
	data := frame.AppendData(nil, &frame.Data{ID: 8, Text: make([]byte, 200)})
	f.Add(slices.Concat(ok, data, ok), uint8(1))
	f.Add(slices.Concat(data, []byte("no frame"), ok), uint8(50))
	f.Add([]byte{0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80}, uint8(3))
	f.Add([]byte{0x85, 0x80, 0x04, 1, 2, 3}, uint8(1))
	f.Add([]byte{4, 0x28, 1, 0x0a, 0, 3, 0x28, 1, 0x28}, uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		want := kinds(b)
		var fr framer
		var got []byte
		var found []frame.Kind
		for left := b; len(left) > 0; {
			u, used := fr.feed(left[:min(len(left), int(piece)+1)])
			if used <= 0 {
				t.Fatalf("%d of %d bytes were used", used, len(left))
			}
			left = left[used:]
			got = append(got, u.bytes...)
			if u.kind != 0 {
				found = append(found, u.kind)
			}
		}
		if got = append(got, fr.part...); !bytes.Equal(got, b) {
			t.Errorf("\n got %x\nwant %x", got, b)
		}
		if !slices.Equal(found, want) {
			t.Errorf("frames %v, want %v", found, want)
		}
	})
}

// kinds returns the kinds of the frames in front, all at once.
func kinds(b []byte) (all []frame.Kind) {
	for {
		body, n, err := frame.Split(b, frame.PeerLimit)
		if n == 0 || err != nil || kindOf(body) == 0 {
			return all
		}
		all = append(all, kindOf(body))
		b = b[n:]
	}
}

func TestKindOfAFrame(t *testing.T) {
	for _, tt := range []struct {
		body []byte
		want frame.Kind
	}{
		{nil, 0},
		{[]byte{0x0a, 0}, frame.KeepAlive},
		{[]byte{0x22, 0}, frame.OkKind},
		{[]byte{0x28, 1, 0x1a, 0}, frame.DataKind}, // behind a field that is unknown
		{[]byte{0x28, 1}, 0},
		{[]byte{0x28}, 0},
		{[]byte{0x08, 1}, 0}, // a varint where a message belongs
		{[]byte{0x02, 0}, 0}, // field 0
		{[]byte{0x80}, 0},
	} {
		if got := kindOf(tt.body); got != tt.want {
			t.Errorf("%x: %d, want %d", tt.body, got, tt.want)
		}
	}
}
