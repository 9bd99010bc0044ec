package check

import (
	"fmt"
	"slices"
)

// findLost finds what was acknowledged and is not in the log, and where in the
// messages of its sender that is: a missing end has other causes than a gap.
func (l *Log) findLost() {
	there := slices.Clone(l.textCounts) // lines that no message was found for yet
	messages := l.checker.record.messages
	for first := 0; first < len(messages); {
		end := first + 1
		for end < len(messages) && messages[end].sender == messages[first].sender {
			end++
		}
		l.findLostOf(messages[first:end], there)
		first = end
	}
}

// findLostOf checks the messages of one sender. If several have the same text, the
// first ones count as those in the log.
func (l *Log) findLostOf(messages []message, there []uint32) {
	var lost []int
	first, last := len(messages), -1 // of those in the log
	for i := range messages {
		m := &messages[i]
		switch {
		case m.outcome != Ok:
		case int(m.text) < len(there) && there[m.text] > 0:
			there[m.text]--
			first, last = min(first, i), i
		case !l.retired(m):
			lost = append(lost, i)
		}
	}
	for _, i := range lost {
		part := &l.found.Lost.Middle
		switch {
		case last < 0:
			part = &l.found.Lost.Whole
		case i < first:
			part = &l.found.Lost.Prefix
		case i > last:
			part = &l.found.Lost.Tail
		}
		*part++
		l.addFinding(Lost, l.missing(&messages[i]))
	}
}

// retired tells whether a message may be missing here, by the identity that it has in
// other logs.
func (l *Log) retired(m *message) bool {
	t := &l.checker.record.texts.all[m.text]
	return l.checker.excused(t.run, t.seq)
}

// missing returns a finding about a message that is not in the log.
func (l *Log) missing(m *message) Finding {
	r := l.checker.record
	t := &r.texts.all[m.text]
	f := Finding{Text: t.body, Detail: fmt.Sprintf("message %d of %s", m.n, r.names.all[m.sender])}
	if host := r.names.all[m.host]; host != "" {
		f.Detail += ", acknowledged by " + host
	}
	if m.copies > 0 {
		f.Detail += fmt.Sprintf(" with %d copies", m.copies)
	}
	if t.run == nil {
		f.Detail += ", and in no log"
	} else {
		f.Run, f.Seq = t.run.Run, t.seq
	}
	return f
}

// findUneven finds what other logs have and this one lacks. Acknowledged messages are
// not counted: they are lost.
func (l *Log) findUneven() {
	texts := l.checker.record.texts.all
	for _, r := range l.checker.entries.order {
		r.each(func(seq uint64, e *entry) {
			if e.hosts == 0 || e.hosts&l.hostBit != 0 || l.checker.excused(r, seq) {
				return
			}
			t := &texts[e.text]
			if t.message != none && l.checker.record.messages[t.message].outcome == Ok {
				return
			}
			l.addFinding(Uneven, Finding{Run: r.Run, Seq: seq, Text: t.body, Detail: "another log has it"})
		})
	}
}
