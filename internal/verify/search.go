package verify

import (
	"slices"

	"xlattice.org/zog/internal/marks"
)

const (
	// fanOut is into how many parts a range is cut whose digests differ. For
	// each round of questions the hosts read their logs, so few rounds are worth
	// more than few questions.
	fanOut = 16
	// maxParts is how many parts a Search makes in all. Where hosts differ in
	// very much, not all of it is searched to the last message.
	maxParts = 1 << 14
)

// Search finds out, by questions to the hosts, where their texts differ.
type Search struct {
	open  []Piece // to be asked
	round []asked // what is asked now
	parts int
	gone  map[int]bool
	found []Finding
}

// asked is a piece and what its holders answered.
type asked struct {
	Piece
	digests map[int]Digest
}

// NewSearch returns a Search in pieces that do not overlap.
func NewSearch(pieces []Piece) *Search {
	return &Search{open: pieces, gone: make(map[int]bool)}
}

// Next judges the answers of a round and begins the next. It is false when
// there is nothing more to ask.
func (s *Search) Next() bool {
	var parts []Piece
	for _, a := range s.round {
		parts = append(parts, s.judge(a)...)
	}
	s.open = append(parts, s.open...)
	n := min(len(s.open), MaxRanges)
	s.round = s.round[:0]
	for _, p := range s.open[:n] {
		s.round = append(s.round, asked{p, make(map[int]Digest)})
	}
	s.open = s.open[n:]
	return n > 0
}

// Ranges returns what a host is to be asked for in this round, if anything.
func (s *Search) Ranges(host int) []marks.Mark {
	var ranges []marks.Mark
	for _, a := range s.round {
		if slices.Contains(a.Holders, host) && !s.gone[host] {
			ranges = append(ranges, a.Mark)
		}
	}
	return ranges
}

// Answer takes a host's digests of what Ranges returned, in that order.
func (s *Search) Answer(host int, digests []Digest) {
	for _, a := range s.round {
		if slices.Contains(a.Holders, host) {
			a.digests[host], digests = digests[0], digests[1:]
		}
	}
}

// Drop says that a host answers no more. Nothing is found of it then.
func (s *Search) Drop(host int) { s.gone[host] = true }

// judge looks at the answers on one piece. It returns the parts to go on with.
func (s *Search) judge(a asked) []Piece {
	var unread, read []int
	texts := make(map[Digest][]int)
	for _, host := range a.Holders {
		switch digest := a.digests[host]; {
		case s.gone[host]:
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
		s.find(Unread, a.Mark, host)
	}
	if len(texts) > 1 {
		s.differ(a.Mark, texts, read)
	}
	return nil
}

// differ says who has another text than most, or, if most is nobody, that all
// of them disagree.
func (s *Search) differ(r marks.Mark, texts map[Digest][]int, read []int) {
	for digest, most := range texts {
		if 2*len(most) <= len(read) {
			continue
		}
		for other, hosts := range texts {
			if other != digest {
				for _, host := range hosts {
					s.find(Differs, r, host)
				}
			}
		}
		return
	}
	s.find(Disagree, r, read...)
}

func (s *Search) find(kind Kind, r marks.Mark, hosts ...int) {
	s.found = append(s.found, Finding{Kind: kind, Hosts: hosts, Range: r, Whole: r.First == r.Seq})
}

// cut cuts a piece into parts, none if it is a single message.
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

// Findings returns what was found, in its order, neighbours joined.
func (s *Search) Findings() []Finding { return merge(s.found) }
