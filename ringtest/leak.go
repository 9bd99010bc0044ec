package ringtest

import (
	"bytes"
	"context"
	"fmt"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"time"
)

// leakLabel is the pprof label of the goroutines of a ring's hosts. A goroutine passes it on to
// those that it starts, so that the goroutines of one ring can be told from those of other rings
// and of the test.
const leakLabel = "ringtest"

var rings atomic.Uint64

// setLabel gives the ring a label of its own.
func (r *Ring) setLabel() {
	r.number = fmt.Sprint(rings.Add(1))
	r.labelled = pprof.WithLabels(context.Background(), pprof.Labels(leakLabel, r.number))
}

// runLabelled calls a function in a goroutine with the ring's label, and waits for it.
func (r *Ring) runLabelled(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pprof.SetGoroutineLabels(r.labelled)
		f()
	}()
	<-done
}

// requireNoLeak fails the test if a goroutine of the hosts still runs.
func (r *Ring) requireNoLeak() {
	if virtual() {
		// protoactor's goroutine for dead letters lives for a second.
		time.Sleep(2 * time.Second)
	}
	left := running(r.number)
	for range 100 {
		if left == "" {
			return
		}
		time.Sleep(50 * time.Millisecond)
		left = running(r.number)
	}
	r.t.Errorf("ringtest: the ring has stopped, and these goroutines still run:\n%s", left)
}

// running returns the stacks of the goroutines with the label of a ring.
func running(number string) string {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1) // a buffer does not fail
	label := fmt.Sprintf("%q:%q", leakLabel, number)
	var left []string
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, label) {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
