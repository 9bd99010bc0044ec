package resend

import "time"

// Owner is who brought a name: a client's connection, or a peer, which brings the
// names of all its clients.
type Owner struct {
	Conn string // session a client; empty for a peer
	Peer int
}

// owner is an Owner's stretches, by when they grew last.
type owner struct {
	ageList
	key Owner
}

// owners are those that have stretches. The zero value has none.
type owners struct {
	list  map[Owner]*owner
	last  *owner // that was looked up last
	heavy *owner // that had the most when it was last looked for
	count int    // stretches of all
	swept time.Time
}

// find returns an owner, which may be new.
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

// remove takes a stretch out, and with the last one its owner.
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

// all yields each stretch. The one that was yielded may be removed.
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

// aged yields the stretches that have not grown for the time of keep: those of one
// owner each time, those of all from time to time. Each is removed when it is yielded.
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

// heaviest returns an owner that has more than its share, now that there are too many:
// the one that has just noted something if it is such a one, or else one of the others,
// which is looked for only when the last one has come down to its share.
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
