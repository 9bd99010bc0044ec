package messages

import (
	"sync/atomic"
	"time"
)

// Pulse tells the keep-alive scheduler whether a connection is alive, without a message for
// each frame. The reader and the actor of the connection write it, the scheduler reads it. The
// zero value is a connection on which nothing was sent or received.
type Pulse struct {
	heard, spoke moment
	asked        moment // the first KeepAlive since something was received
	unanswered   moment // the oldest Data frame that is not answered
	behind       atomic.Bool
	holding      atomic.Bool
	promised     atomic.Int64
}

// Beat notes that something was received at the given time. Only this shows that the other
// side is alive: what we send proves nothing.
func (p *Pulse) Beat(at time.Time) {
	p.heard.set(at)
	if p.asked.Load() != 0 {
		p.asked.Store(0)
	}
}

// Heard returns when something was received last.
func (p *Pulse) Heard() time.Time { return p.heard.get() }

// Speak notes that a KeepAlive was sent at the given time.
func (p *Pulse) Speak(at time.Time) {
	p.spoke.set(at)
	if p.asked.Load() == 0 {
		p.asked.set(at)
	}
}

// Spoke returns when a KeepAlive was sent last.
func (p *Pulse) Spoke() time.Time { return p.spoke.get() }

// Owe notes since when a Data frame is unanswered; the zero time if none is.
func (p *Pulse) Owe(since time.Time) { p.unanswered.set(since) }

// Owed returns since when the other side owes an answer: since the oldest Data frame that is
// not answered, or since the first KeepAlive after which nothing was received. It is the zero
// time if no answer is owed.
func (p *Pulse) Owed() time.Time {
	data, asked := p.unanswered.get(), p.asked.get()
	if data.IsZero() || !asked.IsZero() && asked.Before(data) {
		return asked
	}
	return data
}

// SetBehind notes whether the peer lacks something, by its last marks.
func (p *Pulse) SetBehind(behind bool) { p.behind.Store(behind) }

// Behind tells whether the peer lacks something.
func (p *Pulse) Behind() bool { return p.behind.Load() }

// SetHolding notes whether something that was received waits for its turn, while nothing more
// is read.
func (p *Pulse) SetHolding(holding bool) { p.holding.Store(holding) }

// Holding tells whether something that was received waits for its turn. Then it proves nothing
// about the other side that nothing more is received.
func (p *Pulse) Holding() bool { return p.holding.Load() }

// Promise notes the interval of KeepAlives that the other side has announced.
func (p *Pulse) Promise(interval time.Duration) { p.promised.Store(int64(interval)) }

// Promised returns the interval of KeepAlives that the other side has announced, 0 if it has
// announced none.
func (p *Pulse) Promised() time.Duration { return time.Duration(p.promised.Load()) }

// moment is a time of the clock that no step of the wall clock moves, in nanoseconds
// since epoch. The zero value is the zero time.
type moment struct{ atomic.Int64 }

// epoch is before every time that is noted by this process.
var epoch = time.Now().Add(-time.Nanosecond)

func (m *moment) set(at time.Time) {
	if at.IsZero() {
		m.Store(0)
		return
	}
	m.Store(int64(at.Sub(epoch)))
}

func (m *moment) get() time.Time {
	if since := m.Load(); since != 0 {
		return epoch.Add(time.Duration(since))
	}
	return time.Time{}
}
