package frame_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// whole is a Data with every field set.
func whole() frame.Data {
	return frame.Data{
		Wrapping: 2, ID: 300, Text: []byte("hello\r\n"), MinCopies: 5, Origin: []byte("LA"),
		Boot: 1 << 39, Seq: 42, TimeMS: 1_795_343_160_000, TimeoutMS: 5000,
		Session: 0xfedcba9876543210, Number: 1 << 33,
	}
}

func TestSplitMalformed(t *testing.T) {
	const limit = frame.ClientLimit
	ff := bytes.Repeat([]byte{0xff}, 10)
	tests := map[string]struct {
		in   []byte
		want error
	}{
		"length 0":               {[]byte{0}, frame.ErrEmpty},
		"length 0, more behind":  {[]byte{0, 1, 2}, frame.ErrEmpty},
		"ten 0xFF":               {ff, frame.ErrLength},
		"an 11-byte varint":      {append(bytes.Repeat([]byte{0x80}, 10), 1), frame.ErrLength},
		"2^64-1":                 {append(bytes.Repeat([]byte{0xff}, 9), 1), frame.ErrTooLong},
		"over 2^64":              {append(bytes.Repeat([]byte{0xff}, 9), 2), frame.ErrLength},
		"non-minimal 80 00":      {[]byte{0x80, 0}, frame.ErrNonMinimal},
		"non-minimal 85 80 00":   {[]byte{0x85, 0x80, 0}, frame.ErrNonMinimal},
		"limit+1":                {[]byte{0x81, 0x20}, frame.ErrTooLong},
		"4 MiB announced":        {append([]byte{0x80, 0x80, 0x80, 2}, make([]byte, 4096)...), frame.ErrTooLong},
		"HTTP":                   {[]byte("GET / HTTP/1.1\r\n\r\n"), nil}, // 'G' is a fine length: Decode refuses the body
		"a TLS hello":            {[]byte{0x16, 3, 1, 2, 0, 1}, nil},
		"nothing":                {nil, nil},
		"cut varint":             {[]byte{0x80}, nil},
		"cut body":               {[]byte{5, 1, 2, 3, 4}, nil},
		"limit, body on its way": {[]byte{0x80, 0x20, 1}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body, n, err := frame.Split(tt.in, limit)
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if err != nil && (body != nil || n != 0) {
				t.Errorf("body %x and n %d beside an error", body, n)
			}
		})
	}
}

func TestSplitAtTheLimit(t *testing.T) {
	buf := append([]byte{0x80, 0x20}, make([]byte, frame.ClientLimit+3)...)
	body, n, err := frame.Split(buf, frame.ClientLimit)
	if err != nil || n != 2+frame.ClientLimit || len(body) != frame.ClientLimit {
		t.Fatalf("got %d bytes, n %d, error %v", len(body), n, err)
	}
	if cap(body) != len(body) {
		t.Errorf("an append to the body would write over the next frame")
	}
}

func TestDecodeMalformed(t *testing.T) {
	nested := bytes.Repeat([]byte{0x2b}, 12_000) // field 5, start of a group
	tests := map[string]struct {
		body []byte
		want error
	}{
		"empty":                 {nil, frame.ErrNoBody},
		"only unknown fields":   {[]byte{0x28, 1}, frame.ErrNoBody},
		"field 0":               {[]byte{0x02, 0}, frame.ErrBody},
		"wire type 7":           {[]byte{0x0f, 0}, frame.ErrBody},
		"wire type 6":           {[]byte{0x1e, 0}, frame.ErrBody},
		"data as a varint":      {[]byte{0x18, 1}, frame.ErrBody},
		"an open group":         {[]byte{0x2b}, frame.ErrBody},
		"a group's end alone":   {[]byte{0x2c}, frame.ErrBody},
		"12,000 nested":         {nested, frame.ErrBody},
		"12,000 nested in data": {inBody(frame.DataKind, nested), frame.ErrBody},
		"cut tag":               {[]byte{0x80}, frame.ErrBody},
		"cut inner length":      {[]byte{0x1a, 0x80}, frame.ErrBody},
		"cut inner body":        {[]byte{0x1a, 5, 1}, frame.ErrBody},
		"two bodies":            {[]byte{0x1a, 0, 0x22, 0}, frame.ErrTwoBodies},
		"data twice":            {[]byte{0x1a, 0, 0x1a, 0}, frame.ErrTwoBodies},
		"cut text":              {inBody(frame.DataKind, []byte{0x1a, 9, 'x'}), frame.ErrBody},
		"cut seq":               {inBody(frame.DataKind, []byte{0x38, 0xff}), frame.ErrBody},
		"seq of 11 bytes":       {inBody(frame.DataKind, append([]byte{0x38}, bytes.Repeat([]byte{0xff}, 11)...)), frame.ErrBody},
		"cut session":           {inBody(frame.DataKind, []byte{0x51, 1, 2, 3, 4, 5, 6, 7}), frame.ErrBody},
		"cut number":            {inBody(frame.DataKind, []byte{0x58, 0x80}), frame.ErrBody},
		"number of 11 bytes":    {inBody(frame.DataKind, append([]byte{0x58}, bytes.Repeat([]byte{0xff}, 11)...)), frame.ErrBody},
		"host not UTF-8":        {inBody(frame.KeepAlive, []byte{0x12, 1, 0xff}), frame.ErrBody},
		"ack: mark is cut":      {inBody(frame.Ack, []byte{0x22, 3, 1}), frame.ErrBody},
		"ok: cut detail":        {inBody(frame.OkKind, []byte{0x22, 3, 'x'}), frame.ErrBody},
		"HTTP":                  {[]byte("ET / HTTP/1.1\r\nHost: x\r\n"), frame.ErrBody},
		"a TLS hello":           {[]byte{3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, frame.ErrBody},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := frame.Decode(tt.body, new(frame.Frame)); !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
		})
	}
}

