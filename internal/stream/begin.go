package stream

import "xlattice.org/zog/internal/marks"

// Where in the messages of this host a stream begins to send, and begins again when the
// peer asks.

// Acked takes an Ack of the peer, whose marks are noted already. The stream begins with
// them, or begins again if the peer asks for a repair or has answered since it became
// idle.
func (m *Machine) Acked(now Now, repair bool) []Effect {
	m.start(now)
	if !repair && !m.mayBegin() {
		return m.effects
	}
	m.asked = m.asked || repair
	if rest := beginPause - now.Time.Sub(m.began); rest <= 0 {
		m.begin()
	} else {
		m.set(AlarmBegin, rest)
	}
	return m.effects
}

// mayBegin tells whether any Ack of the peer is a reason to begin. While a frame has been
// unanswered for too long none is, but that which asks for a repair.
func (m *Machine) mayBegin() bool {
	return m.phase == Idle && m.locating == nil && m.answerTimeLeft() > 0
}

// begin begins, if there still is a reason to.
func (m *Machine) begin() {
	m.unset(AlarmBegin)
	m.repair, m.asked = m.asked, false
	if !m.repair && !m.mayBegin() {
		return
	}
	m.began = m.now.Time
	m.becomeIdle()
	m.drained()
	m.do(Effect{Do: GetMarks})
}

// Begin answers GetMarks with what the peer has by its own word. It takes peer over.
func (m *Machine) Begin(now Now, peer *marks.Vector) []Effect {
	m.start(now)
	m.cursor.Begin(peer, m.repair)
	m.locating = peer.Clone()
	m.do(Effect{Do: Locate, Marks: m.locating})
	return m.effects
}

// Located answers the Locate with these marks: the window has all that the peer lacks from
// a position on, or, without ok, it has not. Then the log has it, but that is read only if
// the peer has asked for a repair. The answer to an earlier Locate, perhaps of an earlier
// connection, is passed over: it is told by the pointer.
func (m *Machine) Located(now Now, peer *marks.Vector, position uint64, ok bool) []Effect {
	m.start(now)
	if m.locating == nil || peer != m.locating {
		return m.effects
	}
	m.locating = nil
	switch repair := m.cursor.Repairing(); {
	case ok && repair:
		m.becomeFromWindow(position)
	case ok:
		m.becomeLive(position)
	case repair:
		m.becomeFromDisk()
	}
	return m.effects
}
