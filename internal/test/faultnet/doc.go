// Package faultnet is a network whose connections fail on request. It wraps another network:
// internal/test/memnet, also in a synctest bubble, or TCP.
//
//	n := faultnet.New(faultnet.Config{Base: base})
//	defer n.Close()
//	host := n.Join() // its Dial and Listen are for actors.Seams
//	n.Set(faultnet.Route{From: a, To: b}, faultnet.Condition{Drop: true})
//
// Faults come in three forms:
//
//   - A Condition of a Route, which is one direction between two addresses: latency, rate, dropped
//     packets, a link that refuses connections.
//   - Config.Judge decides about each frame before it leaves: its Action drops, corrupts or cuts it.
//   - An Endpoint is a host from its start to its end. It can be killed and paused.
//
// Each end of a connection delays and judges what it writes. The end of a program that uses the base
// directly does neither; only dials to it are subject to conditions.
//
// A Write puts its bytes into a queue of the end, like a socket buffer, and one goroutine per end
// writes them to the base, in order and when they are due. The end of a stream and a reset pass
// through the same queue: they are delayed and dropped as bytes are. Net.Reset, Condition.Refuse and
// Net.Close take effect at once.
//
// What is dropped is retransmitted as Linux does it, by a timer that doubles each time: after a cut of
// a minute a connection may be silent for up to another minute. Only a reset is never retransmitted.
// Acknowledgements are not modelled: if packets are dropped in one direction, bytes still pass in the
// other.
//
// Errors are those of TCP: net.ErrClosed, os.ErrDeadlineExceeded, and syscall.ECONNRESET,
// ECONNREFUSED, ETIMEDOUT or EPIPE in a *net.OpError.
//
// The connections of the base must have CloseWrite and SetLinger, as those of TCP have. Without them a
// half-close and a reset are an ordinary close.
package faultnet
