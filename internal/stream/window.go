package stream

import (
	"time"

	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
)

// How a stream sends what is in the window, in the phases live and fromWindow.

// Forward answers Pull.
type Forward struct {
	Position uint64      // of the Pull that it answers
	OK       bool        // the window has all messages after Position
	Rows     [][]row.Row // some of them, from Position on
	Next     uint64      // the position after Rows
	End      bool        // there are no messages after Next yet
	Up       ring.Set    // the hosts that the tree can use
}

// pull asks for more, unless too much is in flight or a live stream has to keep its
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

// pauseLeft returns how long the stream still has to wait before its next batch. The first
// batch after a quiet time does not wait. Neither does one while there is more than a batch
// takes, or the interval would bound the rate.
func (m *Machine) pauseLeft() time.Duration {
	if m.phase != live || m.drain.asked || m.more || m.now.Interval == 0 {
		return 0
	}
	return m.now.Interval - m.now.Time.Sub(m.sentAt)
}

// ask sends the Pull. A stream that drains also wants to hear of messages that are not for
// its peer, so that its position reaches that of the router.
func (m *Machine) ask() {
	m.pulled = true
	m.do(Effect{Do: Pull, Position: m.position, Now: m.phase == fromWindow, Every: m.drain.asked})
}

// Forwarded takes the answer to a Pull, and appends frames to out for the messages that go
// to the peer. The answer to a Pull of an earlier phase is ignored.
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
	if m.phase == fromWindow && f.End {
		m.endRepair()
	}
	m.send()
	return out
}

// windowMoved continues when the position has left the window.
func (m *Machine) windowMoved() {
	m.pulled = false
	switch m.phase {
	case fromWindow:
		m.becomeFromDisk()
	case live:
		m.fallIdle("is not where the window is any more; it will ask again")
	}
}

// endRepair ends a repair: the peer has been sent all that this host has, and is told so by
// marks. From now on the tree decides what it is sent.
func (m *Machine) endRepair() {
	m.closeReader()
	m.cursor.EndRepair()
	m.do(Effect{Do: SayMarks})
	m.becomeLive(m.position)
}
