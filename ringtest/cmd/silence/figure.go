package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// figure is a time that was measured. All times are in seconds.
type figure struct {
	Case    string  `json:"case"`
	Seconds float64 `json:"seconds"`
	More    bool    `json:"more,omitempty"`    // it was waited for no longer
	Wrong   string  `json:"wrong,omitempty"`   // what is wrong besides the time
	LeftOut string  `json:"leftOut,omitempty"` // why it was not measured
	Bar     float64 `json:"bar"`               // without the margin
}

// meets tells whether a figure keeps its bar. What was not measured misses none.
func (f *figure) meets(margin float64) bool {
	return f.LeftOut != "" || !f.More && f.Wrong == "" && f.Seconds <= f.Bar+margin
}

// String is the figure as the table has it.
func (f *figure) String() string {
	if f.LeftOut != "" {
		return f.LeftOut
	}
	text := fmt.Sprintf("%.1f", f.Seconds)
	if f.More {
		text = fmt.Sprintf("> %.0f", f.Seconds)
	}
	if f.Wrong != "" {
		text += "; " + f.Wrong
	}
	return text
}

// median returns, of the same figures of several runs, those in the middle: of
// an even number the worse.
func median(runs [][]figure) []figure {
	middle := make([]figure, 0, len(runs[0]))
	for i := range runs[0] {
		var same []figure
		for _, run := range runs {
			same = append(same, run[i])
		}
		slices.SortStableFunc(same, worse)
		middle = append(middle, same[len(same)/2])
	}
	return middle
}

// worse compares two figures by how bad they are: something that is wrong is
// worse than any time.
func worse(a, b figure) int {
	return cmp.Or(rank(a)-rank(b), cmp.Compare(a.Seconds, b.Seconds))
}

func rank(f figure) int {
	switch {
	case f.Wrong != "":
		return 2
	case f.More:
		return 1
	}
	return 0
}

// join joins what is wrong, without what is empty.
func join(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", ")
}

// byCase returns figures by their cases, nil if there are none.
func byCase(all []figure) map[string]figure {
	if all == nil {
		return nil
	}
	cases := map[string]figure{}
	for _, f := range all {
		cases[f.Case] = f
	}
	return cases
}
