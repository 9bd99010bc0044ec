package stream

import "xlattice.org/zog/internal/row"

// How a stream reads a repair from the segments on disk, in the phase fromDisk.

// read reads on, unless too much is in flight.
func (m *Machine) read() {
	if m.cursor.Full() {
		return
	}
	m.readAt = m.now.Time
	m.do(Effect{Do: Read})
}

// ReadRows answers Read with rows, and appends frames to out for those of them that the
// peer lacks.
func (m *Machine) ReadRows(now Now, out []byte, rows []row.Row) ([]byte, []Effect) {
	m.start(now)
	out = m.append(out, [][]row.Row{rows}, 0)
	m.send()
	return out, m.effects
}

// EndOfLog answers Read: the peer was sent all that it lacked on disk, up to position.
func (m *Machine) EndOfLog(now Now, position uint64) []Effect {
	m.start(now)
	m.becomeFromWindow(position)
	return m.effects
}

// ReadFailed answers Read.
func (m *Machine) ReadFailed(now Now, err error) []Effect {
	m.start(now)
	m.do(Effect{Do: Damage, Err: err})
	return m.effects
}
