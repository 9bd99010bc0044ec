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
//
// The connections of one client may each have a share of a [Holder]. All of them together then
// hold what one share may.
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

// Holder is what one client holds in all its shares of one Budget. The zero value holds nothing. A
// Holder is safe for concurrent use.
type Holder struct {
	held  atomic.Int64
	freed atomic.Pointer[chan struct{}] // made by Freed: most are never refused
}

// Share is what one client holds, or one of its connections. A nil Share has no limit.
type Share struct {
	of     *Budget
	alone  Holder
	joined atomic.Pointer[Holder] // nil: the share is a client of its own
}

// Join makes a share one of those of a Holder. It is called before the share takes anything.
func (s *Share) Join(h *Holder) {
	if s != nil {
		s.joined.Store(h)
	}
}

// add adds bytes, and returns how many the client and all clients hold then.
func (s *Share) add(bytes int64) (own, all int64) {
	own = s.alone.held.Add(bytes)
	if h := s.joined.Load(); h != nil {
		own = h.held.Add(bytes)
	}
	return own, s.of.held.Add(bytes)
}

// Take takes bytes and returns true, or takes nothing if the client may not hold so much more.
func (s *Share) Take(bytes int64) bool {
	if s == nil {
		return true
	}
	// Add first, then check: two concurrent calls cannot overlook each other.
	own, all := s.add(bytes)
	if own == bytes || fits(own, all, s.of.limit.Load()) {
		return true
	}
	s.add(-bytes)
	return false
}

// fits reports whether a client may hold own bytes when all clients hold all: not more than is
// free.
func fits(own, all, limit int64) bool { return own <= limit-all }

// Force takes bytes whether they fit or not, for those that are in memory already.
func (s *Share) Force(bytes int64) {
	if s != nil {
		s.add(bytes)
	}
}

// Free gives back bytes that were taken.
func (s *Share) Free(bytes int64) {
	if s == nil || bytes == 0 {
		return
	}
	s.add(-bytes)
	s.tell()
}

// tell tells one who waits that bytes were given back.
func (s *Share) tell() {
	if freed := s.client().freed.Load(); freed != nil {
		select {
		case *freed <- struct{}{}:
		default:
		}
	}
}

// client returns what the client of the share holds.
func (s *Share) client() *Holder {
	if h := s.joined.Load(); h != nil {
		return h
	}
	return &s.alone
}

// End gives back everything that the share holds. The share is not used any more.
func (s *Share) End() {
	if s == nil {
		return
	}
	s.add(-s.alone.held.Load())
	s.tell()
}

// Held returns how many bytes the share holds.
func (s *Share) Held() int64 {
	if s == nil {
		return 0
	}
	return s.alone.held.Load()
}

// Over reports whether the client holds more than it may now, because other clients have grown.
func (s *Share) Over() bool {
	return s != nil && !fits(s.client().held.Load(), s.of.held.Load(), s.of.limit.Load())
}

// Freed receives a value when bytes were given back. Whoever was refused by Take waits for it: a
// refused client holds something, so this happens. The first call returns a channel that has a
// value already, as bytes may have been given back since Take. Of several waiting goroutines one
// receives each value, and tries again from time to time without one.
func (s *Share) Freed() <-chan struct{} {
	h := s.client()
	if freed := h.freed.Load(); freed != nil {
		return *freed
	}
	freed := make(chan struct{}, 1)
	freed <- struct{}{} // before Free knows the channel, so that it does not block
	if !h.freed.CompareAndSwap(nil, &freed) {
		return *h.freed.Load()
	}
	return freed
}
