// Package figures stores and prints the measurements of the programs in ringtest/cmd.
//
//	before, err := figures.Load[figure]("before.json")
//	err = figures.Save("now.json", all)
//	figures.Print(out, [][]string{{"case", "seconds"}, {"a", "1.2"}})
//	page, err = figures.Between(page, "attack", table)
//	p99 := figures.Percentile(times, 99)
package figures

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Load reads the figures that Save wrote. If file is "" there are none.
func Load[T any](file string) (all []T, err error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return all, nil
}

// Save writes figures to a file as JSON. If file is "" it does nothing.
func Save[T any](file string, all []T) error {
	if file == "" {
		return nil
	}
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}

// Print prints a table in Markdown. The first row is the head. All rows must have the same number of
// cells.
func Print(out io.Writer, rows [][]string) {
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

// Between returns a page with text between the lines
//
//	<!-- NAME: begin -->
//	<!-- NAME: end -->
//
// instead of what was there. The text must end with a newline. A page without these lines is an error.
func Between(page, name, text string) (string, error) {
	begin, end := "<!-- "+name+": begin -->\n", "<!-- "+name+": end -->\n"
	before, rest, begun := strings.Cut(page, begin)
	_, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		return "", fmt.Errorf("there are no lines %q and %q", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return before + begin + text + end + after, nil
}

// Percentile returns the nearest-rank percentile of some times, or 0 if there are none.
func Percentile(times []time.Duration, of float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[max(0, int(math.Ceil(of/100*float64(len(sorted))))-1)]
}
