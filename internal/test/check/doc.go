// Package check judges the logs of a whole ring after a test, host by host,
// against what the clients know. Its input is a record of what clients sent and
// how it was answered, and the lines of all access logs. It is for tests and the
// programs in ringtest, and does not ship.
//
//	record, err := check.ReadRecord(file)         // or Record.Add, message by message
//	c, err := check.New(record, check.Config{Hosts: []string{"MV", "PA"}})
//	err = c.Log(0).ReadDir(os.DirFS("logs/MV"))   // or Read, or Line
//	err = c.Log(1).ReadDir(os.DirFS("logs/PA"))
//	err = c.Report().Err()
//
// It is pure: no network, no clock, and files only as an [fs.FS] that is passed
// in. It finds, by the invariants of docs/architecture.md:
//
//   - lost: acknowledged, and not in a log (I1, I2);
//   - duplicated: an identity twice in a log (I3);
//   - repeated: a text under more identities than the times it was sent;
//   - unexpected: a text that nobody sent, or that was refused (I4);
//   - reordered: the seqs of a run are not 1, 2, 3 ... (I5), or messages of one
//     sender that were acknowledged are not in the order of sending;
//   - differing: an identity with another text or time than in another log (I4);
//   - malformed: a line that is no record (I9);
//   - uneven, in a ring that has come to rest: an identity that another log has
//     and this one lacks, of a message that was not acknowledged;
//   - misnamed: a message that is in a log, and not under the identity of which its
//     sender was told.
//
// A message that was sent and not answered may be in the logs or not. If nothing
// was acknowledged nothing was tested, and the report is not OK.
//
// The packages that ship judge logs without the record of the clients: journal
// repairs a host's own log, inspect reads one directory, verify and survey compare
// the logs of several hosts with each other. None of them can find a message that
// was acknowledged and is in no log, or a text that nobody sent. This package
// does. It shares only the parser of lines and the names of files with them.
//
// Each text is in memory once, however many logs have it, and each message takes
// 40 bytes. Five logs of five million lines each take about two gigabytes.
package check
