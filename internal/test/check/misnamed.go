package check

import "fmt"

// findMisnamed finds messages that this log has, and not under the identities of which their
// senders were told. Before the ring has come to rest, a message that was sent again may be missing
// under that one and be there under another.
func (l *Log) findMisnamed() {
	c := l.checker
	runs := make(map[int32]*runEntries)
	for _, r := range c.entries.order {
		if number, named := c.record.names.number[r.Name()]; named {
			runs[number] = r
		}
	}
	for i := range c.record.messages {
		m := &c.record.messages[i]
		if m.outcome != Ok || m.seq == 0 || int(m.text) >= len(l.textCounts) || l.textCounts[m.text] == 0 {
			continue
		}
		r := runs[m.run]
		switch e := r.look(m.seq); {
		case e.hosts&l.hostBit != 0 && e.text == m.text, c.excused(r, m.seq), e.hosts&l.hostBit == 0 && !c.cfg.Settled:
		default:
			f := Finding{Text: c.record.texts.all[m.text].body}
			f.Detail = fmt.Sprintf("its sender was told that it is %s.%d", c.record.names.all[m.run], m.seq)
			l.addFinding(Misnamed, f)
		}
	}
}
