package check

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// Log is the access log of one host while it is read: all segments, oldest first.
type Log struct {
	checker    *Checker
	hostBit    uint64 // in entry.hosts
	parser     record.Parser
	runs       map[*runEntries]*progress
	textCounts []uint32 // how many lines have a text, by its number
	segment    string
	line       uint64 // in the segment
	found      HostReport
}

// progress is how far a run was read in a log.
type progress struct {
	last   uint64           // the highest seq
	newest map[int32]uint64 // of each sender, the newest acknowledged message
}

// readSize is how many bytes of a log are in memory at a time.
const readSize = 64 << 10

// Read reads one segment. The error is that of the reader.
func (l *Log) Read(segment string, from io.Reader) error {
	l.segment, l.line = segment, 0
	in := bufio.NewReaderSize(from, readSize)
	for {
		line, err := in.ReadSlice('\n')
		if len(line) > 0 {
			l.Line(line)
		}
		switch {
		case err == io.EOF:
			return nil
		case errors.Is(err, bufio.ErrBufferFull): // far too long: each part counts as malformed
		case err != nil:
			return fmt.Errorf("%s, %s: %w", l.found.Host, segment, err)
		}
	}
}

// Line takes one line with its CRLF. It keeps no reference to it.
func (l *Log) Line(line []byte) {
	l.line++
	l.found.Lines++
	rec, err := l.parser.Parse(line)
	if err != nil {
		l.addAtLine(Malformed, Finding{Text: string(line[:min(len(line), record.MaxLine)]), Detail: err.Error()})
		return
	}
	c := l.checker
	number := c.record.texts.number(bytes.TrimSuffix(rec.Text, []byte("\r\n")))
	r := c.entries.ofRun(marks.Run{Origin: rec.Origin, Boot: rec.Boot})
	e := r.at(rec.Seq)
	l.compare(r, &rec, e, number)
	if e.hosts&l.hostBit != 0 {
		l.addAtLine(Duplicated, l.finding(r, rec.Seq, number, ""))
		return
	}
	e.hosts |= l.hostBit
	p := l.progress(r)
	l.checkSeq(p, r, rec.Seq, number)
	l.checkText(r, rec.Seq, number)
	l.checkOrder(p, r, rec.Seq, number)
}

// compare checks that an identity has the same text and time in all logs (I4).
func (l *Log) compare(r *runEntries, rec *record.Record, e *entry, number int32) {
	switch {
	case e.hosts == 0:
		e.time, e.text = rec.Time, number
	case e.text != number:
		other := l.checker.record.texts.all[e.text].body
		l.addAtLine(Differing, l.finding(r, rec.Seq, number, "elsewhere it is "+strconv.Quote(other)))
	case e.time != rec.Time:
		l.addAtLine(Differing, l.finding(r, rec.Seq, number, fmt.Sprintf("its time is %+d s off another log's", rec.Time-e.time)))
	}
}

func (l *Log) progress(r *runEntries) *progress {
	p := l.runs[r]
	if p == nil {
		p = &progress{newest: make(map[int32]uint64)}
		l.runs[r] = p
	}
	return p
}

// checkSeq checks that the seqs of a run are 1, 2, 3 ... (I5).
func (l *Log) checkSeq(p *progress, r *runEntries, seq uint64, number int32) {
	switch {
	case seq == p.last+1:
	case seq <= p.last:
		l.addAtLine(Reordered, l.finding(r, seq, number, fmt.Sprintf("it stands behind seq %d", p.last)))
	case l.checker.excused(r, seq-1):
	default:
		l.addAtLine(Reordered, l.finding(r, seq, number, fmt.Sprintf("%d seqs are missing before it", seq-1-p.last)))
	}
	p.last = max(p.last, seq)
}

// checkText checks that a text was sent, and at least as often as it is in the log.
func (l *Log) checkText(r *runEntries, seq uint64, number int32) {
	t := &l.checker.record.texts.all[number]
	if t.run == nil {
		t.run, t.seq = r, seq
	}
	for len(l.textCounts) <= int(number) {
		l.textCounts = append(l.textCounts, 0)
	}
	l.textCounts[number]++
	if l.textCounts[number] > 1 {
		l.found.Again++
	}
	switch {
	case l.checker.cfg.Others && !t.refused:
	case t.sends == 0 && t.refused:
		l.addAtLine(Unexpected, l.finding(r, seq, number, "it was refused"))
	case t.sends == 0:
		l.addAtLine(Unexpected, l.finding(r, seq, number, "nobody sent it"))
	case int64(l.textCounts[number]) > int64(t.sends):
		l.addAtLine(Repeated, l.finding(r, seq, number, fmt.Sprintf("sent %d times, it stands here %d times", t.sends, l.textCounts[number])))
	}
}

// checkOrder checks that the acknowledged messages of a sender are in the order of
// sending. Within a run a host sees one connection of a sender after the other, so
// the order holds; between runs nothing is promised. A text that was sent twice has
// no place in the order.
func (l *Log) checkOrder(p *progress, r *runEntries, seq uint64, number int32) {
	t := &l.checker.record.texts.all[number]
	if t.message == none || t.sends > 1 || l.textCounts[number] > 1 {
		return
	}
	m := &l.checker.record.messages[t.message]
	if m.outcome != Ok {
		return
	}
	last, before := p.newest[m.sender]
	if before && m.n < last {
		sender := l.checker.record.names.all[m.sender]
		l.addAtLine(Reordered, l.finding(r, seq, number, fmt.Sprintf("message %d of %s stands behind its message %d", m.n, sender, last)))
		return
	}
	p.newest[m.sender] = m.n
}

// finding returns a finding about a line.
func (l *Log) finding(r *runEntries, seq uint64, number int32, detail string) Finding {
	return Finding{Run: r.Run, Seq: seq, Text: l.checker.record.texts.all[number].body, Detail: detail}
}

// addAtLine adds a finding about the line that was read last.
func (l *Log) addAtLine(kind Kind, f Finding) {
	f.Segment, f.Line = l.segment, l.line
	l.addFinding(kind, f)
}

// addFinding counts a finding, and keeps it as an example if there are not enough.
func (l *Log) addFinding(kind Kind, f Finding) {
	l.found.Counts[kind]++
	if kept := &l.found.Examples[kind]; len(*kept) < l.checker.cfg.Examples {
		*kept = append(*kept, f)
	}
}
