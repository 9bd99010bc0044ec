// Package faultnet is a network whose connections misbehave on request. It lies
// over any other: internal/test/memnet, also in a synctest bubble, or TCP.
//
//	n := faultnet.New(faultnet.Config{Base: base})
//	defer n.Close()
//	host := n.Join() // its Dial and Listen are for actors.Seams
//	n.Set(faultnet.Route{From: a, To: b}, faultnet.Condition{Drop: true})
//
// The package does what it is told and decides nothing. There are three ways to
// tell it:
//
//   - A Condition stands on a Route, which is one direction between two
//     addresses: latency, rate, dropped packets, a link that refuses.
//   - Config.Judge is asked about each frame before it leaves, and its Action is
//     done to that frame: it vanishes, is corrupted, is cut.
//   - An Endpoint is one life of one host, which can be killed and paused.
//
// Each end of a connection shapes what it writes itself. What a program writes
// that has not dialled through an Endpoint, and was not accepted by one, is not
// shaped and not judged; only dials to it are.
//
// A Write puts its bytes into a queue of the end, like the buffer of a socket,
// and one goroutine per end takes them to the base, in order and when they are
// due. The end of a stream and a reset travel in the same queue: they are late
// where bytes are late, and are dropped where bytes are dropped. What Reset,
// Refuse and Close of the Net do is at once.
//
// What is dropped is sent again as Linux does it, by a retransmission timer that waits
// twice as long each time: a connection that survives a cut of a minute says nothing for
// up to another. Only a reset is never sent again. Acknowledgements are not modelled:
// where packets are dropped in one direction, bytes pass in the other.
//
// Errors are those of TCP: net.ErrClosed, os.ErrDeadlineExceeded, and what is
// syscall.ECONNRESET, ECONNREFUSED or EPIPE, in a *net.OpError.
//
// The base has to offer CloseWrite and SetLinger as TCP does: without them a
// half-close and a reset are an ordinary close.
package faultnet
