package stream

import "xlattice.org/zog/internal/marks"

// How a stream finds the position where it begins to send, and begins again when the peer
// asks for a repair.

// Acked takes an Ack of the peer. The caller has noted its marks in the Ledger. The stream
// begins, or begins again if the peer asks for a repair or has answered since the stream
// became idle.
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

// mayBegin reports whether an Ack that does not ask for a repair is a reason to begin.
// While a frame has been unanswered for too long it is not.
func (m *Machine) mayBegin() bool {
	return m.phase == idle && m.locating == nil && m.answerTimeLeft() > 0
}

// begin begins the stream, if there still is a reason to.
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

// Begin answers GetMarks. The Machine owns peer from now on.
func (m *Machine) Begin(now Now, peer *marks.Vector) []Effect {
	m.start(now)
	m.cursor.Begin(peer, m.repair)
	m.locating = peer.Clone()
	m.do(Effect{Do: Locate, Marks: m.locating})
	return m.effects
}

// Located answers the Locate with these marks. With ok, the window has all that the peer
// lacks from position on. Without ok it does not. Then the log has it, but is read only if
// the peer has asked for a repair. The answer to an earlier Locate, perhaps of an earlier
// connection, has another pointer, and is ignored.
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
