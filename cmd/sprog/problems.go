package main

import (
	"fmt"
	"slices"
	"strings"
)

// Limits on the lines that are printed about problems.
const (
	maxProblems = 16 // kinds of problems
	maxRanges   = 8  // line ranges of one kind
	maxExamples = 3  // refused lines of one kind that are shown with their texts
	maxExcerpt  = 60 // characters of a text that are shown
)

// problems groups lines with a problem by its description.
type problems []*problem

// problem is a kind of problem and the lines that have it.
//
// Invariant: ranges are in order and do not touch. Lines that are in none of them follow
// the last one.
type problem struct {
	description string
	ranges      []lineRange
	count       int
	told        int // count when it was last reported as a whole
}

// lineRange is consecutive lines.
type lineRange struct{ first, last int }

// add adds a line to the problem with a description, and returns it. Lines are added in
// order.
func (p *problems) add(line int, what string) *problem {
	problem := p.named(what)
	problem.addLine(line)
	return problem
}

// otherProblems describes the problem that has all lines beyond maxProblems kinds.
const otherProblems = ": other reasons"

// named returns the problem with a description.
func (p *problems) named(what string) *problem {
	named := func(problem *problem) bool { return problem.description == what }
	if i := slices.IndexFunc(*p, named); i >= 0 {
		return (*p)[i]
	}
	if len(*p) >= maxProblems-1 && what != otherProblems {
		return p.named(otherProblems)
	}
	problem := &problem{description: what}
	*p = append(*p, problem)
	return problem
}

func (p *problem) addLine(line int) {
	p.count++
	last := len(p.ranges) - 1
	switch {
	case last >= 0 && p.ranges[last].last+1 == line:
		p.ranges[last].last = line
	case len(p.ranges) < maxRanges:
		p.ranges = append(p.ranges, lineRange{line, line})
	}
}

// text returns a line such as `lines 3, 7-12 refused: longer than 509 bytes`.
func (p *problem) text() string {
	names, more := make([]string, len(p.ranges)), p.count
	for i, r := range p.ranges {
		names[i] = r.text()
		more -= r.last - r.first + 1
	}
	text := strings.Join(names, ", ")
	if more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if p.count == 1 {
		return "line " + text + p.description
	}
	return "lines " + text + p.description
}

func (r lineRange) text() string {
	if r.first == r.last {
		return fmt.Sprint(r.first)
	}
	return fmt.Sprintf("%d-%d", r.first, r.last)
}

// excerpt returns the beginning of a text, safe to print.
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
