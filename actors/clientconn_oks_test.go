package actors

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// answers returns the Oks in a buffer.
func answers(t rapid.TB, buf []byte) (oks []frame.Ok) {
	t.Helper()
	for len(buf) > 0 {
		body, n, err := frame.Split(buf, frame.ClientLimit)
		var f frame.Frame
		if err != nil || n == 0 || frame.Decode(body, &f) != nil || f.Kind != frame.OkKind {
			t.Fatalf("% x is no Ok", buf)
		}
		oks, buf = append(oks, f.Ok), buf[n:]
	}
	return oks
}

// ownRun and otherRun are what the messages of TestAppendOks are in.
var ownRun, otherRun = marks.Run{Origin: "LA", Boot: 7}, marks.Run{Origin: "MV", Boot: 8}

// All that is new is one Ok, however much it is.
func TestAppendOksOfANewBatch(t *testing.T) {
	var b row.Builder
	for seq := range uint64(1000) {
		b.Add(&row.Head{Run: ownRun, Seq: 41 + seq}, []byte("x\r\n"))
	}
	batch := &messages.ClientBatch{Frames: messages.Frames{FirstID: 10, LastID: 1009}}
	p := &pendingBatch{batch: batch, identities: identitiesOf(&messages.ClientTaken{Entry: messages.Entry{Rows: b.Take()}, Batch: batch})}
	want := []frame.Ok{{ID: 1009, Copies: 3, Detail: "some", Origin: "LA", Boot: 7, Seq: 1040}}
	if got := answers(t, p.appendOks(nil, frame.Ok{Copies: 3, Detail: "some"})); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	var buf []byte
	if allocs := testing.AllocsPerRun(100, func() { buf = p.appendOks(buf[:0], frame.Ok{Copies: 3}) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// Each id of a batch is answered once, in order, under its own identity or refusal, whatever is
// new, a duplicate or refused; and neighbours with consecutive identities are answered together.
func TestAppendOksOfAnyBatch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fates := rapid.SliceOfN(rapid.SampledFrom([]string{"new", "again", "again, elsewhere", "refused"}), 1, 12).Draw(t, "fates")
		batch := &messages.ClientBatch{Frames: messages.Frames{FirstID: 5, LastID: 4 + uint64(len(fates))}}
		p := &pendingBatch{batch: batch, identities: identities{first: marks.Mark{Run: ownRun, Seq: 100}}}
		var want []string
		oks, fresh, again, before := 0, uint64(100), uint64(1), ""
		for i, fate := range fates {
			id := 5 + uint64(i)
			switch fate {
			case "new":
				want = append(want, fmt.Sprintf("%d %s %d", id, ownRun.Name(), fresh))
				fresh++
			case "refused":
				want = append(want, fmt.Sprintf("%d CONTROL", id))
				batch.Refused = append(batch.Refused, sequencer.Refused{ID: id, Reason: pzog.Refusal_CONTROL})
			default:
				if fate == "again, elsewhere" {
					again += 10
				}
				if n := len(p.duplicates); before == "again" && fate == "again" || before == "again, elsewhere" && fate == "again" {
					p.duplicates[n-1].LastID, p.duplicates[n-1].Seq = id, again
				} else {
					p.duplicates = append(p.duplicates, sequencer.Held{FirstID: id, LastID: id, Run: otherRun, Seq: again})
				}
				want = append(want, fmt.Sprintf("%d %s %d", id, otherRun.Name(), again))
				again++
			}
			if fate != before && !(fate == "again" && before == "again, elsewhere") || fate == "refused" || fate == "again, elsewhere" {
				oks++
			}
			before = fate
		}
		answered := answers(t, p.appendOks(nil, frame.Ok{Copies: 1}))
		if len(answered) != oks {
			t.Errorf("%d Oks for %q, want %d", len(answered), fates, oks)
		}
		if got := eachID(5, answered); !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", fates, got, want)
		}
	})
}

// eachID says how each id is answered, from a first one on.
func eachID(next uint64, oks []frame.Ok) (all []string) {
	for _, ok := range oks {
		for ; next <= ok.ID; next++ {
			if ok.Refusal != 0 {
				all = append(all, fmt.Sprintf("%d %v", next, ok.Refusal))
			} else {
				run := marks.Run{Origin: ok.Origin, Boot: ok.Boot}
				all = append(all, fmt.Sprintf("%d %s %d", next, run.Name(), ok.Seq-(ok.ID-next)))
			}
		}
	}
	return all
}
