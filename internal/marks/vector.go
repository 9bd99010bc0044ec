package marks

// VectorUpdate is what a peer says that it holds, while it says it, in one part or in several.
// It begins from the peer's vector before, and takes effect when it is complete.
type VectorUpdate struct {
	vector    *Vector // what the peer holds once the vector is complete
	unnamed   *Vector // level in it that a vector that tells all has not named yet
	held      *Vector // what this host holds
	room      int
	truncated bool // the peer holds runs that there was no room for
}

// newVectorUpdate begins a vector. Also one that tells all, which is one without delta, begins
// from the one before: what it leaves as it was need not be looked at by anybody.
func newVectorUpdate(before *Vector, delta bool) *VectorUpdate {
	v := &VectorUpdate{vector: before.Clone()}
	if !delta {
		v.unnamed = before.Clone()
	}
	return v
}

// Add takes a part. Of runs that this host does not hold no more are kept than there is
// available for: so the marks of a peer take no more memory than those that this host holds or
// might take, whatever the peer says.
func (v *VectorUpdate) Add(part []Mark) {
	for _, m := range part {
		if m.Seq > 0 && v.vector.find(m.Run) == nil && v.held.find(m.Run) == nil && v.vector.Len() >= v.held.Len()+v.room {
			v.truncated = true
			continue
		}
		v.vector.Set(m)
		if v.unnamed != nil {
			v.unnamed.Set(Mark{Run: m.Run})
		}
	}
}

// end returns what the peer holds by the vector, which is complete.
func (v *VectorUpdate) end() *Vector {
	if v.unnamed != nil {
		for m := range v.unnamed.All() {
			v.vector.Set(Mark{Run: m.Run})
		}
	}
	return v.vector
}
