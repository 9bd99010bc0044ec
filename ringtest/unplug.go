package ringtest

import "xlattice.org/zog/internal/test/faultnet"

// Unplug pulls the host's network cable: all that is sent to it or by it is lost, whether
// by peers or by clients. Nobody is told: connections are neither closed nor reset, and who
// dials it, or is dialled by it, hears nothing. When that is healed, what was written
// meanwhile arrives once TCP sends it again: see [Ring.Partition].
//
// There are two more ways for a host to fall silent: with [Host.Pause] its kernel still
// takes connections and bytes; with [Host.PowerCut] what runs on it is gone.
func (h *Host) Unplug() *Fault {
	h.ring.t.Helper()
	links := []*Link{h.ToClients(), h.FromClients()}
	for _, other := range h.ring.hosts {
		if other != h {
			links = append(links, h.To(other), other.To(h))
		}
	}
	return h.ring.impose("unplugged host", h.ring.lose(links), "%s is unplugged", h.name)
}

// lose lets all be lost that is sent over some links, until undo.
func (r *Ring) lose(links []*Link) (undo func()) {
	undos := make([]func(), len(links))
	for i, l := range links {
		undos[i] = r.net.set(l.route, faultnet.Condition{Drop: true})
	}
	return func() {
		for _, undo := range undos {
			undo()
		}
	}
}
