package frame_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// FuzzSplit: whatever arrives, Split takes whole frames only, stays inside the
// buffer, and says the same when the bytes arrive one by one.
func FuzzSplit(f *testing.F) {
	d := whole()
	f.Add(frame.AppendData(nil, &d))
	f.Add([]byte{0x80, 0})
	f.Add(bytes.Repeat([]byte{0xff}, 11))
	f.Fuzz(func(t *testing.T, in []byte) {
		body, n, err := frame.Split(in, frame.ClientLimit)
		if n > len(in) || len(body) > frame.ClientLimit {
			t.Fatalf("n %d, body %d of %d bytes", n, len(body), len(in))
		}
		if n > 0 && n != frame.Prefix(len(body))+len(body) {
			t.Fatalf("n %d for a body of %d: the prefix is not minimal", n, len(body))
		}
		for i := range in {
			_, m, errEarly := frame.Split(in[:i], frame.ClientLimit)
			if m != 0 && m != n {
				t.Fatalf("%d bytes give a frame of %d, all give %d", i, m, n)
			}
			if errEarly != nil && errEarly != err {
				t.Fatalf("%d bytes give %v, all give %v", i, errEarly, err)
			}
		}
	})
}

// FuzzDecode holds Decode against the generated code: what both accept, they
// read alike, and what is encoded again reads alike too.
func FuzzDecode(f *testing.F) {
	d := whole()
	body, _, _ := frame.Split(frame.AppendData(nil, &d), frame.PeerLimit)
	f.Add(body)
	f.Add(inBody(frame.DataKind, []byte{0x51, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x58, 0x80, 0x00})) // a number that is 0 in two bytes
	f.Add(inBody(frame.DataKind, []byte{0x50, 7, 0x59, 1, 2, 3, 4, 5, 6, 7, 8}))             // both of the wrong type
	f.Add(inBody(frame.DataKind, []byte{0x90, 0x00, 7, 0xd1, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 0xab, 0x06, 0xac, 0x06}))
	f.Add(inBody(frame.DataKind, []byte{0x10, 7, 0x1a, 1, 'a', 0x62, 1, 'b', 0x5a, 1, 'x', 0x62, 0, 0xe2, 0x00, 1, 'c'}))
	body, _, _ = frame.Split(frame.AppendOk(nil, &frame.Ok{ID: 7, Refusal: 3, Detail: "x"}), frame.PeerLimit)
	f.Add(body)
	body, _, _ = frame.Split(frame.AppendOk(nil, &frame.Ok{ID: 7, Copies: 2, Origin: "LA", Boot: 94521311, Seq: 42}), frame.PeerLimit)
	f.Add(body)
	k := &pzog.KeepAlive{Version: 1, Host: "LA", Marks: []*pzog.Mark{{Origin: "S", Boot: 5, Seq: 6, First: 1}}}
	body, _, _ = frame.Split(frame.AppendKeepAlive(nil, k, frame.PeerLimit), frame.PeerLimit)
	f.Add(body)
	k.Follow, k.SinceMs, k.Last, k.More = true, 1<<63-1, 1<<32-1, true
	body, _, _ = frame.Split(frame.AppendKeepAlive(nil, k, frame.ClientLimit), frame.ClientLimit)
	f.Add(body)
	hole := &pzog.Ack{Version: 1, Host: "LA", Marks: []*pzog.Mark{{Origin: "S", Boot: 5, Seq: 6, First: 7}}, Delta: true}
	body, _, _ = frame.Split(frame.AppendAck(nil, hole, frame.ClientLimit), frame.ClientLimit)
	f.Add(body)
	f.Fuzz(func(t *testing.T, in []byte) {
		var got frame.Frame
		if frame.Decode(in, &got) != nil {
			return
		}
		want := new(pzog.Frame)
		if proto.Unmarshal(in, want) != nil {
			// Only strings that are not UTF-8 may divide the two.
			return
		}
		if diff := cmp.Diff(want, message(&got), protocmp.Transform(), protocmp.IgnoreUnknown()); diff != "" {
			t.Fatal(diff)
		}
		if got.Kind == frame.DataKind && len(in) > frame.ClientLimit {
			return // it is encoded in several frames
		}
		again := reencode(&got)
		body, n, err := frame.Split(again, len(again))
		if err != nil || n != len(again) {
			t.Fatalf("encoded again: n %d of %d, error %v", n, len(again), err)
		}
		var second frame.Frame
		if err := frame.Decode(body, &second); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(message(&got), message(&second), protocmp.Transform(), protocmp.IgnoreUnknown()); diff != "" {
			t.Fatal(diff)
		}
	})
}

func message(f *frame.Frame) *pzog.Frame {
	switch f.Kind {
	case frame.DataKind:
		return &pzog.Frame{Body: &pzog.Frame_Data{Data: generated(&f.Data)}}
	case frame.OkKind:
		return &pzog.Frame{Body: &pzog.Frame_Ok{Ok: &pzog.Ok{
			Id: f.Ok.ID, Copies: f.Ok.Copies, Refusal: f.Ok.Refusal, Detail: f.Ok.Detail,
			Origin: f.Ok.Origin, Boot: f.Ok.Boot, Seq: f.Ok.Seq}}}
	case frame.KeepAlive:
		return &pzog.Frame{Body: &pzog.Frame_KeepAlive{KeepAlive: f.KeepAlive}}
	default:
		return &pzog.Frame{Body: &pzog.Frame_Ack{Ack: f.Ack}}
	}
}

func reencode(f *frame.Frame) []byte {
	const limit = 1 << 30
	switch f.Kind {
	case frame.DataKind:
		var r frame.RowEncoder
		var raw []byte
		for d, ok := f.Data, true; ok; ok = d.Next() {
			raw = r.Append(raw, &d)
		}
		return r.End(raw)
	case frame.OkKind:
		return frame.AppendOk(nil, &f.Ok)
	case frame.KeepAlive:
		f.KeepAlive.More = false
		return frame.AppendKeepAlive(nil, f.KeepAlive, limit)
	default:
		f.Ack.More = false
		return frame.AppendAck(nil, f.Ack, limit)
	}
}

// frames are Data frames to measure: as they travel when clients do not send
// again, when they do, and as a client sends them.
func frames() map[string]frame.Data {
	plain, client := whole(), frame.Data{ID: 300, Text: whole().Text, TimeoutMS: 4500, Session: whole().Session, Number: 300}
	plain.Session, plain.Number = 0, 0
	return map[string]frame.Data{"plain": plain, "named": whole(), "client": client}
}

func BenchmarkAppendData(b *testing.B) {
	for name, d := range frames() {
		b.Run(name, func(b *testing.B) {
			buf := make([]byte, 0, 256)
			for b.Loop() {
				buf = frame.AppendData(buf[:0], &d)
			}
			b.SetBytes(int64(len(buf)))
		})
	}
}

func BenchmarkDecodeData(b *testing.B) {
	for name, d := range frames() {
		b.Run(name, func(b *testing.B) {
			buf := frame.AppendData(nil, &d)
			b.SetBytes(int64(len(buf)))
			var f frame.Frame
			for b.Loop() {
				body, _, _ := frame.Split(buf, frame.PeerLimit)
				if err := frame.Decode(body, &f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
