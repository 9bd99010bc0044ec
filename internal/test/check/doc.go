// Package check says what is wrong with the logs of a ring, host by host. It
// is given what clients know, which is what they sent and what was said to be
// kept, and what the hosts have, which is the lines of their access logs:
//
//	record, err := check.ReadRecord(file)         // or Record.Add, message by message
//	c, err := check.New(record, check.Config{Hosts: []string{"MV", "PA"}})
//	err = c.Log(0).ReadDir(os.DirFS("logs/MV"))   // or Read, or Line
//	err = c.Log(1).ReadDir(os.DirFS("logs/PA"))
//	err = c.Report().Err()
//
// It is pure: no network, no clock, and files only as an [fs.FS] that is handed
// in. What it finds, by the invariants of docs/architecture.md:
//
//   - lost: acknowledged, and not in a log (I1, I2);
//   - duplicated: an id twice in a log (I3);
//   - repeated: a text under more ids than it was sent times;
//   - unexpected: a text that nobody sent, or that was refused (I4);
//   - reordered: the seqs of an origin and boot are not 1, 2, 3 ... (I5), or what
//     one sender was acknowledged does not stand in the order of sending;
//   - differing: an id with another text or time than in another log (I4);
//   - malformed: a line that is no record (I9);
//   - uneven, in a ring that has settled: an id that is in another log. It says
//     nothing more of what is lost, only of what was never acknowledged.
//
// What was sent and not answered is indeterminate: it may be in the logs or
// not. A run in which nothing was acknowledged shows nothing and does not pass.
//
// A text is kept in memory once, however many logs have it; of a line nothing
// is kept but 24 bytes for its id. So five logs of five million lines each take
// about two gigabytes.
package check
