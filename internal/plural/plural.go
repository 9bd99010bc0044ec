// Package plural counts things in messages for people: "1 host", "5 hosts".
package plural

import "fmt"

// Of returns a number with its noun.
func Of(n int, noun string) string { return fmt.Sprintf("%d %s", n, Noun(uint64(n), noun)) }

// Noun returns noun, or its plural with an s, as it stands after the number n.
func Noun(n uint64, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
