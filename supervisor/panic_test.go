package supervisor_test

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// crash makes the actors of a host panic at the nth message of one type,
// before or after it was received.
type crash struct {
	of    string
	nth   int64
	after bool
	seen  *atomic.Int64
	fired *atomic.Bool
}

func (c crash) mailbox() actor.Mailbox { return &crashBox{Mailbox: actor.Unbounded()(), crash: c} }

type crashBox struct {
	actor.Mailbox
	crash
}

func (b *crashBox) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	b.Mailbox.RegisterHandlers(&crashInvoker{i, b.crash}, d)
}

type crashInvoker struct {
	actor.MessageInvoker
	crash
}

func (i *crashInvoker) InvokeUserMessage(m any) {
	due := false
	if name := fmt.Sprintf("%T", m); name == i.of && i.seen.Add(1) == i.nth {
		due = true
		i.fired.Store(true)
	}
	if due && !i.after {
		panic("injected before " + i.of)
	}
	i.MessageInvoker.InvokeUserMessage(m)
	if due {
		panic("injected after " + i.of)
	}
}

// TestAnyActorMayPanic: whatever actor panics, at whatever message, nothing
// that was Ok'd is lost, nothing stands twice, and the ring agrees again
// within seconds (DESIGN 8; I1, I2, I3, I5).
func TestAnyActorMayPanic(t *testing.T) {
	received := []string{
		"*messages.Batch", "*messages.Take", "*messages.Append", "*messages.Logged", "*messages.Appended",
		"*messages.Advanced", "*messages.Greeted", "*messages.Heard", "*messages.Locate", "*messages.Located",
		"*messages.Pull", "*messages.Forward", "*messages.Reached", "*messages.Acked", "*messages.Watch",
		"*messages.Unsettled", "*messages.Speak", "*messages.Report", "*actors.said", "*actors.dialed",
		"*actors.tend",
	}
	for _, of := range append(received, "*actors.nextBlock") {
		for _, nth := range []int64{1, 4} {
			if nth > 1 && of == "*actors.nextBlock" {
				continue // it comes once while no segment is sealed
			}
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%d/after=%v", of, nth, after), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						r := newRing(t, 5)
						if nth > 1 {
							r.sync = time.Second // longer than a restart takes
						}
						r.panicOnce(of, nth, after)
					})
				})
			}
		}
	}
}

// TestAnActorOfAHostAloneMayPanic: with no peer to bring back what was lost,
// its numbers must not be used again nor waited for.
func TestAnActorOfAHostAloneMayPanic(t *testing.T) {
	for _, of := range []string{"*messages.Batch", "*messages.Take", "*messages.Append", "*messages.Logged"} {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after=%v", of, after), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { newRing(t, 1).panicOnce(of, 3, after) })
			})
		}
	}
}

// panicOnce sends through the first two hosts while an actor of the first
// panics, and then looks what is in the logs.
func (r *memoryRing) panicOnce(of string, nth int64, after bool) {
	c := crash{of: of, nth: nth, after: after, seen: new(atomic.Int64), fired: new(atomic.Bool)}
	r.boxes[0] = c.mailbox
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
	if !c.fired.Load() {
		r.t.Fatalf("%s came %d times: the fault did not fire", of, c.seen.Load())
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
	logged := strings.Join(r.requireEqual(all...), "")
	for _, text := range acknowledged {
		if !strings.Contains(logged, " "+text+"\r\n") {
			r.t.Errorf("%q was acknowledged and is lost", text)
		}
	}
}
