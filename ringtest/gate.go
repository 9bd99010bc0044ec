package ringtest

import "sync"

// gate blocks its callers while it was shut more often than opened. The zero value is open.
type gate struct {
	mu     sync.Mutex
	count  int           // of shut, less those of open
	opened chan struct{} // closed when it opens; nil while it is open
	forced bool          // open, and never shut again
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count++; g.opened == nil && !g.forced {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count--; g.count == 0 {
		g.release()
	}
}

// force opens the gate. It cannot be shut again.
func (g *gate) force() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forced = true
	g.release()
}

// release wakes the callers that wait. The caller holds mu.
func (g *gate) release() {
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// whenOpen returns a channel that is closed when the gate opens, or nil if it is open.
func (g *gate) whenOpen() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}

// wait blocks until the gate is open.
func (g *gate) wait() {
	if opened := g.whenOpen(); opened != nil {
		<-opened
	}
}
