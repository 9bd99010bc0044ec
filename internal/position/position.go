// Package position is how far a reader has come in the log: a version vector that can be
// kept as text. It means the same on every host of a ring, as the messages of a run have the
// same numbers and the same order there.
//
//	p, err := position.Parse("zog1:MV.516ogpwa.41,PA.1k9x3z.7")
//	p = p.After(marks.Run{Origin: "MV", Boot: boot}, 42)
//	p.String() // zog1:MV.516ogpwa.42,PA.1k9x3z.7
//
// The text has one identity for each run: that of the last message that was read, as it is in
// the log. They are sorted by origin and boot. A run that is not there was not read. The text
// is one line of printable ASCII without blanks, and is the same whenever the position is.
//
// The package decides and does nothing. A Position is safe for concurrent use.
package position

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// heading begins the text of a position. Its number is that of the format.
const heading = "zog1:"

// MaxRuns is how many runs a position may have: more than a log has by default
// (limits.runs of the ring file).
const MaxRuns = 1 << 17

// Position is how far a reader has come. The zero Position is that of one who has read
// nothing.
type Position struct {
	base *base
	run  marks.Run // if seq is not 0, the position is base, but has this run up to seq
	seq  uint64
}

// base is a vector that is not changed any more. Looking something up in a marks.Vector
// changes what it remembers, so that it needs the lock.
type base struct {
	mu     sync.Mutex
	vector *marks.Vector
}

// Of returns the position of one who has read what v has. It copies v, at a cost that does
// not depend on the number of runs.
func Of(v *marks.Vector) Position { return Position{base: &base{vector: v.Clone()}} }

// After returns p after the messages of run up to seq were read too. That costs nothing if p
// is the result of Of: so there can be a position for each message.
func (p Position) After(run marks.Run, seq uint64) Position {
	if p.seq != 0 && p.run != run {
		p = Of(p.Vector())
	}
	if p.seq < seq && (p.seq != 0 || p.Seq(run) < seq) {
		p.run, p.seq = run, seq
	}
	return p
}

// Seq returns the last message of run that was read, or 0.
func (p Position) Seq(run marks.Run) uint64 {
	if p.seq != 0 && p.run == run {
		return p.seq
	}
	if p.base == nil {
		return 0
	}
	p.base.mu.Lock()
	defer p.base.mu.Unlock()
	return p.base.vector.Seq(run)
}

// Vector returns the position as a vector, which belongs to the caller.
func (p Position) Vector() *marks.Vector {
	v := new(marks.Vector)
	if p.base != nil {
		p.base.mu.Lock()
		v = p.base.vector.Clone()
		p.base.mu.Unlock()
	}
	if p.seq != 0 {
		v.Raise(p.run, p.seq)
	}
	return v
}

// String returns the text of the position, which Parse reads.
func (p Position) String() string {
	text := []byte(heading)
	for i, m := range p.Vector().Marks() {
		if i > 0 {
			text = append(text, ',')
		}
		text = appendMark(text, m)
	}
	return string(text)
}

// appendMark appends the identity of the last message of m.
func appendMark(dst []byte, m marks.Mark) []byte {
	dst = append(appendRun(dst, m.Run), '.')
	return strconv.AppendUint(dst, m.Seq, 10)
}

func appendRun(dst []byte, run marks.Run) []byte {
	dst = append(append(dst, run.Origin...), '.')
	return strconv.AppendUint(dst, run.Boot, 36)
}

// Parse reads the text of a position. It accepts what String returns, and nothing else.
func Parse(text string) (Position, error) {
	list, ok := strings.CutPrefix(text, heading)
	switch {
	case !ok:
		return Position{}, fmt.Errorf("a position begins with %s", heading)
	case list == "":
		return Position{}, nil
	case strings.Count(list, ",") >= MaxRuns:
		return Position{}, fmt.Errorf("a position has at most %d runs", MaxRuns)
	}
	v := new(marks.Vector)
	for item := range strings.SplitSeq(list, ",") {
		m, err := parseMark(item)
		if err != nil {
			return Position{}, err
		}
		v.Set(m)
	}
	p := Of(v)
	if p.String() != text {
		return Position{}, errors.New("a position has each run once, sorted, and its numbers without leading zeros")
	}
	return p, nil
}

func parseMark(item string) (m marks.Mark, err error) {
	origin, rest, _ := strings.Cut(item, ".")
	boot, seq, _ := strings.Cut(rest, ".")
	m.Origin = strings.Clone(origin)
	m.Boot, err = strconv.ParseUint(boot, 36, 64)
	if err == nil {
		m.Seq, err = strconv.ParseUint(seq, 10, 64)
	}
	if err != nil || !record.ValidRun(m.Origin, m.Boot) || m.Seq == 0 || m.Seq > record.MaxSeq {
		return m, fmt.Errorf("%.40q is not the identity of a message, as in MV.516ogpwa.41", item)
	}
	return m, nil
}
