package ringtest

import "sync"

// gate lets pass, or lets wait: as long as it was shut more often than opened. The
// zero value is open.
type gate struct {
	mu     sync.Mutex
	count  int           // how often it was shut
	opened chan struct{} // while it is shut; else nil
	forced bool          // it is open for good
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

// force opens the gate for good.
func (g *gate) force() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forced = true
	g.release()
}

// release lets go of those that wait. The caller holds mu.
func (g *gate) release() {
	if g.opened != nil {
		close(g.opened)
		g.opened = nil
	}
}

// closed returns a channel that is closed when the gate is opened; nil if it is open.
func (g *gate) closed() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened
}

// wait returns once the gate is open.
func (g *gate) wait() {
	if opened := g.closed(); opened != nil {
		<-opened
	}
}
