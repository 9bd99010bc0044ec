// Package budget shares a number of bytes among clients. So the memory that clients make a host
// hold is bounded, and no client takes what others need.
//
//	var b budget.Budget
//	b.SetLimit(16 << 20)
//	s := b.Share()          // for one client
//	if s.Take(4096) { ... } // it may hold 4096 bytes more
//	s.Free(4096)
//
// A share may hold as much as is free in all. So one client alone gets half of the budget, and
// of n clients that want as much as they can get, each gets 1/(n+1) of it. This needs no list
// of the clients, and leaves room for a new one at any time. A share that holds nothing may
// always take one piece, so a client that needs little is served whatever the others hold.
package budget

import "sync/atomic"

// Budget is what all clients share. With the zero value each share may hold one piece. A Budget
// and its Shares are safe for concurrent use.
type Budget struct {
	limit atomic.Int64
	held  atomic.Int64
}

// SetLimit sets the size of the budget. What is held already stays.
func (b *Budget) SetLimit(bytes int64) { b.limit.Store(bytes) }

// Held returns how many bytes all shares hold.
func (b *Budget) Held() int64 { return b.held.Load() }

// Share returns a new share that holds nothing.
func (b *Budget) Share() *Share { return &Share{of: b} }

// Share is what one client holds. A nil Share has no limit.
type Share struct {
	of    *Budget
	held  atomic.Int64
	freed atomic.Pointer[chan struct{}] // made by Freed: most shares are never refused
}

// Take takes bytes and returns true, or takes nothing if the share may not hold so much more.
func (s *Share) Take(bytes int64) bool {
	if s == nil {
		return true
	}
	// Add first, then check: two concurrent calls cannot overlook each other.
	own, all := s.held.Add(bytes), s.of.held.Add(bytes)
	if own == bytes || fits(own, all, s.of.limit.Load()) {
		return true
	}
	s.held.Add(-bytes)
	s.of.held.Add(-bytes)
	return false
}

// fits reports whether a share may hold own bytes when all shares hold all: not more than is
// free.
func fits(own, all, limit int64) bool { return own <= limit-all }

// Force takes bytes whether they fit or not, for those that are in memory already.
func (s *Share) Force(bytes int64) {
	if s != nil {
		s.held.Add(bytes)
		s.of.held.Add(bytes)
	}
}

// Free gives back bytes that were taken.
func (s *Share) Free(bytes int64) {
	if s == nil || bytes == 0 {
		return
	}
	s.held.Add(-bytes)
	s.of.held.Add(-bytes)
	if freed := s.freed.Load(); freed != nil {
		select {
		case *freed <- struct{}{}:
		default:
		}
	}
}

// End gives back everything that the share holds. The share is not used any more.
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

// Over reports whether the share holds more than it may now, because other shares have grown.
func (s *Share) Over() bool {
	return s != nil && !fits(s.held.Load(), s.of.held.Load(), s.of.limit.Load())
}

// Freed receives a value when bytes were given back. Whoever was refused by Take waits for it: a
// refused share holds something, so this happens. The first call returns a channel that has a
// value already, as bytes may have been given back since Take. It is for one waiting goroutine.
func (s *Share) Freed() <-chan struct{} {
	if freed := s.freed.Load(); freed != nil {
		return *freed
	}
	freed := make(chan struct{}, 1)
	freed <- struct{}{} // before Free knows the channel, so that it does not block
	s.freed.Store(&freed)
	return freed
}
