// Package inspect reads a log directory as it is on the disk, whether its host
// runs or not, and says what is in it and what is wrong with it (DESIGN 7).
//
//	d, err := inspect.Open("MV", "logs/MV")
//	ranges, err := d.Held(ctx)           // reads the lines, and later those that came
//	digests, err := d.Digests(ctx, some) // reads them again
//	d.Damage(), d.Findings(0), d.Notes() // what is wrong
//
// It takes no lock and writes nothing. While a host writes, what is read is what
// was there at some moment: a segment that gets another name meanwhile is not
// read twice and not missed, and a last line that is not whole yet is looked at
// again.
package inspect
