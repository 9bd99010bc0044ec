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

// leakLabel marks the goroutines of a ring's hosts: whoever starts another hands it
// on. So those of one ring can be told from those of others that run beside it, and
// from the test's.
const leakLabel = "ringtest"

var rings atomic.Uint64

// mark makes the ring's mark.
func (r *Ring) mark() {
	r.number = fmt.Sprint(rings.Add(1))
	r.marked = pprof.WithLabels(context.Background(), pprof.Labels(leakLabel, r.number))
}

// as calls a function in a goroutine that bears the mark.
func (r *Ring) as(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		pprof.SetGoroutineLabels(r.marked)
		f()
	}()
	<-done
}

// requireEnd fails the test if something of the hosts still runs.
func (r *Ring) requireEnd() {
	if virtual() {
		// The library's goroutine for letters to who is gone lives for a second.
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
	r.t.Errorf("ringtest: the ring has stopped, and of it still runs:\n%s", left)
}

// running returns the stacks of the goroutines with a mark.
func running(name string) string {
	var all bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&all, 1) // a buffer does not fail
	mark := fmt.Sprintf("%q:%q", leakLabel, name)
	var left []string
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, mark) {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}
