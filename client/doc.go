// Package client sends messages to a ring of zog daemons, and reads their log. One host takes a message, and
// soon afterwards the access.log of every host contains it, once.
//
//	c, err := client.Dial(ctx, client.Config{
//		Hosts: []string{"127.0.55.1:55552", "127.0.55.2:55552"},
//	})
//	if err != nil {
//		return err
//	}
//	defer c.Close()
//	receipt, err := c.Send(ctx, "the cellar door was opened")
//
// There are three ways to send. A Client is safe for concurrent use, by calls of all kinds.
//
//   - [Client.Send] sends one text and waits for its answer. [SendOption] has what one call
//     may want otherwise than the Config, and the key that makes it idempotent.
//   - [Client.Enqueue] sends a text behind others without waiting, for a program whose
//     messages come one at a time, and [Client.Flush] waits for all.
//   - [Client.SendAll] sends a whole sequence without waiting in between, and reports the
//     results in order.
//
// [Client.Follow] reads the log as it grows, from any [Position].
//
// Package zoglog has an io.Writer and a slog.Handler, for the log of a program. Package
// ringtest starts a ring in a test of a program.
//
// A text is UTF-8 of at most [MaxText] bytes, and may be empty. It contains no control
// characters (tab included), no line separators and no bidi characters: [Check] says
// what is wrong with one, and [Sanitize] makes one of any string. The client appends the
// CRLF that the protocol requires.
//
// # Results
//
// If the error is nil, the host that answered has the message in its log, as durably as
// that host is configured to keep it, and Config.MinCopies hosts in all have it
// (docs/protocol.md, 6 and 12). All hosts have it under the identity Receipt.ID, such as
// MV.516ogpwa.1, with which its line can be found. Otherwise the error says what happened
// to the message:
//
//   - [*RefusedError]: no host took it. To send it again cannot produce a duplicate.
//     Its method Retryable tells a condition of the hosts, which may pass, from a text
//     that no host accepts.
//   - [*CopiesError]: it is kept, but fewer hosts than asked for had it in time.
//   - [ErrUnacknowledged]: it was sent, and no answer came. It may be kept or not.
//   - [ErrNoHost]: no host could be reached in time, or only peer ports, which take nothing
//     from clients. It was not sent, or not taken.
//   - Any other error: it was not sent.
//
// The error may also match what ended the call:
//
//   - [ErrTimeout]: Config.Timeout, or that of the call, elapsed. It matches context.DeadlineExceeded.
//   - [ErrClosed]: the client was closed. It does not match context.Canceled.
//   - The error and the cause of the caller's context, if that ended before or during
//     the call.
//
// Errors are wrapped: use errors.Is and errors.As.
//
// # Timeouts
//
// A host that is down is skipped. When all hosts are down, every call waits for one, and
// tries them again at least every second, until its time is up. For Send that is
// its timeout or the deadline of its context, whichever is earlier. In SendAll and Enqueue a
// text that was sent has its outcome Config.Timeout after it was drawn from the sequence, or
// after the hosts last accepted another text, if that is later: a host that answers many
// texts one after the other is waited for, one that answers none is not.
//
// A host that sends nothing while it owes an answer costs a caller at most
// Config.Silence, 2 s by default. A host that works sends a sign of life every half
// second, however long the work takes. If nothing arrives for half of Config.Silence, the
// client sends a keep-alive. If nothing arrives for the other half, the connection is
// lost, and the messages on it go to another host. A call with less than twice
// Config.Silence left shortens this for its host, but not below three eighths of
// Config.Silence: so a caller with the default timeout finds the one host of five that
// still answers. A host that sends signs of life but never answers is not silent: its
// messages end with their own timeout. If it has answered nothing for all of that, SendAll
// goes on with another host.
//
// While other hosts are left to try, a dial is given up after one second, and after more
// in later rounds, for hosts that are far away.
//
// # Resending
//
// When a connection is lost, the unanswered messages on it may be kept or not. The client
// sends them again, to another host or the same one as Config.Order says, until they are
// answered or Config.Timeout elapses, but never later than [ResendWithin] after they were
// first sent. With Config.NoResend it reports them as ErrUnacknowledged instead. Before it
// sends a message again it waits a moment, so that what the lost host has forwarded
// reaches the other hosts first.
//
// A message that a host refuses because of its own condition (it is stopping or
// overloaded, or cannot write its log) was not taken. It also goes to another host, or to
// the same one later, with NoResend too. If no host takes it in time, the last refusal is
// the result.
//
// Each message has a name: a random session, and a number in it. It keeps its name when it
// is sent again, and a host that knows the name does not log the message again, but
// answers for the first one. A host keeps in memory, for ten minutes, the names of the
// messages that it took from clients and of those that reached it along the forwarding
// tree. So a message that was sent again is logged once if the host that got it last
//
//   - is the host that took it first, and has not restarted since, or
//   - had already received it from that host, as is usual within milliseconds.
//
// It is logged twice, under two identities, if the first host logged it and then
// restarted, or if that host failed, was cut off or was too busy to forward it in time.
// Receipt.Resends tells which messages this may concern. With NoResend no message is
// logged twice: delivery is at most once.
//
// A program that may itself send a message again, as after a restart, names it by a key of its
// own with [WithKey]. The same holds for that name, however often it is sent.
//
// # Order
//
// The texts that one SendAll, or all calls of Enqueue, send over one connection are logged by
// that host in their order. Texts that are sent again keep their order, and go before new ones. But a text
// that a host refused because of its own condition may be logged after later ones. There
// is no order between connections.
//
// # Following
//
// [Client.Follow] returns the messages of the log after a [Position], and then those that
// come; [Client.Read] ends at the end of the log. A Position means the same on every host, and has
// a text that can be kept: so a reader can go on exactly where it was, after a restart of its own,
// and on another host.
//
//   - Each message comes once, and none is left out. What the log does not have any more is a
//     [*HoleError]. A reader that keeps the position after it has dealt with a message, and is
//     stopped in between, gets that message again. Its ID never changes.
//   - The messages of a run, which is what one host took from its start on, come in their order.
//     Those of several runs come in the order of the log of the host that is read, which on other
//     hosts may be another.
//   - A message comes once it is durable on the host that is read. That its sender asked for more
//     copies does not delay it.
//
// If the connection is lost, or the host sends nothing for Config.Silence, the reader goes on with
// another host. It asks for what is after its vector, so that it makes no difference which host
// that is. A host that is cut off from the others is not left: the reader gets what that host
// has, and the rest when the host gets it.
//
// The price: a position has an entry for each run, so it grows by some 20 bytes with each start of
// a host, and it is sent whenever a connection is opened. A follower that waits costs the host a
// sign of life a second. The messages of the log are read from the disk of the host, unless they
// are new.
//
// # Connections
//
// The client keeps at most one connection to each host for sending, and one more for each
// Follow and Read. It dials when it first needs a connection, shares that for sending
// between all callers, and sends keep-alives while it is idle. Messages that are queued
// during a write leave together in the next one: batches form without a timer, and a single
// message does not wait.
//
// A connection is lost when it ends, when the host violates the protocol, or when the
// host is silent (see Timeouts). A host that could not be reached or whose connection was
// lost is tried after the others for a while, longer with each failure.
package client
