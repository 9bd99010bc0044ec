// Package client hands messages to a ring of zog daemons: one of them takes a
// message, and soon after the access.log of every host holds it once.
//
//	c, err := client.Dial(ctx, client.Config{
//		Hosts: []string{"127.0.55.1:55552", "127.0.55.2:55552"},
//	})
//	if err != nil { ... }
//	defer c.Close()
//	receipt, err := c.Send(ctx, "the cellar door was opened")
//
// A text is UTF-8, at most 509 bytes, without control characters (tab is one),
// line separators and bidi characters; it may be empty. The client adds the
// CRLF. [Client.Send] waits for the answer to one text.
// [Client.SendAll] takes a sequence of texts, keeps a window of them on the
// way, and reports them in order; it is the one for many.
//
// # What an answer means
//
// No error means that the host which answered has the message in its log, as
// durably as that host is configured to, and so have Config.MinCopies hosts in
// all (DESIGN 6). Otherwise the error tells what became of the message:
//
//   - [*RefusedError]: it was not taken, and never will be. Sending it again
//     cannot make it two.
//   - [*CopiesError]: it is kept, but by fewer hosts than asked for so far.
//   - [ErrUnacknowledged]: it was sent and nothing was heard. It may be kept,
//     or not.
//   - [ErrNoHost] or another error: it was not sent.
//
// # What is promised
//
// The client itself never sends a message twice. One that was handed to a
// connection and got no answer is reported as ErrUnacknowledged, and what to do
// is the caller's to decide: whoever sends it again has delivery at least once,
// with a duplicate where the answer was lost and not the message; whoever does
// not, has delivery at most once. Only what surely was not taken goes to
// another host by itself: a text that did not leave this process, and in Send
// also one that a host refused because of its own condition (stopping,
// overloaded, no storage).
//
// The texts that one SendAll sends over one connection are logged by that host
// in their order. Nothing is said about the order between connections.
//
// # Connections
//
// There is at most one connection a host. It is dialled when it is first
// needed, shared by all callers, and kept alive while it is idle. Messages that
// wait while a write goes on leave together in the next, so batches form by
// themselves and a lone message waits for no timer.
//
// A connection counts as lost when it ends, when the host answers wrongly, or
// when it owes an answer and says nothing for Config.Silence. A host that could
// not be reached, or whose connection was lost, rests for a while, longer with
// each failure: other hosts are tried before it, and where there is no other it
// is not dialled earlier.
//
// A Client is safe for concurrent use.
package client
