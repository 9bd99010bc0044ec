package stream

import "time"

// Alarms is the number of kinds of alarms. At most one alarm of each kind is pending.
const Alarms = 3

// AlarmKind is what an alarm is for.
type AlarmKind uint8

// The kinds of alarms.
const (
	// AlarmNext is for the next read or Pull: so the link handles other messages in
	// between, or keeps an interval.
	AlarmNext AlarmKind = iota
	// AlarmBegin is for the next beginning.
	AlarmBegin
	// AlarmAnswer is for a check of what the peer has not answered.
	AlarmAnswer
)

// Alarm names an alarm that was set. The number tells it from earlier ones: an alarm that
// was cancelled may ring all the same.
type Alarm struct {
	Kind   AlarmKind
	Number uint64 // of its kind on this connection, from 1
}

// pending is the last alarm of a kind.
type pending struct {
	number uint64
	set    bool // it has neither rung nor been cancelled
	due    time.Time
}

// set sets an alarm, unless one of this kind is pending.
func (m *Machine) set(kind AlarmKind, after time.Duration) {
	p := &m.alarms[kind]
	if p.set {
		return
	}
	p.number, p.set, p.due = p.number+1, true, m.now.Time.Add(after)
	m.do(Effect{Do: Set, Alarm: Alarm{kind, p.number}, After: after})
}

// unset cancels the alarm of this kind, if one is pending.
func (m *Machine) unset(kind AlarmKind) {
	if p := &m.alarms[kind]; p.set {
		p.set = false
		m.do(Effect{Do: Unset, Alarm: Alarm{kind, p.number}})
	}
}

// Alarm takes an alarm that rings. One that was cancelled is ignored.
func (m *Machine) Alarm(now Now, a Alarm) []Effect {
	m.start(now)
	p := &m.alarms[a.Kind]
	if !p.set || p.number != a.Number {
		return m.effects
	}
	p.set = false
	switch a.Kind {
	case AlarmNext:
		m.resume()
	case AlarmBegin:
		m.begin()
	case AlarmAnswer:
		m.checkAnswers(p.due)
	}
	return m.effects
}

// resumeAfter resumes after a while, unless it is to resume already.
func (m *Machine) resumeAfter(after time.Duration) { m.set(AlarmNext, after) }

// resume continues with what the phase sends.
func (m *Machine) resume() {
	switch m.phase {
	case fromDisk:
		m.read()
	case live, fromWindow:
		m.pull()
	}
}
