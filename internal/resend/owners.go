package resend

import "time"

// Owner is who brought a name: a client's connection, or a peer.
type Owner struct {
	Conn string // of a client; empty for a peer
	Peer int
}

// owner has the stretches of an Owner, by when they grew last.
type owner struct {
	ageList
	key Owner
}

// owners are the owners that have stretches. The zero value is empty.
type owners struct {
	list  map[Owner]*owner
	last  *owner // the one that was looked up last
	heavy *owner // the one that had the most when that was last determined
	count int    // the stretches of all owners
	swept time.Time
}

// find returns the owner for key, which may be new.
func (o *owners) find(key Owner) *owner {
	if o.last != nil && o.last.key == key {
		return o.last
	}
	w := o.list[key]
	if w == nil {
		if o.list == nil {
			o.list = make(map[Owner]*owner)
		}
		w = &owner{key: key}
		o.list[key] = w
	}
	o.last = w
	return w
}

func (o *owners) add(st *stretch, now time.Time) {
	st.owner.add(st, now)
	o.count++
}

// remove removes a stretch, and its owner if that was the last one.
func (o *owners) remove(st *stretch) {
	w := st.owner
	w.ageList.remove(st)
	o.count--
	if w.count > 0 {
		return
	}
	delete(o.list, w.key)
	if o.last == w {
		o.last = nil
	}
	if o.heavy == w {
		o.heavy = nil
	}
}

// all yields each stretch. The caller may remove the one that was yielded.
func (o *owners) all(yield func(*stretch) bool) {
	for _, w := range o.list {
		for st := w.oldest; st != nil; {
			next := st.younger
			if !yield(st) {
				return
			}
			st = next
		}
	}
}

// aged yields the stretches that have not grown for the duration keep: each time those of
// the owner that has just noted one, and from time to time those of all owners. The caller
// removes each.
func (o *owners) aged(noting *owner, now time.Time, keep time.Duration) func(func(*stretch) bool) {
	return func(yield func(*stretch) bool) {
		noting.aged(now, keep, yield)
		if now.Sub(o.swept) < keep/16 {
			return
		}
		o.swept = now
		for _, w := range o.list {
			w.aged(now, keep, yield)
		}
	}
}

// heaviest returns an owner that has more than its share, when there are too many
// stretches: the one that has just noted one, if it is over its share, and else another. To
// find another costs a look at all owners, which is made only when the last one found is
// down to its share.
func (o *owners) heaviest(noting *owner) *owner {
	over := func(w *owner) bool { return w != nil && w.count*len(o.list) >= o.count }
	switch {
	case noting.count > 1 && over(noting): // what was just noted stays
		return noting
	case over(o.heavy):
		return o.heavy
	}
	o.heavy = nil
	for _, w := range o.list {
		if w != noting && (o.heavy == nil || w.count > o.heavy.count) {
			o.heavy = w
		}
	}
	return o.heavy
}
