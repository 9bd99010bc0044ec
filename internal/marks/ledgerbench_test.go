package marks

import (
	"fmt"
	"testing"
)

// BenchmarkWords is what a host does with its marks when one has moved and a peer has
// answered and spoken, for so many runs.
func BenchmarkWords(b *testing.B) {
	for _, n := range []int{5, 1_000, 100_000} {
		l := NewLedger(2, 0, large(n))
		l.Acked(1, large(n).Marks(), false, at(0))
		l.Heard(1, large(n).Marks(), false, at(0))
		told, all := l.DurableVector(), func(Run) bool { return true }
		l.CaughtUp(1)
		l.Wanted(1, 100, all)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				m := []Mark{{numbered(i % n), uint64(i) + 2, 1}}
				l.Logged(m)
				l.Acked(1, m, true, at(0))
				l.CaughtUp(1)
				l.Heard(1, m, true, at(0))
				held := l.DurableVector()
				held.Changes(told)
				told = held
				l.Wanted(1, 100, all)
			}
		})
	}
}
