package relay

import (
	"bytes"
	"strings"
	"testing"

	"xlattice.org/zog/internal/frame"
)

// What a relay says is what the protocol says: its frames are those of zog.
func TestFramesAreThoseOfTheProtocol(t *testing.T) {
	for _, id := range []uint64{1, 127, 128, 1 << 40} {
		for _, n := range []int{0, 46, 123, 124, 509} {
			text := strings.Repeat("x", n)
			raw := appendData(nil, id, text)
			f := decode(t, raw)
			if f.Kind != frame.DataKind || f.Data.ID != id || string(f.Data.Text) != text+"\r\n" || f.Data.Wrapping != 0 {
				t.Errorf("id %d, %d bytes: %+v", id, n, f.Data)
			}
			var d data
			if used, err := next(raw, &d); err != nil || used != len(raw) || d.id != id || string(d.text) != text+"\r\n" {
				t.Errorf("id %d, %d bytes: %d used, %+v, %v", id, n, used, d, err)
			}
			*d.wrapping = 2
			if f := decode(t, raw); f.Data.Wrapping != 2 {
				t.Errorf("the wrapping is patched to %d", f.Data.Wrapping)
			}
			ok := appendOk(nil, id, 5)
			if f := decode(t, ok); f.Kind != frame.OkKind || f.Ok.ID != id || f.Ok.Copies != 5 {
				t.Errorf("ok: %+v", f.Ok)
			}
			if last, used, err := lastOk(append(appendOk(nil, 1, 1), ok...)); last != id || used != len(ok)+len(appendOk(nil, 1, 1)) || err != nil {
				t.Errorf("the last ok is %d, %d used, %v", last, used, err)
			}
		}
	}
}

func decode(t *testing.T, raw []byte) *frame.Frame {
	t.Helper()
	body, n, err := frame.Split(raw, frame.ClientLimit)
	f := new(frame.Frame)
	if err == nil {
		err = frame.Decode(body, f)
	}
	if err != nil || n != len(raw) {
		t.Fatalf("%x: %d of %d bytes, %v", raw, n, len(raw), err)
	}
	return f
}

// FuzzNext: whatever comes, a relay does not fall over; what it takes for a frame is
// one, and says the same to the protocol's own decoder.
func FuzzNext(f *testing.F) {
	f.Add(appendData(nil, 300, "text"))
	f.Add(appendOk(nil, 300, 5))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, raw []byte) {
		_, _, _ = lastOk(raw)
		var d data
		n, err := next(raw, &d)
		if err != nil || n == 0 {
			return
		}
		body, used, err := frame.Split(raw, maxFrame)
		var g frame.Frame
		if err != nil || used != n || frame.Decode(body, &g) != nil || g.Kind != frame.DataKind {
			return // a length or a number of more bytes than it needs, or a field twice: no relay says these
		}
		if g.Data.ID != d.id || !bytes.HasSuffix(d.text, g.Data.Text) {
			t.Fatalf("%x: id %d, %q; want %d, %q", raw, d.id, d.text, g.Data.ID, g.Data.Text)
		}
	})
}
