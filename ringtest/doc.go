// Package ringtest starts rings of zog hosts in tests, injects faults, and reports what went wrong.
// It is for tests of programs that use a ring, as httptest is for handlers, and for tests of the
// ring itself.
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
// [Start] starts a ring of five hosts, or of another number, in this process: with the actors,
// journal and supervisor of the daemon. By default the network is in memory; in a bubble of
// testing/synctest hours of virtual time take milliseconds. With [Loopback] the hosts listen on
// real sockets, from 127.0.55.1 on, where other programs can reach them. In both cases each host
// has a disk in memory that can crash, fill up and fail, and a clock of its own.
//
// The ring is stopped at the end of the test. A goroutine that is still running then is an error.
//
// # Faults
//
// Each part of a ring has a handle with the faults that it can have:
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
// A host can fall silent in three ways, for peers and for clients: with Pause its kernel still
// answers, with Unplug nothing arrives, and with PowerCut the process is gone as well. In none of
// them is a connection closed or reset.
//
// A [Liar] takes the place of a compromised host: it sends false marks, forged lines or raw bytes.
//
// Bytes that are lost are retransmitted as Linux does it, with growing pauses: see
// [Ring.Partition]. After a cut of a minute a connection may be silent for another minute, as on
// real machines, unless hosts and clients replace it.
//
// A request that makes no sense, such as the 0th message or a link from a host to itself, ends the
// test at the line that asks for it.
//
// A [When] says at which events a fault fires: of which type, after how many, how often, or with
// which probability, by the ring's seed. Each method returns a [Fault], which counts how often it
// fired, and can be healed. [Ring.Fired] returns what fired; it is printed with the seed when the
// test fails. A fault with a [When] that never fires fails [Ring.RequireSettled], because the test
// then shows nothing.
//
// Production code does not know this package. It has five seams, actors.Seams: dial, listen, file
// system, clock, and mailboxes.
//
// # Your own program
//
// A program that embeds package client gets its client.Config from [Ring.Config]. The ring then
// records what the program sent and what it was told, from the bytes on the connections: the program
// needs no hook for the test. Another process gets the addresses of the hosts from [Ring.Addresses],
// in a ring on [Loopback]. Start that ring with [OtherClients]: it does not know what was sent, and
// checks the logs as far as is possible without that.
//
// # Probes and the checker
//
// A [Probe] records messages to actors, for [Probe.Expect], [Probe.ExpectExactly] and
// [Probe.ExpectNone]. [Probe.Transcript] returns them as text, which [Golden] compares with a file.
//
// A [Client] of the ring is a client of package client that records what it sent and what it was
// told. [Ring.RequireSettled] waits until all logs are equal, and compares them with the record:
// each acknowledged message is in every log, once and in order, and nothing else is (see
// internal/test/check). A failure names the message, the hosts, and the last fault before it.
//
// Package chaos makes random schedules of all faults from a seed.
package ringtest
