package actors

import (
	"sync"
	"testing"
	"testing/synctest"
)

// Mailboxes are run by an idle worker, or by a new one if there is none, and never wait.
func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w workers
		for round := range 3 {
			var all sync.WaitGroup
			gate := make(chan bool)
			for range 2 * maxIdleWorkers {
				all.Add(1)
				w.Schedule(func() { defer all.Done(); <-gate })
			}
			synctest.Wait()
			if len(w.idle) != 0 {
				t.Errorf("round %d: %d are free while all are busy", round, len(w.idle))
			}
			close(gate)
			all.Wait()
			synctest.Wait()
			if len(w.idle) != maxIdleWorkers {
				t.Errorf("round %d: %d wait, want %d", round, len(w.idle), maxIdleWorkers)
			}
		}
		last := w.idle[maxIdleWorkers-1]
		w.Schedule(func() {})
		synctest.Wait()
		if len(w.idle) != maxIdleWorkers || w.idle[maxIdleWorkers-1] != last {
			t.Error("the one that was busy last is not the next")
		}
		w.end()
		ran := make(chan bool)
		w.Schedule(func() { close(ran) })
		<-ran
		synctest.Wait()
		if len(w.idle) != 0 {
			t.Errorf("%d wait after the end", len(w.idle))
		}
	})
}

// An idle worker costs no more than the goroutine of protoactor's dispatcher would: no memory for
// each run.
func TestWorkersDoNotAllocate(t *testing.T) {
	var w workers
	defer w.end()
	done := make(chan bool)
	mail := func() { done <- true }
	rested := func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.idle) > 0
	}
	run := func() {
		w.Schedule(mail)
		<-done
		for !rested() {
		}
	}
	run()
	if allocs := testing.AllocsPerRun(100, run); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}

// BenchmarkHop runs the mailbox of one actor.
func BenchmarkHop(b *testing.B) {
	var w workers
	defer w.end()
	done := make(chan bool)
	mail := func() { done <- true }
	b.ReportAllocs()
	for b.Loop() {
		w.Schedule(mail)
		<-done
	}
}
