package admission

// The file descriptors that a host needs besides those of clients: for its logs, ports and
// the runtime; and for each peer, for connections in both directions, connections that have
// not greeted, and reading the log for a repair.
const (
	hostDescriptors = 32
	peerDescriptors = 8
)

// Room returns how many clients may connect to a host with so many peers, given how many
// descriptors its process may open. If these are too few, clients still get a quarter of
// them.
func Room(descriptors, peers int) int {
	return max(descriptors-hostDescriptors-peerDescriptors*peers, descriptors/4, 1)
}
