package stream

import (
	"time"

	"xlattice.org/zog/internal/ring"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/schedule"
)

// How a stream sends, and what it does with the answers of the peer.

func (m *Machine) append(out []byte, rows [][]row.Row, up ring.Set) []byte {
	if len(rows) > 0 {
		m.do(Effect{Do: Give, Rows: rows})
	}
	for _, some := range rows {
		out = m.cursor.Append(out, some, up)
	}
	return out
}

func (m *Machine) send() {
	m.sending = true
	m.do(Effect{Do: Send})
}

// Sent says that all that was appended has been written, or will be as soon as the peer
// reads. Either way it counts as sent: it counts as in flight, and the peer has to answer
// it. Sent answers Send, and may come at other times too.
func (m *Machine) Sent(now Now) []Effect {
	m.start(now)
	if n := m.cursor.Sent(now.Time); n > 0 {
		m.sentAt = now.Time
		m.do(Effect{Do: Count, Frames: n})
		m.set(AlarmAnswer, AnswerTimeout)
	}
	if m.sending {
		m.sending = false
		m.sent()
	}
	return m.effects
}

// sent continues after a Send.
func (m *Machine) sent() {
	switch m.phase {
	case fromDisk:
		m.resumeAfter(repairPause + m.now.Time.Sub(m.readAt))
	case live, fromWindow:
		m.pull()
		m.drained()
	}
}

// Answered takes an Ok of the peer for all frames up to id. took is false if the frame with
// this id came behind a gap and was not taken. What the answer frees is used at once.
func (m *Machine) Answered(now Now, id uint64, took bool) []Effect {
	m.start(now)
	full := m.cursor.Full()
	lost, err := m.cursor.Answered(id, took, now.Time)
	if err != nil {
		m.do(Effect{Do: Violation, Err: err})
		return m.effects
	}
	if lost && m.phase == live {
		// Another host repairs the peer. The tree does without it until its marks say
		// that it has caught up.
		m.fallIdle("lacks what is before the newest messages")
	}
	if full && !m.cursor.Full() {
		m.freed()
	}
	m.drained()
	return m.effects
}

// freed continues when there is no longer too much in flight.
func (m *Machine) freed() {
	switch m.phase {
	case fromDisk:
		m.resumeAfter(0)
	case live, fromWindow:
		m.pull()
	}
}

// checkAnswers checks whether a frame has been unanswered for too long. due is when the
// check was due: if that was long ago, the answer may have come and not been read yet.
//
// Invariant: while the stream is live and a frame is unanswered, AlarmAnswer is pending.
func (m *Machine) checkAnswers(due time.Time) {
	switch left := m.answerTimeLeft(); {
	case schedule.Late(due, m.now.Time):
		m.set(AlarmAnswer, AnswerTimeout)
	case left > 0 && left < noLimit:
		m.set(AlarmAnswer, left)
	case left <= 0 && m.phase == live:
		m.fallIdle("does not answer")
	case left <= 0 && m.phase != idle: // a repair may leave an old frame to a live stream
		m.set(AlarmAnswer, AnswerTimeout)
	}
}

const noLimit = time.Duration(1<<63 - 1)

// answerTimeLeft returns how long the peer still has to answer the oldest frame.
func (m *Machine) answerTimeLeft() time.Duration {
	oldest, ok := m.cursor.Oldest()
	if !ok {
		return noLimit
	}
	return AnswerTimeout - m.now.Time.Sub(oldest)
}
