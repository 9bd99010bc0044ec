package actors

import "sync"

// workers run the mailboxes of a host's actors: each in a goroutine as long as there are messages,
// as protoactor's own dispatcher does. A goroutine that has nothing to do waits for other messages
// for a while, because its stack has grown already: growing that of a new goroutine costs more than
// handling most messages.
//
// The zero value is ready. Call end when all actors have ended.
type workers struct {
	mu    sync.Mutex
	idle  []chan func() // of those that wait; the last one was busy last
	ended bool
}

// maxIdleWorkers is how many may wait: about as many as are busy at the same time on a busy host.
const maxIdleWorkers = 16

// Schedule implements actor.Dispatcher. run handles the messages of one mailbox.
func (w *workers) Schedule(run func()) {
	w.mu.Lock()
	n := len(w.idle)
	if n == 0 {
		w.mu.Unlock()
		go w.work(run)
		return
	}
	worker := w.idle[n-1]
	w.idle = w.idle[:n-1]
	w.mu.Unlock()
	worker <- run
}

// Throughput implements actor.Dispatcher: after so many messages of one actor it is the turn of
// others.
func (w *workers) Throughput() int { return 300 }

// work runs mailboxes until there is nothing to do and enough others wait.
func (w *workers) work(run func()) {
	next := make(chan func(), 1)
	for run != nil {
		run()
		if !w.park(next) {
			return
		}
		run = <-next
	}
}

// park makes a worker wait. It returns false if enough others wait.
func (w *workers) park(worker chan func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || len(w.idle) == maxIdleWorkers {
		return false
	}
	w.idle = append(w.idle, worker)
	return true
}

// end ends the workers that wait, and lets no other wait.
func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, worker := range w.idle {
		close(worker)
	}
	w.idle, w.ended = nil, true
}
