package actors

import (
	"errors"
	"strings"
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

// A row that goes on beyond its memory begins another row. So a batch may have one row more than the
// limit, and not more than that.
func TestABatchHasFewRowsAlsoWhenMemoryForTextsIsFull(t *testing.T) {
	long := []byte(strings.Repeat("x", 500) + "\r\n")
	for name, tt := range map[string]struct {
		in   func() intake
		most int
		rows func(messages.Batch) int
	}{
		"peer": {func() intake { return &peerIntake{peer: 1} }, maxPeerRows,
			func(b messages.Batch) int { return len(b.(*messages.PeerBatch).Rows) }},
		"client": {func() intake { return &clientIntake{} }, maxRows,
			func(b messages.Batch) int { return len(b.(*messages.ClientBatch).Rows) }},
	} {
		t.Run(name, func(t *testing.T) {
			in, most := tt.in(), 0
			for id := uint64(1); id <= 6000; id++ {
				// Up to the limit each message is of another run and session, then one row fills its
				// memory, and after that each is of another again.
				of := id
				if at := uint64(tt.most); at <= id && id < at+1000 {
					of = at
				}
				d := frame.Data{
					ID: id, Text: long, Origin: []byte("PA"), Boot: of, Seq: 1 + id - of, TimeMS: 1000, Session: of, Number: 1 + id - of,
				}
				err := in.addData(&d)
				if errors.Is(err, errNewBatch) {
					most = max(most, tt.rows(in.takeBatch()))
					err = in.addData(&d)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if most = max(most, tt.rows(in.takeBatch())); most < tt.most || most > tt.most+10 {
				t.Errorf("a batch of %d rows", most)
			}
		})
	}
}
