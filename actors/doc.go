// Package actors has the actors of a zog daemon. The package supervisor starts them as a
// tree; package messages has what they send to each other. The files of an actor begin with
// its name: link.go, link_dial.go and so on are the actor Link. All other files are shared.
//
// The way of a message, from a client to the logs of the others:
//
//	ClientConn   a reader goroutine turns bytes into a batch (reader*.go);
//	             the actor passes it on
//	Router       takes the messages, puts them in order, and hands them to the
//	             links that relay.Tree names (router_take.go; package sequencer decides)
//	Link         writes what the tree gives to its peer (link_stream.go; the
//	             packages stream and relay decide)
//	AccessLog    appends the lines, syncs, and says Logged
//	ClientConn   says Ok
//
// At the peer a PeerConn takes the place of ClientConn, and the messages have an
// identity already. From there it is the same way.
//
// Decisions are in pure packages, and here they are carried out: ring plans,
// sequencer takes, stream moves on, relay selects, repair chooses, schedule times, marks
// and window remember.
//
// Rules that hold for all:
//
//   - A goroutine captures ctx.Self() and the root context, never ctx.
//   - What must survive a restart is in a struct of its own (routes, watches,
//     linkLog) that the props keep, or in the Node.
//   - A message that panics is lost to the mailbox. So Ok comes last, and when
//     the router or the access log restarts, all accepted connections are
//     closed, and whoever sent what was lost sends it again.
//   - Batches travel, not messages, each with a credit (messages.Credit), so
//     that no mailbox grows without bound. In a batch messages lie in rows
//     (package row), and what is decided is decided once a row.
//   - What is sent to an actor by its name before it can run waits (mailbox.go).
//   - Mailboxes are run by goroutines that the Node keeps (workers.go). An actor
//     that waits, for a disk or a peer, holds up nobody else.
package actors
