package main

import (
	"fmt"
	"io"
	"strings"

	"xlattice.org/zog/internal/test/figures"
)

// tableName returns the name of the markers around the table in a page.
func (s *settings) tableName() string {
	if s.tls {
		return "attack-tls"
	}
	return "attack"
}

// table prints figures, each below that of the earlier run, if there is one.
func (s *settings) table(out io.Writer, all, earlier []figure) {
	head := []string{"attack", "attacked host, ms", "other host, ms", "new client, ms", "MiB", "CPU %", "error.log MiB", "log MiB", "verify", "bars missed"}
	past := map[string]*figure{}
	for i := range earlier {
		past[earlier[i].Attack] = &earlier[i]
	}
	rows := [][]string{head}
	for i := range all {
		f := &all[i]
		if p := past[f.Attack]; p != nil {
			rows = append(rows, s.row(f.Attack+", without the defences", p))
		}
		rows = append(rows, s.row(f.Attack, f))
	}
	figures.Print(out, rows)
}

// row returns a row of the table.
func (s *settings) row(name string, f *figure) []string {
	return []string{
		escapeCell(name), byPhase(f.Attacked), byPhase(f.Other), format(f.Newcomer), format(f.Memory), format(f.CPU),
		format(f.ErrorLog), format(f.Logs), escapeCell(f.Verify), escapeCell(verdict(s.missed(f))),
	}
}

// missed lists the bars that a figure misses.
func (s *settings) missed(f *figure) []string { return s.bars.missed(f, milliseconds(s.margin)) }

// byPhase returns latencies before, during and after.
func byPhase(l [phases]latency) string {
	return fmt.Sprintf("%v, %v, %v", l[before], l[during], l[after])
}

// escapeCell returns a text as the cell of a table.
func escapeCell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
