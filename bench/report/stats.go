// Package report makes tables and pictures of what trials have measured.
package report

import "slices"

// Spread is a median, and the least and the most.
type Spread struct {
	Median, Least, Most float64
}

// SpreadOf returns the spread of some numbers. The median of an even count is the
// mean of the middle two. There must be one at least.
func SpreadOf(numbers []float64) Spread {
	sorted := slices.Sorted(slices.Values(numbers))
	n := len(sorted)
	return Spread{(sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[0], sorted[n-1]}
}
