// Package stream decides what a link sends to its peer, from where, and when.
//
// A Machine is the sending side of one connection to a peer: a phase, a position in the
// messages of this host, and a relay.Cursor, which knows what the peer has and what it
// has not answered yet. A Machine has no socket, no disk and no clock. It is given
// events and returns effects, in the order in which they are to be carried out. The
// actor Link (actors/link_stream.go) carries them out.
//
//	phase       the peer is sent                    read from
//
//	idle        nothing but the marks of this host
//	live        what the tree gives to this link    the window
//	fromDisk    all that it lacks: a repair         the segments on disk
//	fromWindow  all that it lacks: a repair         the window
//
// The tree uses a link only in the phase live. The transitions:
//
//	idle        live         the window has all that the peer lacks
//	idle        fromWindow   the same, and the peer has asked for a repair
//	idle        fromDisk     the window does not, and the peer has asked for a repair
//	fromDisk    fromWindow   the log is read to its end
//	fromWindow  fromDisk     the position has left the window meanwhile
//	fromWindow  live         all is sent: the repair has ended
//	live        idle         the position has left the window, or the peer does not
//	                         answer, or it did not take what it was sent
//	any         idle         the peer asks for a repair: the stream begins again
//
// Three effects are requests, which the caller answers by an event before it gives any
// other: GetMarks by Begin, Read by one of ReadRows, EndOfLog and ReadFailed, and Send
// by Sent. Each is the last of its list.
package stream

import (
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/relay"
)

const (
	// AnswerTimeout is how long a peer may leave a frame unanswered before the tree
	// does without it (docs/protocol.md, section 10).
	AnswerTimeout = 5 * time.Second
	// beginPause is the least time between two beginnings of a stream: a peer that asks
	// as fast as it can is served now and then.
	beginPause = 10 * time.Millisecond
	// repairPause is the least time between two reads from disk of some 300 KB each. As
	// long as the read and its sending took is added: live traffic has the machine for
	// more than half of the time.
	repairPause = time.Millisecond
)

// phase is what a stream is doing.
type phase uint8

// The phases, as described in the package comment.
const (
	idle phase = iota
	live
	fromDisk
	fromWindow
)

// Now is what holds at the time of an event.
type Now struct {
	Time     time.Time
	Interval time.Duration // the least time between two batches to a live peer: forward.interval of the ring file
	Taken    uint64        // the position after the newest message that the router has taken
}

// Machine is the state of a stream. It is not safe for concurrent use.
type Machine struct {
	cursor  *relay.Cursor
	now     Now      // of the present event
	effects []Effect // of the present event; the memory is reused

	locating *marks.Vector // the marks of the Locate that is not answered yet, or nil; in idle only

	phase    phase  // only the become methods change it
	position uint64 // after the last row sent; in live and fromWindow
	pulled   bool   // a Pull is not answered yet; in live and fromWindow only
	sending  bool   // a Send is not answered yet
	open     bool   // a reader of the log is open; in fromDisk and fromWindow only
	more     bool   // the window has more after position than the last batch took
	drain    drain

	sentAt time.Time // when frames were sent last
	readAt time.Time // when a read from disk began last
	began  time.Time // when the stream began last
	asked  bool      // the peer has asked for a repair since the last beginning
	repair bool      // the present beginning is because the peer has asked

	alarms [Alarms]pending
}

// New returns the Machine of a new connection, in the phase idle until the peer's first
// Ack. The Machine owns cursor.
func New(cursor *relay.Cursor) *Machine { return &Machine{cursor: cursor} }

// Oldest returns when the oldest unanswered frame was sent, or the zero time if there is
// none.
func (m *Machine) Oldest() time.Time {
	at, _ := m.cursor.Oldest()
	return at
}

// start begins an event. It clears the effects of the one before, and with them their
// references to rows.
func (m *Machine) start(now Now) {
	m.now = now
	clear(m.effects)
	m.effects = m.effects[:0]
}

func (m *Machine) do(e Effect) { m.effects = append(m.effects, e) }

// becomeIdle ends whatever the stream is doing.
func (m *Machine) becomeIdle() {
	if m.phase == live {
		m.do(Effect{Do: Reach, Up: false})
	}
	m.phase = idle
	m.closeReader()
	m.unset(AlarmNext)
	m.pulled, m.locating, m.more = false, nil, false
}

func (m *Machine) becomeLive(position uint64) {
	m.phase, m.position = live, position
	m.do(Effect{Do: Reach, Up: true})
	m.pull()
}

func (m *Machine) becomeFromWindow(position uint64) {
	m.phase, m.position = fromWindow, position
	m.pull()
}

func (m *Machine) becomeFromDisk() {
	m.phase = fromDisk
	if !m.open {
		m.open = true
		m.do(Effect{Do: Open})
		m.do(Effect{Do: Note, Text: "asks for what the window no longer has; reading it from the log"})
	}
	m.resumeAfter(0)
}

// fallIdle makes the stream idle until the peer sends an Ack that is a reason to begin
// again. why is for the operator.
func (m *Machine) fallIdle(why string) {
	m.do(Effect{Do: Note, Text: why})
	m.becomeIdle()
	m.drained()
}

func (m *Machine) closeReader() {
	if m.open {
		m.open = false
		m.do(Effect{Do: Close})
	}
}

// Disconnected ends the stream with its connection. No event may follow. A stream that
// drains says Drained: nothing more can be sent or answered.
func (m *Machine) Disconnected() []Effect {
	m.start(m.now)
	m.becomeIdle()
	m.drained()
	m.unset(AlarmAnswer)
	m.unset(AlarmBegin)
	return m.effects
}
