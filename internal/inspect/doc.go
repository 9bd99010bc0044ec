// Package inspect judges one log directory as it is on the disk, for `zog verify`,
// whether its host runs or not: which messages are in it, which lines are
// damaged, and which stand twice or out of order.
//
//	d, err := inspect.Open("MV", "logs/MV")
//	ranges, err := d.Held(ctx)           // reads the lines, and later those that came
//	digests, err := d.Digests(ctx, some) // reads them again
//	d.Damage(), d.Findings(0), d.Notes() // what is wrong
//
// It takes no lock and writes nothing. While a host writes, the result is a state
// of the log at some moment: a segment that is renamed meanwhile is neither read
// twice nor missed, and an incomplete last line is read again.
//
// It knows one log and nothing else. Package journal judges the same files for
// the host that owns them, and repairs them. A [Dir] is one source of package
// survey, which compares it with other logs by the rules of package verify.
// Package check, in tests, compares logs with what clients were told.
package inspect
