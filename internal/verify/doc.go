// Package verify judges whether the logs of several hosts are the same: every
// message in each of them, once, with the same text (invariants I2 to I5 of
// docs/architecture.md). Its input is what each host says it holds, and digests;
// it says what to ask next, and what was found. It is pure.
//
//	holdings: what each host says it holds       (NewHoldings)
//	target := Union(holdings)                    // what all should hold
//	lacks  := holdings[i].Lacking(target)        // what host i lacks
//
//	search := NewSearch(Shared(target, holdings, 1))
//	for search.Next() {                          // a round of questions
//		for each host i {
//			search.Answer(i, its digests of search.Ranges(i))
//		}
//	}
//	search.Findings()
//
// A range of messages is a marks.Mark: those from First to Seq of a run. Which
// messages hosts hold is compared by these numbers. Whether they hold the same
// text is compared by a Digest of the lines. Where digests differ, a Search asks
// for the digests of parts, until it knows which messages differ.
//
// A Report is the result for people and for programs.
//
// It never sees a file or a connection. Package survey asks the hosts and feeds
// it; package inspect reads a directory and finds what is wrong within one log;
// package journal, in a running host, repairs its own log. Package check, in
// tests, has more input than any of these, what clients were told, and so finds
// lost messages that no log has.
package verify
