package actors

import (
	"slices"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// A batch keeps the first text of each reason.
func TestTextsThatAreShown(t *testing.T) {
	var in clientIntake
	for range 2 {
		for _, text := range []string{"a\xff\r\n", "b\xff\r\n", "c", "fine\r\n", "d", "e\xff\r\n"} {
			if err := in.addData(&frame.Data{ID: in.lastID + 1, Text: []byte(text)}); err != nil {
				t.Fatal(err)
			}
		}
		var shown []string
		for _, r := range in.takeBatch().(*messages.ClientBatch).Refused {
			shown = append(shown, string(r.Text))
		}
		if want := []string{"a\xff\r\n", "", "c", "", ""}; !slices.Equal(shown, want) {
			t.Errorf("shown are %q, want %q", shown, want)
		}
	}
}

// A read buffer full of refused texts is divided into batches that are soon answered, whether its
// frames are one row or not. The weight of each is more than its bytes.
func TestRefusedTextsComeInSmallBatches(t *testing.T) {
	for _, session := range []uint64{0, 7} {
		var stream []byte
		var row frame.RowEncoder
		for id := range uint64(1000) {
			stream = row.Append(stream, &frame.Data{ID: id + 1, Text: []byte("\xff\r\n"), Session: session * (id + 1), Number: 1})
		}
		stream = row.End(stream)
		r := &reader{conn: &pieces{rest: stream, size: len(stream)}, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: new(messages.Pulse)}
		var got []int
		r.prepare(func(m any) {
			b := m.(*messages.ClientBatch)
			got = append(got, len(b.Refused))
			if b.Weight < int64(len(b.Refused))*refusedWeight {
				t.Errorf("%d refused texts weigh %d bytes", len(b.Refused), b.Weight)
			}
			b.Credit.Return()
		})
		if _, err := r.run(); err != nil {
			t.Fatal(err)
		}
		total := 0
		for _, n := range got {
			if total += n; n > maxRefused {
				t.Errorf("a batch of %d refused texts, more than %d", n, maxRefused)
			}
		}
		if total != 1000 {
			t.Errorf("%d texts are refused, in batches of %v", total, got)
		}
	}
}

// flooded returns a node with an error log, and a batch of refused texts.
func flooded(b *testing.B) (*Node, []sequencer.Refused) {
	n := testNode(b, 2)
	if _, err := n.System.Root.SpawnNamed(NewErrorLog(n, b.TempDir()), RootName+"/"+ErrorLogName); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = n.System.Root.StopFuture(n.ErrorLog()).Wait() })
	refused := make([]sequencer.Refused, 1000)
	for i := range refused {
		refused[i] = sequencer.Refused{ID: uint64(i + 1), Reason: pzog.Refusal_NOT_UTF8, Text: []byte("\xff\r\n")}
	}
	return n, refused
}

// BenchmarkRefusedTexts reports refused texts of four connections.
func BenchmarkRefusedTexts(b *testing.B) {
	n, refused := flooded(b)
	b.SetParallelism(4)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		c := &clientConn{node: n, remote: "192.0.2.1:40312"}
		for i := 0; pb.Next(); i++ {
			if i%len(refused) == 0 { // a batch
				c.reportRefused(refused, false)
			}
		}
	})
}
