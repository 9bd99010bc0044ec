package actors

import (
	"net"
	"testing"
	"testing/synctest"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
)

// A connection has eight batches under way (I6), and one more for each credit that is returned.
// Otherwise it is not read.
func TestAReaderWaitsForCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		conn, other := net.Pipe()
		defer other.Close()
		var batches []*messages.ClientBatch
		r := &reader{conn: conn, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: new(messages.Pulse)}
		r.start(func(m any) {
			if b, ok := m.(*messages.ClientBatch); ok {
				batches = append(batches, b)
			}
		})
		go func() {
			for id := uint64(1); id <= 100; id++ { // each is a read, and so a batch
				if _, err := other.Write(frame.AppendData(nil, &frame.Data{ID: id, Text: []byte("x\r\n")})); err != nil {
					return // the reader has ended
				}
			}
		}()
		synctest.Wait()
		if len(batches) != credits {
			t.Errorf("%d batches are under way, want %d", len(batches), credits)
		}
		batches[0].Credit.Return()
		synctest.Wait()
		if len(batches) != credits+1 {
			t.Errorf("with one returned there were %d batches in all, want %d", len(batches), credits+1)
		}
		r.end()
	})
}
