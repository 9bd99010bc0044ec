package verify

import (
	"slices"

	"xlattice.org/zog/internal/marks"
)

const (
	// fanOut is into how many parts a range is cut if its digests differ. In each
	// round the hosts read their logs, so few rounds matter more than few questions.
	fanOut = 16
	// maxParts bounds the parts that a Search makes. If hosts differ in very many
	// places, not all of them are narrowed down to single messages.
	maxParts = 1 << 14
)

// Search finds where the texts of hosts differ, in rounds of questions to them.
type Search struct {
	pending []Piece    // to be asked
	round   []question // what is asked now
	parts   int
	dropped map[int]bool
	found   []Finding
}

// question is a piece, and the answers of its holders.
type question struct {
	Piece
	digests map[int]Digest
}

// NewSearch returns a Search in pieces that do not overlap.
func NewSearch(pieces []Piece) *Search {
	return &Search{pending: pieces, dropped: make(map[int]bool)}
}

// Next evaluates the answers of a round, and begins the next one. It is false if
// there is nothing more to ask.
func (s *Search) Next() bool {
	var parts []Piece
	for _, a := range s.round {
		parts = append(parts, s.evaluate(a)...)
	}
	s.pending = append(parts, s.pending...)
	n := min(len(s.pending), MaxRanges)
	s.round = s.round[:0]
	for _, p := range s.pending[:n] {
		s.round = append(s.round, question{p, make(map[int]Digest)})
	}
	s.pending = s.pending[n:]
	return n > 0
}

// Ranges returns the ranges to ask a host about in this round.
func (s *Search) Ranges(host int) []marks.Mark {
	var ranges []marks.Mark
	for _, a := range s.round {
		if slices.Contains(a.Holders, host) && !s.dropped[host] {
			ranges = append(ranges, a.Mark)
		}
	}
	return ranges
}

// Answer takes the digests of a host for what Ranges returned, in that order.
func (s *Search) Answer(host int, digests []Digest) {
	for _, a := range s.round {
		if slices.Contains(a.Holders, host) {
			a.digests[host], digests = digests[0], digests[1:]
		}
	}
}

// Drop says that a host does not answer any more. It gets no further findings.
func (s *Search) Drop(host int) { s.dropped[host] = true }

// evaluate evaluates the answers about one piece. It returns the parts to ask about
// next.
func (s *Search) evaluate(a question) []Piece {
	var unread, read []int
	texts := make(map[Digest][]int)
	for _, host := range a.Holders {
		switch digest := a.digests[host]; {
		case s.dropped[host]:
		case digest == "":
			unread = append(unread, host)
		default:
			read = append(read, host)
			texts[digest] = append(texts[digest], host)
		}
	}
	if len(unread) == 0 && len(texts) < 2 {
		return nil
	}
	if parts := cut(a.Piece); len(parts) > 0 && s.parts+len(parts) <= maxParts {
		s.parts += len(parts)
		return parts
	}
	for _, host := range unread {
		s.addFinding(Unread, a.Mark, host)
	}
	if len(texts) > 1 {
		s.differ(a.Mark, texts, read)
	}
	return nil
}

// differ adds findings for the hosts whose text is not that of the majority, or, if
// there is no majority, one for all.
func (s *Search) differ(r marks.Mark, texts map[Digest][]int, read []int) {
	for digest, most := range texts {
		if 2*len(most) <= len(read) {
			continue
		}
		for other, hosts := range texts {
			if other != digest {
				for _, host := range hosts {
					s.addFinding(Differs, r, host)
				}
			}
		}
		return
	}
	s.addFinding(Disagree, r, read...)
}

func (s *Search) addFinding(kind Kind, r marks.Mark, hosts ...int) {
	s.found = append(s.found, Finding{Kind: kind, Hosts: hosts, Range: r, Whole: r.First == r.Seq})
}

// cut cuts a piece into parts; a single message has none.
func cut(p Piece) []Piece {
	if p.First == p.Seq {
		return nil
	}
	size := (p.Seq-p.First)/fanOut + 1
	var parts []Piece
	for first := p.First; ; first += size {
		part := p
		part.First = first
		if p.Seq-first < size {
			return append(parts, part)
		}
		part.Seq = first + size - 1
		parts = append(parts, part)
	}
}

// Findings returns the findings, sorted and joined.
func (s *Search) Findings() []Finding { return merge(s.found) }
