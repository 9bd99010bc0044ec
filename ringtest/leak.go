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

// leakLabel marks the goroutines of a ring: whoever starts another hands it on. So
// those of one ring can be told from those of others that run beside it.
const leakLabel = "ringtest"

var rings atomic.Uint64

// watchLeaks marks the goroutine of the test, and so all that the ring starts. What
// it returns takes the mark off, and fails the test if some of them still run.
func watchLeaks(t TB) (stop func()) {
	name := fmt.Sprint(rings.Add(1))
	pprof.SetGoroutineLabels(pprof.WithLabels(context.Background(), pprof.Labels(leakLabel, name)))
	return func() {
		pprof.SetGoroutineLabels(context.Background())
		if virtual() {
			// The library's goroutine for letters to who is gone lives for a second.
			time.Sleep(2 * time.Second)
		}
		left := running(name)
		for range 100 {
			if left == "" {
				return
			}
			time.Sleep(50 * time.Millisecond)
			left = running(name)
		}
		t.Errorf("ringtest: the ring has stopped, and of it still runs:\n%s", left)
	}
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
