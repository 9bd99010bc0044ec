package position

import (
	"slices"
	"strconv"

	"xlattice.org/zog/internal/marks"
)

// Moving is a position that moves with each message, and whose text is wanted often: a message of
// the same run as the one before costs no more than its number. It is not safe for concurrent
// use.
type Moving struct {
	marks []marks.Mark // sorted
	at    int          // the index of the mark that was moved last
	head  []byte       // the text before its seq, if that is fresh
	tail  []byte       // the text after it
	fresh bool
}

// Moving returns the position, to be moved.
func (p Position) Moving() *Moving { return &Moving{marks: p.Vector().Marks()} }

// Raise moves the position after message seq of run, unless it is there already.
func (m *Moving) Raise(run marks.Run, seq uint64) {
	if m.at >= len(m.marks) || m.marks[m.at].Run != run {
		m.find(run)
	}
	m.marks[m.at].Seq = max(m.marks[m.at].Seq, seq)
}

// find makes run the one that is moved.
func (m *Moving) find(run marks.Run) {
	want := marks.Mark{Run: run}
	at, there := slices.BinarySearchFunc(m.marks, want, marks.Compare)
	if !there {
		m.marks = slices.Insert(m.marks, at, want)
	}
	m.at, m.fresh = at, false
}

// AppendText appends the text of the position.
func (m *Moving) AppendText(dst []byte) []byte {
	if len(m.marks) == 0 {
		return append(dst, heading...)
	}
	if m.at >= len(m.marks) {
		m.at = 0
	}
	if !m.fresh {
		m.render()
	}
	dst = append(dst, m.head...)
	dst = strconv.AppendUint(dst, m.marks[m.at].Seq, 10)
	return append(dst, m.tail...)
}

// render renders head and tail.
func (m *Moving) render() {
	m.head, m.tail = append(m.head[:0], heading...), m.tail[:0]
	for i, mark := range m.marks {
		text := &m.head
		if i > m.at {
			text = &m.tail
		}
		if i > 0 {
			*text = append(*text, ',')
		}
		if i == m.at {
			*text = append(appendRun(*text, mark.Run), '.')
		} else {
			*text = appendMark(*text, mark)
		}
	}
	m.fresh = true
}

// Position returns the position where it is now.
func (m *Moving) Position() Position {
	v := new(marks.Vector)
	for _, mark := range m.marks {
		v.Set(mark)
	}
	return Of(v)
}
