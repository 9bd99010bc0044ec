package ringtest

import "sync"

// gate lets pass, or lets wait: as long as it was shut more often than opened. The
// zero value is open.
type gate struct {
	mu     sync.Mutex
	count  int           // how often it was shut
	opened chan struct{} // while it is shut
	forced bool          // it is open for good
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count++; g.count == 1 && !g.forced {
		g.opened = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count--; g.count == 0 && !g.forced {
		close(g.opened)
	}
}

// force opens the gate for good.
func (g *gate) force() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.count > 0 && !g.forced {
		close(g.opened)
	}
	g.forced = true
}

func (g *gate) isShut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.count > 0 && !g.forced
}

// wait returns once the gate is open.
func (g *gate) wait() {
	if g.isShut() {
		g.mu.Lock()
		opened := g.opened
		g.mu.Unlock()
		<-opened
	}
}
