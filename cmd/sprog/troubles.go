package main

import (
	"fmt"
	"slices"
	"strings"
)

// What is told of lines with which not all went well is bounded, however many they are.
const (
	maxTroubles = 16 // kinds of trouble
	maxRanges   = 8  // ranges of lines that one kind names
	maxExamples = 3  // refused lines that one kind shows with their texts
	maxExcerpt  = 60 // characters of such a text
)

// troubles counts the lines with which not all went well, by what there is to say of
// them.
type troubles []*trouble

// trouble is what there is to say of some lines.
//
// Invariant: ranges are in order, and do not touch. Lines that are in none of them
// follow the last one.
type trouble struct {
	what   string
	ranges []span
	count  int
}

// span is some lines in a row.
type span struct{ first, last int }

// note counts a line, and returns its kind. Lines are noted in their order.
func (t *troubles) note(line int, what string) *trouble {
	kind := t.kind(what)
	kind.add(line)
	return kind
}

// others is the kind of all that is one too many.
const others = ": other reasons"

// kind returns the kind of this name.
func (t *troubles) kind(what string) *trouble {
	named := func(kind *trouble) bool { return kind.what == what }
	if i := slices.IndexFunc(*t, named); i >= 0 {
		return (*t)[i]
	}
	if len(*t) >= maxTroubles-1 && what != others {
		return t.kind(others)
	}
	kind := &trouble{what: what}
	*t = append(*t, kind)
	return kind
}

func (t *trouble) add(line int) {
	t.count++
	last := len(t.ranges) - 1
	switch {
	case last >= 0 && t.ranges[last].last+1 == line:
		t.ranges[last].last = line
	case len(t.ranges) < maxRanges:
		t.ranges = append(t.ranges, span{line, line})
	}
}

// text is `lines 3, 7-12 refused: longer than 509 bytes`.
func (t *trouble) text() string {
	names, more := make([]string, len(t.ranges)), t.count
	for i, r := range t.ranges {
		names[i] = r.text()
		more -= r.last - r.first + 1
	}
	text := strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if t.count == 1 {
		return "line " + text + t.what
	}
	return "lines " + text + t.what
}

func (s span) text() string {
	if s.first == s.last {
		return fmt.Sprint(s.first)
	}
	return fmt.Sprintf("%d-%d", s.first, s.last)
}

// excerpt is the beginning of a text, safe to print.
func excerpt(text string) string {
	shown := 0
	for i := range text {
		if shown == maxExcerpt {
			return visible(text[:i]) + "..."
		}
		shown++
	}
	return visible(text)
}
