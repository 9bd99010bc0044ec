package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/schedule"
	"xlattice.org/zog/messages"
)

// A batch that was read, and waits while this process is stopped, is stale, also if it waits for
// much longer: its client has given it to another host. A short stop changes nothing.
func TestABatchThatWaitsThroughAStop(t *testing.T) {
	for stopped, want := range map[time.Duration]bool{500 * time.Millisecond: false, 2 * time.Second: true} {
		t.Run(stopped.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var s stops
				run := func(d time.Duration) {
					for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(schedule.TickEvery) {
						s.tick(time.Now())
					}
				}
				conn := &pieces{rest: frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("text")}), size: 100}
				r := &reader{conn: conn, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: new(messages.Pulse), stops: &s}
				var batches []messages.Batch
				r.prepare(func(m any) {
					if b, ok := m.(messages.Batch); ok {
						batches = append(batches, b)
					}
				})
				for range credits {
					r.batchCredit <- struct{}{}
				}
				run(time.Second)
				ended := make(chan error)
				go func() {
					_, err := r.run()
					ended <- err
				}()
				run(time.Second)
				time.Sleep(stopped)
				run(5 * time.Second)
				r.batchCredit.Return()
				if err := <-ended; err != nil || len(batches) != 1 || batches[0].Common().Stale != want {
					t.Errorf("%d batches, %v", len(batches), err)
				}
			})
		})
	}
}
