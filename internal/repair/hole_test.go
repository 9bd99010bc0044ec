package repair

import (
	"testing"

	"xlattice.org/zog/internal/marks"
)

// Peer 2 says that a run goes on at 1,000, where nobody has what is before it. Whether it
// is believed hangs on whose run it is, and on who says so too.
func TestAHoleGoesNoFurtherThanOthersSay(t *testing.T) {
	pa, own, gone := marks.Run{Origin: "PA", Boot: 7}, marks.Run{Origin: "MV", Boot: 7}, marks.Run{Origin: "LA", Boot: 7}
	held := func(run marks.Run, first, seq uint64) *marks.Vector {
		t := new(marks.Vector)
		t.Set(marks.Mark{Run: run, Seq: seq, First: first})
		return t
	}
	none := new(marks.Vector)
	for name, tt := range map[string]struct {
		run   marks.Run
		hosts int
		words map[int]*marks.Vector // beside that of peer 2
		left  []int                 // whose connections ended at 0 s
		when  float64
		want  bool
	}{
		"its origin has not come so far":              {pa, 4, map[int]*marks.Vector{1: held(pa, 1, 5), 3: none}, nil, 1000, false},
		"its origin is one behind":                    {pa, 4, map[int]*marks.Vector{1: held(pa, 1, 999), 3: none}, nil, 1000, false},
		"its origin says so":                          {pa, 4, map[int]*marks.Vector{1: held(pa, 1000, 1000), 3: none}, nil, 1, true},
		"its origin has retired it":                   {pa, 4, map[int]*marks.Vector{1: held(pa, 1101, 1100), 3: none}, nil, 1, true},
		"its origin does not know it":                 {pa, 4, map[int]*marks.Vector{1: none, 3: held(pa, 1000, 1100)}, nil, 1000, false},
		"its origin has just gone":                    {pa, 4, map[int]*marks.Vector{1: held(pa, 1000, 1100), 3: held(pa, 1000, 1100)}, []int{1}, 59, false},
		"its origin is gone, and another says so":     {pa, 4, map[int]*marks.Vector{1: none, 3: held(pa, 1000, 1000)}, []int{1}, 60, true},
		"its origin is gone, and another does not":    {pa, 4, map[int]*marks.Vector{1: none, 3: held(pa, 1, 5)}, []int{1}, 1000, false},
		"its origin is gone, and another has just":    {pa, 4, map[int]*marks.Vector{1: none}, []int{1}, 59, false},
		"its origin is gone, and there is no other":   {pa, 3, map[int]*marks.Vector{1: none}, []int{1}, 60, true},
		"its origin and the others are gone":          {pa, 4, map[int]*marks.Vector{1: none, 3: none}, []int{1, 3}, 60, true},
		"its origin never came":                       {pa, 4, map[int]*marks.Vector{3: held(pa, 1, 5)}, nil, 60, false},
		"ours, and all are there":                     {own, 4, map[int]*marks.Vector{1: none, 3: none}, nil, 1, true},
		"ours, and one is away":                       {own, 4, map[int]*marks.Vector{1: none, 3: none}, []int{3}, 1000, false},
		"ours, one is away, and another says so":      {own, 4, map[int]*marks.Vector{1: held(own, 1000, 1000), 3: none}, []int{3}, 60, true},
		"ours, and there is no other":                 {own, 3, nil, nil, 60, true},
		"of no host, and all are there":               {gone, 4, map[int]*marks.Vector{1: none, 3: none}, nil, 1, true},
		"of no host, and one is away":                 {gone, 4, map[int]*marks.Vector{1: none, 3: none}, []int{3}, 1000, false},
		"of no host, one is away, another says so":    {gone, 4, map[int]*marks.Vector{1: held(gone, 999, 1000), 3: none}, []int{3}, 60, false},
		"of no host, one is away, another said so":    {gone, 4, map[int]*marks.Vector{1: held(gone, 1001, 1000), 3: none}, []int{3}, 60, true},
		"of no host, and there is nobody else at all": {gone, 3, map[int]*marks.Vector{1: none}, []int{1}, 60, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, taken := chooser(tt.hosts), held(tt.run, 1, 5)
			all := map[int]*marks.Vector{2: held(tt.run, 1000, 1100)}
			for peer, w := range tt.words {
				all[peer] = w
			}
			for peer, w := range all {
				c.Heard(Report{Wanted: []marks.Run{tt.run}, Peer: peer, Marks: w, Hello: true}, held(tt.run, 1, 1<<40), at(0))
			}
			for _, peer := range tt.left {
				c.Disconnected(peer, at(0))
			}
			if got := c.MayDeclareHole(2, tt.run, 1000, taken, at(tt.when)); got != tt.want {
				t.Errorf("the hole is declared: %v", got)
			}
			again := Report{Wanted: []marks.Run{tt.run}, Peer: 2, Marks: all[2], Hello: true}
			if got := c.Heard(again, taken, at(tt.when)).Ask; got != tt.want {
				t.Errorf("peer 2 is asked: %v", got)
			}
		})
	}
}
