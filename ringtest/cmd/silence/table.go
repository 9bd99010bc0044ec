package main

import (
	"fmt"
	"io"

	"xlattice.org/zog/internal/test/figures"
)

// table prints figures, with those of an earlier run in a column of their own.
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
	figures.Print(out, rows)
}
