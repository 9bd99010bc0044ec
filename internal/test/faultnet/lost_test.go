package faultnet_test

import (
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/faultnet"
)

// What is said after the cut waits for what was lost, and nothing waits once that has
// arrived.
func TestTheTimerEndsWithWhatWasLost(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		start := time.Now()
		w.Set(there, faultnet.Condition{Drop: true})
		w.say(near, one)
		time.Sleep(5 * time.Second)
		w.Set(there, faultnet.Condition{})
		w.say(near, two)
		w.hear(far, one, two)
		w.after(start, 6200*ms)
		w.say(near, three)
		w.hear(far, three)
		w.after(start, 6200*ms)
	})
}

// A cut that is over only between two tries is none that is over.
func TestACutThatIsOverBetweenTwoTries(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		start := time.Now()
		w.Set(there, faultnet.Condition{Drop: true})
		w.say(near, one)
		for range 2 { // whole from 2 to 2.5 s, and from 4.5 to 5 s
			time.Sleep(2 * time.Second)
			w.Set(there, faultnet.Condition{})
			time.Sleep(500 * ms)
			w.Set(there, faultnet.Condition{Drop: true})
		}
		w.Set(there, faultnet.Condition{})
		w.hear(far, one)
		w.after(start, 6200*ms)
	})
}

// After 924.6 s the connection is given up at one end, and the other hears of it when it
// says something, if packets pass by then.
func TestAConnectionIsGivenUp(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		start := time.Now()
		w.Set(there, faultnet.Condition{Drop: true})
		w.say(near, one)
		w.ends(near, syscall.ETIMEDOUT)
		w.after(start, 924600*ms)
		w.mute(near, syscall.ETIMEDOUT)
		w.silent(far)
		w.say(far, two) // the reset that answers it is lost
		w.silent(far)
		w.Set(there, faultnet.Condition{})
		w.silent(far)
		w.say(far, three)
		w.reset(far)
	})
}
