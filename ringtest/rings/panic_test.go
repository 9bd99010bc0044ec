package rings_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// panics lets actors panic once, at the nth message of a type, before or after they
// have dealt with it.
func panics(a *ringtest.Actor, nth int, of string, after bool) *ringtest.Fault {
	if after {
		return a.PanicAfter(ringtest.Nth(nth, of))
	}
	return a.Panic(ringtest.Nth(nth, of))
}

// Of these many come in the time of a test.
var received = []string{
	"Batch", "Take", "Append", "Logged", "Appended",
	"Advanced", "Greeted", "Heard", "Locate", "Located",
	"Pull", "Forward", "Reached", "Watch",
	"MarksChanged", "Speak", "controlFrame", "dialAttempt",
	"maintainDue",
}

// Of these one comes: no segment is sealed, and what a connection does wrong for one
// reason is one line in 5 s.
var receivedOnce = []string{"nextBlock", "Report", "sumsDue"}

// TestAnyActorMayPanic: whatever actor panics, at whatever message, nothing
// that was Ok'd is lost, nothing stands twice, and the ring agrees again
// within seconds (I1, I2, I3, I5).
func TestAnyActorMayPanic(t *testing.T) {
	requireAnyActorMayPanic(t, append(slices.Clone(received), receivedOnce...), 1, 20*time.Millisecond)
}

// TestLongAnyActorMayPanicUnderWay: the same at the fourth message, and each sync takes
// longer than a restart.
func TestLongAnyActorMayPanicUnderWay(t *testing.T) {
	requireAnyActorMayPanic(t, received, 4, time.Second)
}

func requireAnyActorMayPanic(t *testing.T, at []string, nth int, syncTakes time.Duration) {
	for _, of := range at {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after=%v", of, after), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					newRing(t, 5, ringtest.SyncTakes(syncTakes)).panicOnce(of, nth, after)
				})
			})
		}
	}
}

// TestAnActorOfAHostAloneMayPanic: with no peer to bring back what was lost,
// its numbers must not be used again nor waited for.
func TestAnActorOfAHostAloneMayPanic(t *testing.T) {
	for _, of := range []string{"Batch", "Take", "Append", "Logged"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after=%v", of, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newRing(t, 1).panicOnce(of, 3, after) })
			})
		}
	}
}

// panicOnce sends through the first two hosts while an actor of the first
// panics, and then looks what is in the logs.
func (r *memoryRing) panicOnce(of string, nth int, after bool) {
	fault := panics(r.hosts[0].Actor(""), nth, of, after)
	r.startAll()
	time.Sleep(2 * time.Second)
	var acknowledged []string
	begun := time.Now()
	for round := range 6 {
		for host := range min(2, len(r.hosts)) {
			batch := texts(fmt.Sprintf("host %d round %d text", host, round), 10)
			n, _ := r.try(host, append(slices.Clone(batch), "bad\x00text")...)
			acknowledged = append(acknowledged, batch[:min(n, len(batch))]...)
		}
		time.Sleep(300 * time.Millisecond)
	}
	if took := time.Since(begun); took > time.Minute {
		r.t.Errorf("the clients waited %v, of virtual time, for answers or the end of their connections", took)
	}
	time.Sleep(15 * time.Second)
	if fault.Fired() == 0 {
		r.t.Fatalf("it did not fire: %v", fault)
	}
	all := make([]int, len(r.hosts))
	for host := range all {
		all[host] = host
		last := fmt.Sprint("the last of host ", host)
		r.hangUp(host) // a panic may have closed it
		r.send(host, last)
		acknowledged = append(acknowledged, last)
	}
	time.Sleep(5 * time.Second)
	r.requireKept(acknowledged, all...)
}
