package actors

import "xlattice.org/zog/internal/admission"

// What clients may take of a host is what the ring file says, and less where the system
// gives the process less.

// clientPlaces returns how many clients may be connected.
func (n *Node) clientPlaces() int {
	places := n.Ring().Limits.Clients
	if n.Descriptors > 0 {
		places = min(places, admission.Room(n.Descriptors, len(n.Ring().Hosts)-1))
	}
	return places
}

// memoryPart is which part of its memory a host holds for clients at the most: what it
// holds besides, and what is garbage until it is collected, take several times as much.
const memoryPart = 8

// clientMemory returns how many bytes may be held for clients.
func (n *Node) clientMemory() int64 {
	bytes := n.Ring().Limits.ClientMemory
	if n.Memory > 0 {
		bytes = min(bytes, n.Memory/memoryPart)
	}
	return bytes
}

// SayLimits says where clients may have less than the ring file says.
func (n *Node) SayLimits() {
	limits := n.Ring().Limits
	if places := n.clientPlaces(); places < limits.Clients {
		n.Log.Warnf("at most %d clients at a time, and not %d as limits.clients says: this process may have %d files open",
			places, limits.Clients, n.Descriptors)
	}
	if bytes := n.clientMemory(); bytes < limits.ClientMemory {
		n.Log.Warnf("at most %d bytes are held for clients, and not %d as limits.client_memory says: this process may have %d bytes of memory",
			bytes, limits.ClientMemory, n.Memory)
	}
}