// inBody wraps inner as the body of the given kind.
func inBody(kind frame.Kind, inner []byte) []byte {
	out := []byte{byte(kind)<<3 | 2}
	n := len(inner)
	for ; n >= 0x80; n >>= 7 {
		out = append(out, byte(n)|0x80)
	}
	return append(append(out, byte(n)), inner...)
}

func TestUnknownFieldsArePassedOver(t *testing.T) {
	d := whole()
	framed := frame.AppendData(nil, &d)
	body, _, _ := frame.Split(framed, frame.PeerLimit)
	inner := body[2:]                                   // behind the kind's tag and a length of one byte
	unknown := []byte{0x60, 7, 0xaa, 0x06, 2, 'h', 'i'} // field 12 as a varint, field 101 as bytes
	grown := append(inBody(frame.DataKind, append(bytes.Clone(unknown), inner...)), 0x28, 1)
	var f frame.Frame
	if err := frame.Decode(grown, &f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(d, f.Data, withTexts); diff != "" {
		t.Error(diff)
	}
}

// A field of another type than it has is an unknown field, as protobuf has it.
func TestWrongTypesArePassedOver(t *testing.T) {
	for name, inner := range map[string][]byte{
		"id as bytes":         {0x12, 1, 7},
		"text as a varint":    {0x18, 7},
		"session as a varint": {0x50, 7},
		"session as 4 bytes":  {0x55, 1, 2, 3, 4},
		"number as 8 bytes":   {0x59, 1, 2, 3, 4, 5, 6, 7, 8},
		"number as bytes":     {0x5a, 2, 'h', 'i'},
		"number as a group":   {0x5b, 0x08, 7, 0x5c},
	} {
		t.Run(name, func(t *testing.T) {
			var f frame.Frame
			if err := frame.Decode(inBody(frame.DataKind, inner), &f); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(frame.Data{}, f.Data, withTexts); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A tag may be written in more bytes than it needs.
func TestTagsOfMoreBytesThanNeeded(t *testing.T) {
	inner := []byte{0x90, 0x00, 7, 0xd1, 0x80, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0xd8, 0x00, 2, 0xd0, 0x00, 9}
	var f frame.Frame
	if err := frame.Decode(inBody(frame.DataKind, inner), &f); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(frame.Data{ID: 7, Session: 1, Number: 2}, f.Data, withTexts); diff != "" {
		t.Error(diff)
	}
	if err := frame.Decode(inBody(frame.OkKind, []byte{0x88, 0x00, 7, 0xab, 0x06, 0x08, 1, 0xac, 0x06}), &f); err != nil || f.Ok.ID != 7 {
		t.Errorf("got %+v, %v", f.Ok, err)
	}
	for name, inner := range map[string][]byte{
		"field 0": {0x00, 0x01}, "field 0, long": {0x80, 0x00, 0x01}, "group of another number": {0xab, 0x06, 0xb4, 0x06}, "11 bytes": bytes.Repeat([]byte{0x90}, 11),
	} {
		if err := frame.Decode(inBody(frame.DataKind, inner), &f); !errors.Is(err, frame.ErrBody) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The generated code reads what the hand-written code writes, and the other
// way round.
func TestAgainstGenerated(t *testing.T) {
	d := whole()
	ok := frame.Ok{
		ID: 1 << 60, Copies: 4, Refusal: pzog.Refusal_CONTROL, Detail: "a control character",
		Origin: "LA", Boot: 1<<40 - 1, Seq: 1<<48 - 1,
	}
	for name, tt := range map[string]struct {
		framed []byte
		want   *pzog.Frame
	}{
		"data":       {frame.AppendData(nil, &d), &pzog.Frame{Body: &pzog.Frame_Data{Data: generated(&d)}}},
		"empty data": {frame.AppendData(nil, &frame.Data{}), &pzog.Frame{Body: &pzog.Frame_Data{Data: &pzog.Data{}}}},
		"ok": {frame.AppendOk(nil, &ok), &pzog.Frame{Body: &pzog.Frame_Ok{Ok: &pzog.Ok{
			Id: ok.ID, Copies: ok.Copies, Refusal: ok.Refusal, Detail: ok.Detail,
			Origin: ok.Origin, Boot: ok.Boot, Seq: ok.Seq}}}},
	} {
		t.Run(name, func(t *testing.T) {
			body, n, err := frame.Split(tt.framed, frame.PeerLimit)
			if err != nil || n != len(tt.framed) {
				t.Fatalf("n %d of %d, error %v", n, len(tt.framed), err)
			}
			got := new(pzog.Frame)
			if err := proto.Unmarshal(body, got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func generated(d *frame.Data) *pzog.Data {
	var more [][]byte
	for d := *d; d.Next(); {
		more = append(more, d.Text)
	}
	return &pzog.Data{Wrapping: d.Wrapping, Id: d.ID, Text: d.Text, MinCopies: d.MinCopies, Origin: string(d.Origin),
		Boot: d.Boot, Seq: d.Seq, TimeMs: d.TimeMS, TimeoutMs: d.TimeoutMS, Session: d.Session, Number: d.Number, More: more}
}

func TestMarksAreSpreadOverFrames(t *testing.T) {
	const limit = frame.ClientLimit
	for _, n := range []int{0, 1, 61, 62, 63, 1000} {
		marks := make([]*pzog.Mark, n)
		for i := range marks {
			marks[i] = &pzog.Mark{Origin: strings.Repeat("x", 16), Boot: 1<<40 - 1, Seq: 1<<64 - 1 - uint64(i), First: 1 << 63}
		}
		k := &pzog.KeepAlive{Version: 1, Host: strings.Repeat("h", 16), Ring: make([]byte, 16), Marks: marks}
		buf := frame.AppendKeepAlive(nil, k, limit)
		if len(k.Marks) != n || k.More {
			t.Fatalf("%d marks: the message came back changed", n)
		}
		var got []*pzog.Mark
		for more := true; more; {
			body, used, err := frame.Split(buf, limit)
			if err != nil || used == 0 {
				t.Fatalf("%d marks: split: used %d, error %v", n, used, err)
			}
			var f frame.Frame
			if err := frame.Decode(body, &f); err != nil {
				t.Fatal(err)
			}
			got, more, buf = append(got, f.KeepAlive.Marks...), f.KeepAlive.More, buf[used:]
		}
		if len(buf) != 0 {
			t.Errorf("%d marks: %d bytes behind the last frame", n, len(buf))
		}
		if diff := cmp.Diff(marks, got, protocmp.Transform()); n > 0 && diff != "" {
			t.Errorf("%d marks: %s", n, diff)
		}
	}
}

func TestSteadyStateDoesNotAllocate(t *testing.T) {
	d, ok := whole(), frame.Ok{ID: 9, Copies: 1, Origin: "LA", Boot: 94521311, Seq: 42}
	buf := make([]byte, 0, 4096)
	var f frame.Frame
	allocs := testing.AllocsPerRun(1000, func() {
		buf = frame.AppendOk(frame.AppendData(buf[:0], &d), &ok)
		for rest := buf; len(rest) > 0; {
			body, n, err := frame.Split(rest, frame.PeerLimit)
			if err != nil || frame.Decode(body, &f) != nil {
				t.Fatal("does not decode")
			}
			rest = rest[n:]
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a pair of frames, want none", allocs)
	}
}

// The origin of an Ok is that of its own frame, whichever came before it.
func TestAnOkHasItsOwnOrigin(t *testing.T) {
	var f frame.Frame
	for _, origin := range []string{"LA", "LA", "S", "", "LA"} {
		body, _, _ := frame.Split(frame.AppendOk(nil, &frame.Ok{ID: 1, Origin: origin}), frame.ClientLimit)
		if err := frame.Decode(body, &f); err != nil || f.Ok.Origin != origin {
			t.Errorf("%+v, %v; want origin %q", f.Ok, err, origin)
		}
	}
}
