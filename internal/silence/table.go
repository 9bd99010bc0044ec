package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// table prints figures, beside those of before if there are any.
func table(out io.Writer, all []figure, before map[string]figure, margin float64) {
	rows := [][]string{{"case", "before", "seconds", fmt.Sprintf("bar, +%.1f", margin), ""}}
	for i := range all {
		f := &all[i]
		verdict := "ok"
		if !f.meets(margin) {
			verdict = "MISSED"
		}
		past := "-"
		if b, there := before[f.Case]; there {
			past = b.String()
		}
		rows = append(rows, []string{f.Case, past, f.String(), fmt.Sprintf("%.1f", f.Bar), verdict})
	}
	if before == nil {
		for i, row := range rows {
			rows[i] = append(row[:1], row[2:]...)
		}
	} else {
		rows[0][2] = "after"
	}
	printAligned(out, rows)
}

// printAligned prints a table in Markdown. The first row is the head.
func printAligned(out io.Writer, rows [][]string) {
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell), 3)
		}
	}
	rule := make([]string, len(width))
	for i, w := range width {
		rule[i] = strings.Repeat("-", w)
	}
	for _, row := range append([][]string{rows[0], rule}, rows[1:]...) {
		for i, cell := range row {
			fmt.Fprintf(out, "| %-*s ", width[i], cell)
		}
		fmt.Fprintln(out, "|")
	}
}
