package stream

// Drain asks for Drained, as soon as all that was taken is sent and answered. A repair from
// disk is not waited for: it goes on after the next start of this host.
func (m *Machine) Drain(now Now) []Effect {
	m.start(now)
	m.draining = true
	if m.pulled && m.phase == live { // a Pull of fromWindow is answered at once
		m.ask()
	}
	m.drained()
	return m.effects
}

// drained says Drained, if Drain has asked for it and it is true.
func (m *Machine) drained() {
	if !m.draining {
		return
	}
	_, busy := m.cursor.Oldest()
	sent := !busy && m.position == m.now.Taken
	if sent || m.phase == idle || m.phase == fromDisk {
		m.draining = false
		m.do(Effect{Do: Drained})
	}
}
