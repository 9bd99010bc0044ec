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
//   - [*RefusedError]: it was not taken. Sending it again cannot make it two. Its
//     method Temporary tells whether that was about the text, which no host takes, or
//     about the hosts, which may take it later.
//   - [*CopiesError]: it is kept, but by fewer hosts than asked for so far.
//   - [ErrUnacknowledged]: it was sent, again and again if there was time, and
//     nothing was heard. It may be kept, or not.
//   - [ErrNoHost]: no host could be reached in time, so it was not sent.
//   - Another error: it was not sent.
//
// The error also tells what ended the waiting, where that is the reason:
//
//   - [ErrTimeout]: Config.Timeout was over. It matches context.DeadlineExceeded.
//   - [ErrClosed]: the client was closed. It does not match context.Canceled.
//   - The context's error and its cause, if the caller's context was over, before the
//     call or during it.
//
// # How long a call waits
//
// All calls wait for a host that can be reached, in every order: a host that is down
// is passed over, and when all are down they are tried again, at least every second,
// until the time is up. The time of a [Client.Send] is Config.Timeout, or less if its
// context ends before; a context with a later deadline does not make it longer. In a
// [Client.SendAll] no single text has a time of its own: Config.Timeout is for how long
// nothing at all is taken.
//
// A host that falls silent costs a caller at most Config.Silence, 2 s by default. As
// long as a host owes an answer it says something every half second, however long its
// work takes. So when nothing was heard for half of Config.Silence the client asks,
// and after the other half the connection is lost and what was on it goes to another
// host. It does not matter how the host became silent: stopped, without power, or
// behind a cable that was pulled. Who has less than twice that time left gives hosts a
// shorter time, but three eighths of Config.Silence at least, so that a caller finds
// the one host of five that still answers within the default timeout. A host that
// gives signs of life and never answers is not silent: its messages end with their
// own time.
//
// While there are other hosts, a dial is given up after a second, or later if all
// hosts are that far away.
//
// # Sending again
//
// A message whose connection is lost before its answer may be kept or not. Unless
// Config.NoResend is set the client sends it again, to another host or the same as
// Config.Order has it, until it is answered or Config.Timeout is over, and never
// later than [ResendWithin]. If the host has just hung up, the client waits a moment
// before that, for what the lost host has passed on to arrive at the others. What a
// host refuses because of its own condition (stopping, overloaded, no storage) was
// surely not taken, and goes to another host, or to the same later, in the same way;
// if none takes it in time the last refusal is the answer.
//
// Each message has a name: a random session and a number in it. It keeps its name
// when it is sent again, and a host that knows the name does not log the message
// again but answers for the first. A host knows the names of ten minutes: of what
// it took from clients, and of what reached it from other hosts along the
// forwarding tree. They are in its memory only. So a message that was sent again
// is logged once if the host that gets it last
//
//   - is the one that took it first, and was not started anew since, or
//   - had got it from there already, as is usual within milliseconds of its taking.
//
// It is logged twice, under two identities, if the first host did log it, but was
// started anew, or if it died, was cut off or was too busy, so that the other did
// not have it in time by the tree.
// Receipt.Resends tells which messages this may concern. With NoResend there are
// none: then delivery is at most once, and ErrUnacknowledged where it is not known.
//
// # Order
//
// The texts that one SendAll sends over one connection are logged by that host in
// their order. What is sent again keeps its order, and goes before what is new; but
// what was refused goes when others behind it may be logged. Nothing is said about
// the order between connections.
//
// # Connections
//
// There is at most one connection a host. It is dialled when it is first
// needed, shared by all callers, and kept alive while it is idle. Messages that
// wait while a write goes on leave together in the next, so batches form by
// themselves and a lone message waits for no timer.
//
// A connection counts as lost when it ends, when the host answers wrongly, or when
// the host is silent, as above. A host that could not be reached, or whose connection
// was lost, rests for a while, longer with each failure: other hosts are tried before
// it.
//
// A Client is safe for concurrent use.
package client
