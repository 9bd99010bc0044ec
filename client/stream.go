package client

import (
	"context"
	"sync"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
)

// stream is the texts of one SendAll, from being drawn to being reported. Three
// goroutines share it: the feeder draws texts and sends them; the keeper gives it
// connections to send on, and sends again what is open; the teller reports what
// became of them. Connections settle in between. Places count texts from 0 on:
//
//	told <= final <= listed <= drawn <= told + len(ring)
//
// The feeder works without a lock, message by message. A place of the ring is its
// own until the text is sent or refused, and again after it was told. In between
// it is the keeper's, as long as the text is open, and then the teller's. Each
// handing over is by a mutex.
type stream struct {
	ring    []item // place k is at k % len(ring)
	session uint64 // 0 if texts have no names

	mu       sync.Mutex
	docket   docket
	lane     *lane // that texts are on, or were last
	open     bool  // the feeder may use it
	wanted   bool  // the feeder waits for that
	judged   int   // how many texts on the lane have had a verdict
	taken    int   // verdicts that were no host's fault, in all
	troubled bool  // some were, or a lane is lost: the keeper must see to it
	unfit    bool  // the host refused because of its own condition
	told     int
	finished bool  // the sequence is over, and all of it was sent or refused
	halted   bool  // or the feeder stopped, since the keeper had, or the sequence broke off
	drawn    int   // once it is finished or halted
	failed   error // the keeper gave up for this reason
	over     bool  // nothing more will become known
	left     bool  // and the sequence was left behind, as it blocks

	begun atomic.Int64 // texts that were yielded; the last may not be drawn yet

	// Where each of the three waits.
	feeding, keeping, telling sync.Cond
}

// item is a text, and how often it was sent again after it was lost.
type item struct {
	text    string
	resends int
}

func newStream(cfg *Config) *stream {
	s := &stream{ring: make([]item, cfg.Window), docket: docket{resend: !cfg.NoResend}}
	if !cfg.NoResend {
		s.session = newSession()
	}
	s.feeding.L, s.keeping.L, s.telling.L = &s.mu, &s.mu, &s.mu
	return s
}

func (s *stream) at(place int) *item { return &s.ring[place%len(s.ring)] }

// name gives a text the name of its place.
func (s *stream) name(d *frame.Data, place int) {
	if s.session != 0 {
		d.Session, d.Number = s.session, uint64(place)+1
	}
}

// enter makes a lane on a connection. The feeder may not use it yet.
func (s *stream) enter(cn *conn) *lane {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lane = &lane{conn: cn, to: s}
	return s.lane
}

// settle is called by a connection.
func (s *stream) settle(n int, v verdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failed != nil { // all has been said
		return
	}
	s.judged += n
	switch {
	case v.hostsFault():
		s.unfit, s.troubled = true, true
		s.lane.close()
	case !v.answered():
		s.troubled = true
	default:
		s.taken += n
	}
	s.docket.judge(n, v)
	if s.troubled || s.finished || !s.open {
		s.keeping.Signal()
	}
	s.tell()
}

// tell wakes the teller if there is something to tell. The caller holds mu.
func (s *stream) tell() {
	if s.over || len(s.docket.ready) > 0 {
		s.telling.Signal()
	}
}

// refuse tells of a text that will not be sent. The error says why the feeder is to
// stop.
func (s *stream) refuse(ctx context.Context, place int, v verdict) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.docket.refuse(place, v)
		s.tell()
	}
	return s.ended(ctx)
}

// room returns up to which place texts may be drawn, once that is more than
// limit.
func (s *stream) room(ctx context.Context, limit int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if err := s.ended(ctx); err != nil {
			return limit, err
		}
		if room := s.told + len(s.ring); room > limit {
			return room, nil
		}
		s.feeding.Wait()
	}
}

// hire returns a lane, another than the one that was lost, if there was one.
func (s *stream) hire(ctx context.Context, lost *lane) (*lane, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lane == lost {
		s.open = false
	}
	for !s.open {
		if err := s.ended(ctx); err != nil {
			return nil, err
		}
		s.wanted = true
		s.keeping.Signal()
		s.feeding.Wait()
	}
	return s.lane, nil
}

// ended returns why the feeder is to stop, or nil.
func (s *stream) ended(ctx context.Context) error {
	if ctx.Err() != nil {
		return why(ctx)
	}
	return s.failed
}

// finish says that all texts of the sequence, so many, were sent or refused.
func (s *stream) finish(drawn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.finished, s.drawn = true, drawn
	s.keeping.Signal()
}

// halt says that the feeder has stopped, with so many texts drawn. It reports
// whether the sequence had been left behind.
func (s *stream) halt(drawn int) (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.halted, s.drawn = true, drawn
	s.keeping.Signal()
	return s.left
}

// end says that nothing more will come, since the keeper is done or gave up for the
// reason given. Texts that were drawn and not sent have that for a verdict. The feeder
// is waited for: it stops when the sequence yields again. Only when ctx ends while the
// sequence has yielded nothing that the feeder still has in hand, the sequence is left
// behind, which end reports.
func (s *stream) end(ctx context.Context, reason error) (left bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.finished && !s.halted && !s.left {
		if s.left = ctx.Err() != nil && int(s.begun.Load()) <= s.docket.listed; !s.left {
			s.keeping.Wait()
		}
	}
	if n := s.drawn - s.docket.listed; n > 0 {
		s.docket.put(tally{n: n, v: verdict{unsent: true, err: reason}})
	}
	s.over = true
	s.tell()
	return s.left
}

// nudge lets whoever waits look at its context again.
func (s *stream) nudge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.feeding.Broadcast()
	s.keeping.Broadcast()
}
