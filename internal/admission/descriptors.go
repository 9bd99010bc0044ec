package admission

// What a host needs of descriptors beside those for clients: for its logs, its ports and
// the runtime, and for each peer a connection either way, those that have not greeted,
// and reading the log for it.
const (
	forHost = 32
	forPeer = 8
)

// Room returns how many clients may connect to a host with so many peers, if its process
// may have so many files and connections open. Where these are too few for the host
// itself, clients get a quarter of them: some must get in.
func Room(descriptors, peers int) int {
	return max(descriptors-forHost-forPeer*peers, descriptors/4, 1)
}
