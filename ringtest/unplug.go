package ringtest

import "xlattice.org/zog/internal/test/faultnet"

// Unplug unplugs the host's network cable: all that peers and clients send to it, and all that it
// sends, is lost. Connections are neither closed nor reset, and dials to and from the host get no
// answer. When the fault is healed, what was written meanwhile arrives once TCP retransmits it:
// see [Ring.Partition].
//
// There are two more ways for a host to fall silent: with [Host.Pause] its kernel still accepts
// connections and bytes; with [Host.PowerCut] the process is gone.
func (h *Host) Unplug() *Fault {
	h.ring.t.Helper()
	links := []*Link{h.ToClients(), h.FromClients()}
	for _, other := range h.ring.hosts {
		if other != h {
			links = append(links, h.To(other), other.To(h))
		}
	}
	return h.ring.impose("unplugged host", h.ring.drop(links), "%s is unplugged", h.name)
}

// drop drops all that is sent over some links, until undo.
func (r *Ring) drop(links []*Link) (undo func()) {
	undos := make([]func(), len(links))
	for i, l := range links {
		undos[i] = r.net.add(l.route, faultnet.Condition{Drop: true})
	}
	return func() {
		for _, undo := range undos {
			undo()
		}
	}
}
