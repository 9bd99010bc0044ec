// Package sequencer decides which messages a host takes, and under which identity.
//
// A host takes the messages of each run in the order 1, 2, 3 ... A message from a client
// is given the next seq of the host's own run, unless the client sends it again: then it
// is answered under the identity that it has. A message from a peer has an identity. It
// is the next of its run, or a duplicate, or there is a gap before it. A gap is waited
// for, unless no host has the messages in it any more: then a hole is declared.
//
// A [Sequencer] holds what a host needs to know for that: the version vector of what it
// has taken, the last seq of its own run, what clients call the newest messages
// (package resend), and what these said (package fingerprint). It is given a batch, and
// returns what becomes of it:
//
//	d := s.FromClient(conn, rows, now, seconds)
//	d, err := s.FromPeer(peer, firstID, rows, now)
//	// d.Rows go to the links and to the log; d.Held are answered once they are durable
//
// What it returns as taken counts as taken from then on. A caller that loses it, as it
// loses what did not get into the log, begins a new run by [Sequencer.Begin].
//
// A Sequencer is not safe for concurrent use.
package sequencer
