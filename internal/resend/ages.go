package resend

import "time"

// ageList is a list of stretches by when they grew last.
type ageList struct {
	oldest, youngest *stretch
	count            int
}

// add adds a stretch as the youngest.
func (a *ageList) add(st *stretch, now time.Time) {
	st.grew, st.older = now, a.youngest
	if a.youngest == nil {
		a.oldest = st
	} else {
		a.youngest.younger = st
	}
	a.youngest = st
	a.count++
}

// touch makes a stretch the youngest.
func (a *ageList) touch(st *stretch, now time.Time) {
	if st == a.youngest {
		st.grew = now
		return
	}
	a.remove(st)
	a.add(st, now)
}

// remove removes a stretch.
func (a *ageList) remove(st *stretch) {
	if st.older == nil {
		a.oldest = st.younger
	} else {
		st.older.younger = st.younger
	}
	if st.younger == nil {
		a.youngest = st.older
	} else {
		st.younger.older = st.older
	}
	st.older, st.younger = nil, nil
	a.count--
}

// aged yields the stretches that have not grown for the duration keep, oldest first.
func (a *ageList) aged(now time.Time, keep time.Duration, yield func(*stretch) bool) {
	for st := a.oldest; st != nil && now.Sub(st.grew) >= keep; {
		next := st.younger
		if !yield(st) {
			return
		}
		st = next
	}
}
