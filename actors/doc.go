// Package actors has the actors of a zog daemon. Package supervisor starts them as a tree, and
// package messages has what they send to each other. The files of an actor begin with its name:
// link.go, link_dial.go and so on are the actor link. All other files are shared by actors.
//
// The path of a message, from a client to the logs of all hosts:
//
//	clientConn   its reader goroutine turns bytes into a batch (reader.go and so on);
//	             the actor passes it on
//	router       takes the messages, puts them in order, and gives them to the links that
//	             relay.Tree names (router_take.go; package sequencer decides)
//	link         sends what the tree gives to its peer (link_stream.go; packages stream
//	             and relay decide)
//	accessLog    appends the lines, syncs, and sends Logged
//	clientConn   sends Ok
//
// At the peer it is a peerConn instead of a clientConn, and the messages have an identity
// already. The rest is the same.
//
// Decisions are made in pure packages: ring (the plan of the tree), sequencer (what is taken),
// stream (what a link does next), relay (what goes to whom), repair (whom to ask), schedule
// (when), marks and window (what is where). The actors carry them out.
//
// Rules for all actors:
//
//   - A goroutine captures ctx.Self() and the root context, never ctx.
//   - What must survive a restart is in a struct (routerState, watchState, surveyQueue, linkLog)
//     that the props keep, or in the Node. Package messages lists the state in the Node.
//   - A message at which an actor panics is lost. So Ok is the last step. When the router or the
//     access log restarts, all accepted connections are closed, and the senders send again what
//     was lost.
//   - Batches are sent between actors, not messages, each with a credit (messages.Credit), so that
//     no mailbox grows without bound. The messages of a batch lie in rows (package row), and
//     decisions are made once for a row.
//   - What is sent to an actor before it can run is delivered when it can (mailbox.go).
//   - The goroutines that run mailboxes belong to the Node (workers.go). An actor that waits for a
//     disk or a peer holds up no other actor.
package actors
