// Package sequencer decides which messages a host takes, and under which identity.
//
// A host takes the messages of each run in the order 1, 2, 3 ... A message of a client is
// assigned the next seq of the host's present run. If the client sends it again, it is
// answered under the identity that it has. A message of a peer has an identity. It is the
// next of its run, or a duplicate, or there is a gap before it. Behind a gap nothing is
// taken until a repair closes it. If no host has the messages of the gap any more, a hole
// is declared.
//
// A [Sequencer] holds what these decisions need: the version vector of what was taken, the
// last seq of the present run, the names that clients gave the newest messages (package
// resend), and fingerprints of their texts (package fingerprint). It is given a batch, and
// returns a decision:
//
//	d := s.FromClient(conn, rows, now, seconds)
//	d, err := s.FromPeer(peer, firstID, rows, now)
//	// d.Rows go to the links and to the log; d.Held are answered once they are durable
//
// What it returns as taken counts as taken from then on. A caller that loses it before it
// is in the log begins a new run by [Sequencer.Begin].
//
// A Sequencer is not safe for concurrent use.
package sequencer
