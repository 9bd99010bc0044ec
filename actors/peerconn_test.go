package actors

import (
	"slices"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
)

// A duplicate is answered once its first copy is durable, and what follows it is not answered
// before it.
func TestADuplicateIsAnsweredOnceItIsDurable(t *testing.T) {
	run := marks.Run{Origin: "PA", Boot: 7}
	c := &peerConn{node: testNode(t, 2)}
	next := uint64(1)
	logged := func(last uint64, held ...sequencer.Held) {
		credit := make(messages.Credit, 1)
		credit <- struct{}{}
		b := &messages.PeerBatch{Frames: messages.Frames{FirstID: next, LastID: last, Credit: credit}}
		next = last + 1
		if err := c.batchLogged(&messages.PeerTaken{Batch: b, Duplicates: held}); err != nil {
			t.Fatal(err)
		}
	}
	requireOks := func(want ...uint64) {
		t.Helper()
		c.appendHeld()
		var got []uint64
		for buf := c.out.buf; len(buf) > 0; {
			var f frame.Frame
			body, n, err := frame.Split(buf, frame.PeerLimit)
			if err == nil {
				err = frame.Decode(body, &f)
			}
			if err != nil {
				t.Fatal(err)
			}
			got, buf = append(got, f.Ok.ID), buf[n:]
		}
		if !slices.Equal(got, want) {
			t.Errorf("Ok for %d, want %d", got, want)
		}
	}
	logged(1)
	requireOks(1)
	logged(5, sequencer.Held{FirstID: 3, LastID: 4, Run: run, Seq: 2})
	requireOks(1, 2)
	logged(6)
	requireOks(1, 2)
	c.node.ledger.Logged([]marks.Mark{{Run: run, Seq: 2, First: 1}})
	c.appendOk()
	requireOks(1, 2, 6)
}

// Nothing is answered behind a batch that was lost, as the Ok would cover that batch too.
func TestNoOkBehindALostBatch(t *testing.T) {
	c := &peerConn{node: testNode(t, 2)}
	credit := make(messages.Credit, 1)
	credit <- struct{}{}
	lost := &messages.PeerBatch{Frames: messages.Frames{FirstID: 2, LastID: 3, Credit: credit}}
	if err := c.batchLogged(&messages.PeerTaken{Batch: lost}); err != errBatchLost || len(c.out.buf) > 0 || len(credit) > 0 {
		t.Errorf("%v, and %d bytes are said", err, len(c.out.buf))
	}
}
