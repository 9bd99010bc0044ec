package stream

import "time"

// drain is what a stream that drains waits for.
type drain struct {
	asked    bool      // Drained is to be said as soon as it is true
	position uint64    // what was taken when Drain came
	sentAt   time.Time // when all of that had been sent; zero before
}

// Drain asks for Drained, as soon as all that is taken now is sent and answered. What comes
// after it is for the peer too, but is not waited for: while others go on, some frame is
// always unanswered. A repair from disk is not waited for: it goes on after the next start of
// this host.
func (m *Machine) Drain(now Now) []Effect {
	m.start(now)
	if !m.drain.asked {
		m.drain = drain{asked: true, position: now.Taken}
	}
	if m.pulled && m.phase == live { // a Pull of fromWindow is answered at once
		m.ask()
	}
	m.drained()
	return m.effects
}

// drained says Drained, if Drain has asked for it and it is true.
func (m *Machine) drained() {
	d := &m.drain
	if !d.asked {
		return
	}
	if d.sentAt.IsZero() && m.position >= d.position {
		d.sentAt = m.now.Time
	}
	oldest, busy := m.cursor.Oldest()
	answered := !d.sentAt.IsZero() && (!busy || oldest.After(d.sentAt))
	if answered || m.phase == idle || m.phase == fromDisk {
		d.asked = false
		m.do(Effect{Do: Drained})
	}
}
