// Package verify says whether the logs of a ring are what they should be: every
// message in each of them, once, with the same text (DESIGN 5; invariants I2 to
// I5). It is pure: it is told what each host holds, says what to ask next, and
// in the end what was found.
//
//	holdings: what each host says that it holds  (NewHoldings)
//	target := Union(holdings)                    // what all should hold
//	lacks  := holdings[i].Lacking(target)        // what host i does not
//
//	search := NewSearch(Shared(target, holdings, 1))
//	for search.Next() {                          // a round of questions
//		for each host i {
//			search.Answer(i, its digests of search.Ranges(i))
//		}
//	}
//	search.Findings()
//
// A range of messages is a marks.Mark: those from First to Seq of a run. That
// hosts hold a range is compared by these numbers. That they hold the same text
// is compared by a Digest of the lines. Where digests differ, a Search asks for
// those of the parts, until it knows which messages it is.
//
// A Report puts all that into words.
package verify
