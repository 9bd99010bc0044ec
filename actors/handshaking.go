package actors

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"xlattice.org/zog/internal/handshakes"
)

// handshaking lets handshakes go on in turn, as package handshakes decides. They wait in the
// goroutines that read the connections.
type handshaking struct {
	id *identity

	mu    sync.Mutex
	queue handshakes.Queue
	timer *time.Timer // of the next turn; nil if nobody waits for one
}

// wait waits until a handshake may go on, and ends early when the connection is closed. expected says
// that a peer may have this address.
func (h *handshaking) wait(from netip.Prefix, expected bool, closed <-chan struct{}, until time.Time) error {
	w := &handshakes.Waiter{Turn: make(chan struct{}, 1)}
	if h.ask(w, from, expected) {
		return nil
	}
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	select {
	case <-w.Turn:
		return nil
	case <-closed:
		h.leave(w)
		return net.ErrClosed
	case <-late.C:
		h.leave(w)
		return os.ErrDeadlineExceeded
	}
}

func (h *handshaking) ask(w *handshakes.Waiter, from netip.Prefix, expected bool) bool {
	h.mu.Lock()
	defer h.unlock()
	return h.queue.Ask(w, from, expected, h.limits(), time.Now())
}

func (h *handshaking) leave(w *handshakes.Waiter) {
	h.mu.Lock()
	defer h.unlock()
	h.queue.Leave(w)
}

// letIn notes that somebody with a good certificate has this address.
func (h *handshaking) letIn(from netip.Prefix) {
	h.mu.Lock()
	defer h.unlock()
	h.queue.LetIn(from)
}

// unlock tells those whose turn has come, and lets others use the queue. While somebody waits for a
// turn that has not come, there is a timer, which ends when nobody does.
func (h *handshaking) unlock() {
	defer h.mu.Unlock()
	for {
		w, again := h.queue.Next(h.limits(), time.Now())
		switch {
		case w != nil:
			w.Turn <- struct{}{} // never blocks: each waits for one turn
			continue
		case again.IsZero():
			stopTimers(h.timer)
			h.timer = nil
		case h.timer == nil:
			h.timer = time.AfterFunc(time.Until(again), func() {
				h.mu.Lock()
				h.timer = nil
				h.unlock()
			})
		}
		return
	}
}

func (h *handshaking) limits() handshakes.Limits {
	l := h.id.Ring().Limits
	return handshakes.Limits{All: l.Handshakes, PerAddress: l.HandshakesPerAddress}
}
