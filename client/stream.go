package client

import (
	"context"
	"sync"
	"sync/atomic"

	"xlattice.org/zog/messages/pzog"
)

// stream is the texts of one SendAll, from being drawn to being reported. Two
// goroutines share it: the feeder draws texts and sends them, the teller
// reports what became of them; connections settle in between. Places count
// texts from 0 on:
//
//	told <= settled <= sent <= drawn <= told + len(ring)
//
// The feeder works without a lock, message by message. A place of the ring is
// its own until the text is sent or published, and again after it was told;
// in between the teller reads it. Each handing over is by a mutex.
type stream struct {
	ring []item // place k is at k % len(ring)

	// The feeder's alone.
	drawn     int
	sent      int // these are on a connection, or were refused here
	travelled int // of sent, those on a connection
	limit     int // drawn may grow to this

	strained atomic.Bool // a host refused because of its own condition

	mu        sync.Mutex
	changed   sync.Cond // any of these is
	verdicts  []tally   // on the oldest travelled texts that are not told
	settled   int       // travelled texts that have, or had, a verdict
	returned  int       // travelled texts, the newest, that did not leave after all
	published int       // texts before this place may be told as they are
	told      int
	over      bool // nothing more will come
}

// item is a text, and why it did not travel, if it did not.
type item struct {
	text    string
	refusal pzog.Refusal
}

// tally is one verdict on n texts in a row.
type tally struct {
	n int
	v verdict
}

func newStream(window int) *stream {
	s := &stream{ring: make([]item, window), limit: window}
	s.changed.L = &s.mu
	return s
}

func (s *stream) at(place int) *item { return &s.ring[place%len(s.ring)] }

// draw takes up a text. It waits while the ring is full.
func (s *stream) draw(ctx context.Context, text string) error {
	if s.drawn == s.limit {
		if err := s.awaitRoom(ctx); err != nil {
			return err
		}
	}
	*s.at(s.drawn) = item{text: text}
	s.drawn++
	return nil
}

func (s *stream) awaitRoom(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.told+len(s.ring) == s.limit {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.changed.Wait()
	}
	s.limit = s.told + len(s.ring)
	return nil
}

// refuse marks the next text to be sent as one that will not travel.
func (s *stream) refuse(refusal pzog.Refusal) {
	s.at(s.sent).refusal = refusal
	s.sent++
	s.mu.Lock()
	defer s.mu.Unlock()
	s.published = s.sent
	s.changed.Broadcast()
}

// settle is called by a connection.
func (s *stream) settle(n int, v verdict) {
	if v.hostsFault() {
		s.strained.Store(true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.over: // the feeder gave up, and all has been told already
		return
	case v.unsent:
		s.returned += n
	default:
		s.settled += n
		s.add(n, v)
	}
	s.changed.Broadcast()
}

// add appends to the verdicts. Neighbours that are alike become one.
func (s *stream) add(n int, v verdict) {
	if last := len(s.verdicts) - 1; last >= 0 && s.verdicts[last].v == v {
		s.verdicts[last].n += n
	} else if n > 0 {
		s.verdicts = append(s.verdicts, tally{n, v})
	}
}

// rest waits until nothing of the stream is on its way.
func (s *stream) rest(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.settled+s.returned < s.travelled {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.changed.Wait()
	}
	return nil
}

// rewind goes back to the first text that a lost connection has returned. The
// connection must have settled all that was on it.
func (s *stream) rewind() {
	s.mu.Lock()
	n := s.returned
	s.returned = 0
	s.mu.Unlock()
	s.travelled -= n
	for n > 0 {
		s.sent--
		if s.at(s.sent).refusal == pzog.Refusal_NONE {
			n--
		}
	}
}

// end says that nothing more will come. What is on its way gets the verdict
// lost, what was not sent the verdict unsent; later ones are ignored.
func (s *stream) end(lost, unsent verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(s.travelled-s.settled-s.returned, lost)
	waiting := s.returned
	for place := s.sent; place < s.drawn; place++ {
		if s.at(place).refusal == pzog.Refusal_NONE {
			waiting++
		}
	}
	s.add(waiting, unsent)
	s.published = s.drawn
	s.over = true
	s.changed.Broadcast()
}

// gotBack reports whether texts came back that did not leave.
func (s *stream) gotBack() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.returned > 0
}

// nudge lets whoever waits look at its context again.
func (s *stream) nudge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}
