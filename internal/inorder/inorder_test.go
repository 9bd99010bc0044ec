package inorder

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func Example() {
	var l Line[string]
	first, second := l.Begin("after the first"), l.Begin("after the second")
	fmt.Println(l.End(second), l.Oldest() == first)
	fmt.Println(l.End(first), l.Oldest() == l.Next())
	fmt.Println(l.Reached())
	// Output:
	// false true
	// true true
	// after the second true
}

// Whatever ends when, the reader is behind the longest beginning of which all items have ended, and behind what was
// passed after that.
func TestNothingIsPassedThatHasNotEnded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l Line[int]
		var open []int      // tickets
		places := []bool{}  // whether the item there has ended, or there was nothing to do
		at := map[int]int{} // place by ticket
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			before, _ := l.Reached()
			var moved bool
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				at[l.Begin(len(places)+1)] = len(places)
				open, places = append(open, len(at)-1), append(places, false)
			case 1:
				places = append(places, true)
				moved = l.Pass(len(places))
			default:
				if len(open) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(open)-1).Draw(t, "which")
				places[at[open[i]]] = true
				moved = l.End(open[i])
				open = slices.Delete(open, i, i+1)
			}
			want := slices.Index(append(slices.Clone(places), false), false)
			got, ok := l.Reached()
			if got != want || ok != (want > 0) || moved != (got != before) {
				t.Fatalf("from %d to %d (%v, moved is %v), want %d of %v", before, got, ok, moved, want, places)
			}
			begun := 0
			for _, place := range at {
				if place >= want {
					begun++
				}
			}
			if l.Next() != len(at) || l.Oldest() != len(at)-begun {
				t.Fatalf("the oldest is %d, the next %d, want %d and %d", l.Oldest(), l.Next(), len(at)-begun, len(at))
			}
		}
	})
}
