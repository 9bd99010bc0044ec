package resend

import (
	"math/rand/v2"
	"testing"

	"xlattice.org/zog/internal/marks"
)

// Numbers in any order, so many that pages fill, part and empty again.
func TestPages(t *testing.T) {
	const count, limit = 6 * pageSize, 4 * pageSize
	r := rand.New(rand.NewPCG(1, 2))
	for name, order := range map[string]func(i int) uint64{
		"upwards":    func(i int) uint64 { return uint64(i) },
		"downwards":  func(i int) uint64 { return uint64(count - i) },
		"to and fro": func(i int) uint64 { return uint64(i ^ 0x155) },
		"by chance":  func(int) uint64 { return r.Uint64() },
	} {
		t.Run(name, func(t *testing.T) {
			table := New(limit, forEver)
			var noted []uint64
			for i := range count {
				number := 2 * order(i) // never the next one
				noted = append(noted, number)
				table.Note(alice, 7, number, la, uint64(i+1), 1, start)
			}
			for i, number := range noted {
				if _, seq, _, ok := table.Find(7, number, 1); ok != (i >= count-limit) || ok && seq != uint64(i+1) {
					t.Fatalf("number %d, the %dth: %d, %v", number, i, seq, ok)
				}
			}
			for _, page := range table.sessions[7].pages {
				if len(page) == 0 || len(page) > pageSize {
					t.Errorf("a page of %d", len(page))
				}
			}
			if table.Retain(func(marks.Run) uint64 { return 0 }); table.Len() != 0 || len(table.sessions) != 0 {
				t.Errorf("%d are left", table.Len())
			}
		})
	}
}
