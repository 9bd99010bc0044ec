package journal

import (
	"sort"
	"sync"

	"xlattice.org/zog/internal/marks"
)

// waypoints are offsets in a segment from which a reader may begin that has all that stands before.
// So one who goes on near the end of a segment does not parse all of it. Readers that get further
// than any one before note them. The zero value has none.
type waypoints struct {
	mu  sync.Mutex
	all []waypoint // with growing offsets, and marks that grow with them
}

// waypoint is an offset, and the marks of the messages before it in the segment. Nobody changes
// them.
type waypoint struct {
	offset int64
	has    *marks.Vector
}

// waypointEvery is the least number of bytes between two waypoints.
const waypointEvery = 1 << 20

// last returns the last waypoint at which a reader may begin that has seen some messages. has is nil
// unless it is the last of all: otherwise there is nothing to note behind it.
func (w *waypoints) last(seen *marks.Vector) (offset int64, has *marks.Vector) {
	w.mu.Lock()
	all := w.all
	w.mu.Unlock()
	i := sort.Search(len(all), func(i int) bool { return !covers(seen, all[i].has) })
	if i > 0 {
		offset = all[i-1].offset
	}
	switch {
	case i < len(all):
		return offset, nil
	case i == 0:
		return 0, new(marks.Vector)
	}
	return offset, cloneOf(all[i-1].has)
}

// covers tells whether seen has all messages up to the marks of has.
func covers(seen, has *marks.Vector) bool {
	for m := range has.All() {
		if seen.Seq(m.Run) < m.Seq {
			return false
		}
	}
	return true
}

// cloneOf copies a vector that others read meanwhile: Clone writes to what it copies.
func cloneOf(v *marks.Vector) *marks.Vector {
	c := new(marks.Vector)
	for m := range v.All() {
		c.Set(m)
	}
	return c
}

// note adds a waypoint, unless there is one that is near or further.
func (w *waypoints) note(offset int64, has *marks.Vector) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.all); n > 0 && offset < w.all[n-1].offset+waypointEvery || offset < waypointEvery {
		return
	}
	w.all = append(w.all, waypoint{offset, cloneOf(has)})
}
