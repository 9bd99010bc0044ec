package rings_test

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// A batch is handed to the links that the tree gives it to, and no other is woken for
// it: what a message costs a host does not depend on how many hosts there are.
func TestOnlyLinksThatCarryAMessageHearOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		var probes []*ringtest.Probe
		for _, h := range r.hosts {
			probes = append(probes, h.Actor("links/*").Probe("Forward"))
		}
		const messages = 20
		for n := range messages {
			r.send(0, fmt.Sprint("text ", n))
			time.Sleep(10 * time.Millisecond)
		}
		heard := make(map[string]int)
		for _, p := range probes {
			for _, h := range p.Heard() {
				heard[h.Host+" "+h.Actor]++
			}
		}
		// The client's host begins the tree, and its +1 and +2 go on with it.
		want := map[string]int{
			"MV links/+1": messages, "MV links/+2": messages, "PA links/+2": messages, "G links/+2": messages,
		}
		if !maps.Equal(heard, want) {
			t.Errorf("batches were handed on\n%v, want\n%v", heard, want)
		}
		r.requireSame(messages, 0, 1, 2, 3, 4)
	})
}

// A link that has nothing to carry for long is not left behind by the window, and
// carries what then comes for it.
func TestLongALinkThatWaitsForLongGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		const rounds, batch = 40, 1000
		for n := range rounds { // some 17 MB
			r.send(0, texts(fmt.Sprint(n, strings.Repeat(" and so on", 40)), batch)...)
		}
		time.Sleep(time.Second)
		for i := range r.hosts { // each of them begins a tree now
			r.send(i, "and another")
		}
		time.Sleep(100 * time.Millisecond) // no repair is as fast
		r.requireSame(rounds*batch+len(r.hosts), 0, 1, 2, 3, 4)
		r.stop(4)
		for _, said := range []string{"is not where the window is", "lacks what is before", "reading it from the log"} {
			if n := r.Said(said); n > 0 {
				t.Errorf("%d times it was said that a peer %q", n, said)
			}
		}
	})
}

// A host that stops does not wait for links that have nothing to carry, although the
// others go on meanwhile.
func TestAStoppingHostDoesNotWaitForLinksThatWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		sent, over := 0, make(chan struct{})
		var sender sync.WaitGroup
		sender.Go(func() {
			for ; ; sent++ {
				select {
				case <-over:
					return
				case <-time.After(time.Millisecond):
					r.send(0, fmt.Sprint("text ", sent))
				}
			}
		})
		for i := 1; i < len(r.hosts); i++ {
			time.Sleep(5 * time.Second)
			begun := time.Now()
			r.stop(i)
			if took := time.Since(begun); took > 500*time.Millisecond {
				t.Errorf("host %d takes %v to stop", i, took)
			}
			r.start(i)
		}
		close(over)
		sender.Wait()
		time.Sleep(10 * time.Second)
		r.requireSame(sent, 0, 1, 2, 3, 4)
	})
}

// Nor does it once the last answer is there, if what came since is for others.
func TestAStoppingHostWaitsForTheLastAnswerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		r.link(3, 1).Slow(400*time.Millisecond, 0)
		r.send(0, "from 0 by 1 to 3")
		var sender sync.WaitGroup
		sender.Go(func() {
			for n := range 30 {
				r.send(2, fmt.Sprint("1 is the last to get this ", n))
				time.Sleep(10 * time.Millisecond)
			}
		})
		time.Sleep(10 * time.Millisecond)
		begun := time.Now()
		r.stop(1)
		if took := time.Since(begun); took < 300*time.Millisecond || took > time.Second {
			t.Errorf("it takes %v to stop, and the answer is there after 400 ms", took)
		}
		sender.Wait()
	})
}
