// Package budget shares a number of bytes among clients, so that what they make a host
// hold stays bounded in all, and none of them takes what others need.
//
//	var b budget.Budget
//	b.SetLimit(16 << 20)
//	s := b.Share()          // one client's
//	if s.Take(4096) { ... } // it may hold so much more
//	s.Free(4096)
//
// A share may grow to as much as is free in all: one client alone gets half of the
// budget, n that want all they can get have the n+1st part each. No list of the clients
// is kept for that, and what they leave free is there at once for one who comes. A share
// that holds nothing may always take one piece: a client that holds little gets through
// whatever the others hold.
package budget

import "sync/atomic"

// Budget is what all clients share. The zero value grants one piece to each share. It is
// safe for concurrent use, and so are its shares.
type Budget struct {
	limit atomic.Int64
	held  atomic.Int64
}

// SetLimit sets how many bytes there are. What is held already stays.
func (b *Budget) SetLimit(bytes int64) { b.limit.Store(bytes) }

// Held returns how many bytes all shares hold.
func (b *Budget) Held() int64 { return b.held.Load() }

// Share returns a new share that holds nothing.
func (b *Budget) Share() *Share { return &Share{of: b, freed: make(chan struct{}, 1)} }

// Share is what one client holds. A nil Share is without a budget: it may take anything.
type Share struct {
	of    *Budget
	held  atomic.Int64
	freed chan struct{}
}

// Take takes so many bytes, or none if the share may not hold so much more now.
func (s *Share) Take(bytes int64) bool {
	if s == nil {
		return true
	}
	// Added first and judged then: of two who come at once, neither is overlooked.
	own, all := s.held.Add(bytes), s.of.held.Add(bytes)
	if own == bytes || fits(own, all, s.of.limit.Load()) {
		return true
	}
	s.held.Add(-bytes)
	s.of.held.Add(-bytes)
	return false
}

// fits tells whether a share may hold so much, when all hold so much: no more than is
// left free.
func fits(own, all, limit int64) bool { return own <= limit-all }

// Force takes bytes that are there already, whether they fit or not.
func (s *Share) Force(bytes int64) {
	if s != nil {
		s.held.Add(bytes)
		s.of.held.Add(bytes)
	}
}

// Free gives bytes back that were taken.
func (s *Share) Free(bytes int64) {
	if s == nil || bytes == 0 {
		return
	}
	s.held.Add(-bytes)
	s.of.held.Add(-bytes)
	select {
	case s.freed <- struct{}{}:
	default:
	}
}

// End gives back all that the share holds, for good.
func (s *Share) End() {
	if s != nil {
		s.of.held.Add(-s.held.Swap(0))
	}
}

// Held returns how many bytes the share holds.
func (s *Share) Held() int64 {
	if s == nil {
		return 0
	}
	return s.held.Load()
}

// Over tells whether the share holds more than it may by now, since others have come.
func (s *Share) Over() bool {
	return s != nil && !fits(s.held.Load(), s.of.held.Load(), s.of.limit.Load())
}

// Freed says when something was given back after a Take was refused. A share that is
// refused holds something, so this comes. It is for one who waits.
func (s *Share) Freed() <-chan struct{} { return s.freed }
