package actors

import "sync"

// workers run the mailboxes of one host's actors: a goroutine each for as long as
// there is mail, as protoactor's own dispatcher does. But one that has become free
// waits a while for other mail. What is deep in its stack has room there already,
// while that of a fresh goroutine grows anew, which costs more than most mail.
//
// The zero value is ready. Whoever has ended all actors calls end.
type workers struct {
	mu    sync.Mutex
	idle  []chan func() // those that wait, the one that was busy last at the end
	ended bool
}

// maxFree is how many wait at the most: as many as are busy at a time on a busy host.
const maxIdleWorkers = 16

// Schedule implements actor.Dispatcher.
func (w *workers) Schedule(mail func()) {
	w.mu.Lock()
	n := len(w.idle)
	if n == 0 {
		w.mu.Unlock()
		go w.work(mail)
		return
	}
	worker := w.idle[n-1]
	w.idle = w.idle[:n-1]
	w.mu.Unlock()
	worker <- mail
}

// Throughput implements actor.Dispatcher: after so much mail of one actor others get
// their turn.
func (w *workers) Throughput() int { return 300 }

// work does what there is, until there is nothing and enough others wait.
func (w *workers) work(mail func()) {
	next := make(chan func(), 1)
	for mail != nil {
		mail()
		if !w.park(next) {
			return
		}
		mail = <-next
	}
}

// rest has a worker wait, if it may.
func (w *workers) park(worker chan func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || len(w.idle) == maxIdleWorkers {
		return false
	}
	w.idle = append(w.idle, worker)
	return true
}

// end lets those go that wait, and nobody wait any more.
func (w *workers) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, worker := range w.idle {
		close(worker)
	}
	w.idle, w.ended = nil, true
}
