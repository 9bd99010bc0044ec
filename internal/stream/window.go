package stream

import (
	"time"

	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// How a stream moves along the window, in the phases Live and FromWindow.

// Forward answers Pull.
type Forward struct {
	Position uint64      // that was asked for
	OK       bool        // the window has what is behind it
	Rows     [][]row.Row // some of it, from the position on
	Next     uint64      // the position behind Rows
	End      bool        // nothing is behind Next yet
	Up       ring.Set    // the hosts that the tree counts on
}

// pull asks for more, unless too much is unanswered or a live stream has to keep its
// interval.
func (m *Machine) pull() {
	if m.pulled || m.cursor.Full() {
		return
	}
	if rest := m.pauseLeft(); rest > 0 {
		m.resumeAfter(rest)
		return
	}
	m.ask()
}

// pauseLeft is how long it still is to the next batch. The first one after a quiet time does
// not wait. Nor does one of which there is more than one batch takes already, or the
// interval would bound the rate.
func (m *Machine) pauseLeft() time.Duration {
	if m.phase != Live || m.draining || m.more || m.now.Interval == 0 {
		return 0
	}
	return m.now.Interval - m.now.Time.Sub(m.sentAt)
}

// ask asks the router. A stream that drains wants to know also of messages that are not
// for its peer: its position must come up to that of the router.
func (m *Machine) ask() {
	m.pulled = true
	m.do(Effect{Do: Pull, Position: m.position, Now: m.phase == FromWindow, Every: m.draining})
}

// Forwarded takes what the router gives, and appends frames to out for what of it goes
// to the peer. What was asked for in an earlier phase is passed over.
func (m *Machine) Forwarded(now Now, out []byte, f Forward) ([]byte, []Effect) {
	m.start(now)
	switch {
	case !m.pulled || f.Position != m.position:
	case f.OK:
		out = m.forwarded(out, &f)
	default:
		m.windowMoved()
	}
	return out, m.effects
}

// forwarded sends rows from the window.
func (m *Machine) forwarded(out []byte, f *Forward) []byte {
	out = m.append(out, f.Rows, f.Up)
	m.pulled, m.position, m.more = false, f.Next, !f.End
	if m.phase == FromWindow && f.End {
		m.endRepair()
	}
	m.send()
	return out
}

// windowMoved goes on when the position has left the window.
func (m *Machine) windowMoved() {
	m.pulled = false
	switch m.phase {
	case FromWindow:
		m.becomeFromDisk()
	case Live:
		m.fallIdle("is not where the window is any more; it will ask again")
	}
}

// endRepair ends a repair: the peer has been sent all that this host has, and is told
// so. From here on the tree decides.
func (m *Machine) endRepair() {
	m.closeReader()
	m.cursor.EndRepair()
	m.do(Effect{Do: SayMarks})
	m.becomeLive(m.position)
}
