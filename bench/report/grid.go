package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// grid is a table: a row of headings, and rows of cells. A row may end early.
type grid struct {
	head []string
	rows [][]string
}

func (g *grid) add(cells ...string) { g.rows = append(g.rows, cells) }

// text writes it for a terminal. Rows that end early come below the others.
func (g *grid) text(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	var short [][]string
	for _, row := range append([][]string{g.head}, g.rows...) {
		if len(row) < len(g.head) {
			short = append(short, row)
			continue
		}
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, row := range short {
		fmt.Fprintf(out, "  %s\n", strings.Join(row, "  "))
	}
	return nil
}

// markdown writes it for a page: the first column to the left, numbers to the right.
func (g *grid) markdown(out io.Writer) {
	write := func(cells []string) {
		padded := append(append([]string(nil), cells...), make([]string, len(g.head)-len(cells))...)
		fmt.Fprintf(out, "| %s |\n", strings.Join(padded, " | "))
	}
	write(g.head)
	fmt.Fprintf(out, "|---|%s\n", strings.Repeat("---:|", len(g.head)-1))
	for _, row := range g.rows {
		write(row)
	}
}

// thousands writes a number with commas.
func thousands(v float64) string {
	digits := fmt.Sprintf("%.0f", v)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// about writes a number that is over 0 with three digits that count.
func about(v float64) string {
	switch {
	case v >= 100:
		return thousands(v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	case v >= 1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.3f", v)
}
