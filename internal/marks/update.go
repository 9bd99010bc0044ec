package marks

// VectorUpdate collects a vector that a peer sends in one frame or in several. It takes
// effect in the Ledger when it is complete.
type VectorUpdate struct {
	vector    *Vector // what the peer holds once the update is complete
	unnamed   *Vector // of an update without delta: the runs of the vector before that it has not named yet
	held      *Vector // what this host holds
	room      int     // the limit on runs that this host does not hold
	truncated bool    // the peer has more runs than that
}

// newVectorUpdate begins an update of the vector before. An update without delta also
// starts from that vector, so that marks that stay as they were cost nothing later.
func newVectorUpdate(before *Vector, delta bool) *VectorUpdate {
	v := &VectorUpdate{vector: before.Clone()}
	if !delta {
		v.unnamed = before.Clone()
	}
	return v
}

// Add adds the marks of one frame. Of the runs that this host does not hold only a limited
// number is kept: whatever a peer sends, its vector takes no more memory than the runs that
// this host holds or might take.
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

// end returns the vector of the peer, when the update is complete.
func (v *VectorUpdate) end() *Vector {
	if v.unnamed != nil {
		for m := range v.unnamed.All() {
			v.vector.Set(Mark{Run: m.Run})
		}
	}
	return v.vector
}
