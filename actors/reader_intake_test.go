package actors

import (
	"errors"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
)

// A peer whose messages are each of another run fills several small batches, and not a large one
// that would block the router for all others.
func TestAPeersBatchHasFewRows(t *testing.T) {
	in := &peerIntake{peer: 1}
	var sizes []int
	for id := uint64(1); id <= 2*maxPeerRows+1; id++ {
		d := frame.Data{ID: id, Text: []byte("x\r\n"), Origin: []byte("PA"), Boot: id, Seq: 1, TimeMS: 1000}
		err := in.addData(&d)
		if errors.Is(err, errNewBatch) {
			sizes = append(sizes, row.Count(in.takeBatch().(*messages.PeerBatch).Rows))
			err = in.addData(&d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if b := in.takeBatch().(*messages.PeerBatch); len(sizes) != 2 || sizes[0] != maxPeerRows || sizes[1] != maxPeerRows || row.Count(b.Rows) != 1 || b.LastID != 2*maxPeerRows+1 {
		t.Errorf("batches of %v messages, and %+v", sizes, b)
	}
}
