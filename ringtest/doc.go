// Package ringtest starts rings of zog hosts in tests, breaks them on purpose,
// and tells exactly what went wrong: what httptest is to handlers, this is to
// programs that use a ring, and to the ring itself.
//
//	func TestMyProgram(t *testing.T) {
//		synctest.Test(t, func(t *testing.T) {
//			ring := ringtest.Start(t)
//			ring.Client().Send("the cellar door was opened")
//			ring.Partition("MV PA", "G LA S")
//			ring.Host("MV").Actor("router").Panic(ringtest.Nth(1, "Take"))
//			ring.Client("MV").Send("and closed")
//			ring.Heal()
//			ring.RequireSettled()
//		})
//	}
//
// # A ring
//
// [Start] starts a ring of five hosts, or of another number, in this process:
// the same actors, journal and supervisor that the daemon runs. By default the
// hosts are on a network in memory; inside a bubble of testing/synctest hours of
// their life take milliseconds. With [Loopback] they listen on real sockets,
// 127.0.55.1 and on, where other programs can reach them. Either way each has a
// disk in memory that can crash, fill up and fail, and a clock of its own.
//
// All that was started is stopped at the test's end, and what is left running
// then is an error.
//
// # Faults
//
// Everything has a handle, and each handle its faults:
//
//   - [Host]: Crash, PowerCut, Restart, Pause, Unplug, Shun, BlockStderr, Wipe, Backup and
//     Restore, RolledBack
//   - [Actor], by its name in the tree ("router", "links/+1", "conns/*"): Panic,
//     PanicAfter, RefuseStart, Hang, Drop, Delay, Duplicate, Reorder
//   - [Link], one direction between two hosts: Drop, Sever, Slow, Limit, Reset,
//     Stall, HalfClose, CutAfter, Corrupt; and [Ring.Partition], [Ring.Flap]
//   - [Disk]: Fail, ShortWrite, FailSync, Lie, Hang, Slow, Fill, DieAt, Flip, Cut, Delete
//   - [Clock]: Step, Skew
//
// A host falls silent in three ways, for peers and clients alike: with Pause its kernel
// still answers, with Unplug nothing arrives, and with PowerCut what ran on it is gone as
// well. Nobody is told of any of them.
//
// A [Liar] speaks in the place of a host that is compromised: false marks, forged lines,
// raw bytes.
//
// What is lost on the way is sent again as Linux does it, and later each time: see
// [Ring.Partition]. So a cut of a minute is felt for another, as on real machines, unless
// hosts and clients do something about it.
//
// What can never be, such as the 0th message or a link from a host to itself, ends the
// test at the line that asks for it.
//
// A [When] says which of the chances that come a fault takes: of what type, after
// how many, how many, or how likely, by the ring's seed. Each returns a [Fault],
// which counts how often it fired, and heals it. What fired is on record
// ([Ring.Fired]), and is printed with the seed when the test fails. A fault that
// was to fire so many times and never did fails [Ring.RequireSettled]: a test of a
// fault that was not there shows nothing.
//
// Production code knows nothing of this. It has five seams, actors.Seams: how to
// dial, how to listen, the file system, the clock, and who makes mailboxes.
//
// # Your own program
//
// A program that embeds package client gets the addresses from [Ring.Addresses] and,
// but on [Loopback], the way there from [Ring.Dial]. The ring is then started with
// [OtherClients]: it does not know what the program sent. It requires of its hosts all
// that can be required without, and what [Ring.Told] has put on record.
//
// # Probes and the checker
//
// A [Probe] listens to the mail of actors: [Probe.Expect], [Probe.ExpectExactly],
// [Probe.ExpectNone]; [Probe.Transcript] is what it heard as text, to be held
// against a golden file with [Golden].
//
// A [Client] of the ring is the client of package client, and keeps a record of
// what it sent and what it was told. [Ring.RequireSettled] waits until all logs are
// equal, and holds them against the record: whatever was acknowledged is in every
// log, once and in order, and nothing else is (internal/test/check says all of it).
// A failure names the message, the hosts, and the last fault before.
//
// Seeded random schedules of all faults are in the package chaos below.
package ringtest
