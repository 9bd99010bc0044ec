package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// figure is a measured time. All times are in seconds.
type figure struct {
	Case    string  `json:"case"`
	Seconds float64 `json:"seconds"`
	More    bool    `json:"more,omitempty"`    // Seconds is the limit: it took longer
	Wrong   string  `json:"wrong,omitempty"`   // what else is wrong
	LeftOut string  `json:"leftOut,omitempty"` // why it was not measured
	Bar     float64 `json:"bar"`               // without the margin
}

// meets says whether a figure keeps its bar. A case that was left out misses none.
func (f *figure) meets(margin float64) bool {
	return f.LeftOut != "" || !f.More && f.Wrong == "" && f.Seconds <= f.Bar+margin
}

// String returns the figure for the table.
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

// median returns the medians of the figures of several runs: of an even number the worse one.
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

// worse compares two figures: one with Wrong is worse than any time.
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

// join joins texts that are not empty.
func join(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), ", ")
}

// byCase returns figures by case, or nil if there are none.
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
