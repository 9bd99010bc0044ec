package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// Frames that are not Data take as long as their bytes do at controlRate, however many clients send
// them. A client that sends little does not wait for those that send much.
func TestTheLaneIsSlowForThoseWhoAskForMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const clients, each = 40, 100
		lane := newFairQueue(controlLimits)
		many := make([]*pzog.Mark, 100)
		for i := range many {
			many[i] = &pzog.Mark{Origin: "MV", Boot: uint64(i) + 1<<40, Seq: 1 << 40}
		}
		question := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Survey: true, Marks: many}, frame.ClientLimit)
		sign := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)
		begun := time.Now()
		read := func(stream []byte, took chan<- time.Duration) {
			r := &reader{
				conn: &pieces{rest: stream, size: len(stream)}, limit: frame.ClientLimit, intake: &clientIntake{},
				pulse: new(messages.Pulse), quota: quota{control: lane},
			}
			r.prepare(func(m any) {
				if s, ok := m.(*controlFrame); ok {
					s.credit.Return()
				}
			})
			if _, err := r.run(); err != nil {
				t.Error(err)
			}
			took <- time.Since(begun)
		}
		var stream []byte
		for range each {
			stream = append(stream, question...)
		}
		took, quick := make(chan time.Duration, clients), make(chan time.Duration, 1)
		for range clients {
			go read(stream, took)
		}
		time.Sleep(100 * time.Millisecond)
		go read(sign, quick)
		last := time.Duration(0)
		for range clients {
			last = max(last, <-took)
		}
		if least := time.Duration(clients*len(stream)) * time.Second / controlRate; last < least {
			t.Errorf("%d bytes took %v, not even %v", clients*len(stream), last, least)
		}
		if waited := <-quick - 100*time.Millisecond; waited > 5*time.Millisecond {
			t.Errorf("a sign of life waited for %v", waited)
		}
	})
}

// A reader that ends while it is in the queue, or waits for it, leaves it to the others.
func TestWhoIsEndedLeavesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lane := newFairQueue(controlLimits)
		enter := func(bytes int) (*reader, chan error) {
			r := &reader{pulse: new(messages.Pulse), quota: quota{control: lane}}
			r.prepare(func(any) {})
			done := make(chan error, 1)
			go func() { done <- r.passControlQueue(bytes) }()
			synctest.Wait()
			return r, done
		}
		inside, first := enter(100 * controlRate)
		waiting, second := enter(100 * controlRate)
		_, third := enter(1)
		close(waiting.stop)
		close(inside.stop)
		if a, b, c := <-first, <-second, <-third; a != errStopped || b != errStopped || c != nil {
			t.Errorf("%v, %v, %v", a, b, c)
		}
	})
}
