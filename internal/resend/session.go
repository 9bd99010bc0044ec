package resend

import (
	"slices"
	"sort"
	"time"

	"xlattice.org/zog/internal/marks"
)

// stretch is messages with consecutive numbers, whose seqs in one run are consecutive too.
type stretch struct {
	session        *sessionNames
	owner          *owner
	number, seq    uint64 // of the first
	length         uint64 // at least 1
	run            marks.Run
	grew           time.Time
	older, younger *stretch // in the list of the owner
}

// next reports whether a message is the one after the stretch. Numbers do not wrap around.
func (st *stretch) next(number uint64, run marks.Run, seq uint64) bool {
	return number-st.number == st.length && seq-st.seq == st.length &&
		number > st.number && seq > st.seq && run == st.run
}

// pageSize limits how many stretches move when one is inserted between others: a client may
// send numbers in any order.
const pageSize = 256

// sessionNames has the stretches of one session by number. They do not overlap. No page is
// empty.
type sessionNames struct {
	id    uint64
	pages [][]*stretch
}

// place is where a stretch is, or is to be inserted.
type place struct{ page, line int }

// search returns the place after the last stretch that begins at number or below, and that
// stretch, or nil if all begin above.
func (tr *sessionNames) search(number uint64) (at place, before *stretch) {
	at.page = len(tr.pages) - 1
	if at.page < 0 {
		return place{}, nil
	}
	if tr.pages[at.page][0].number > number {
		at.page = max(0, sort.Search(at.page, func(i int) bool { return tr.pages[i][0].number > number })-1)
	}
	page := tr.pages[at.page]
	at.line = len(page) // as nearly always
	if page[at.line-1].number > number {
		at.line = sort.Search(at.line-1, func(i int) bool { return page[i].number > number })
	}
	if at.line == 0 {
		return at, nil
	}
	return at, page[at.line-1]
}

// behind returns the stretch at a place that search returned, or nil.
func (tr *sessionNames) behind(at place) *stretch {
	if at.page < len(tr.pages) && at.line < len(tr.pages[at.page]) {
		return tr.pages[at.page][at.line]
	}
	if at.page+1 < len(tr.pages) {
		return tr.pages[at.page+1][0]
	}
	return nil
}

// insert inserts a stretch at the place that search returned for its number.
func (tr *sessionNames) insert(at place, st *stretch) {
	if len(tr.pages) == 0 {
		tr.pages = append(tr.pages, []*stretch{st})
		return
	}
	page := tr.pages[at.page]
	switch {
	case len(page) < pageSize:
		tr.pages[at.page] = slices.Insert(page, at.line, st)
	case at.line == pageSize:
		tr.pages = slices.Insert(tr.pages, at.page+1, []*stretch{st})
	default:
		half := slices.Clone(page[pageSize/2:])
		clear(page[pageSize/2:])
		tr.pages[at.page] = page[:pageSize/2]
		tr.pages = slices.Insert(tr.pages, at.page+1, half)
		at, _ = tr.search(st.number)
		tr.insert(at, st)
	}
}

// remove removes a stretch.
func (tr *sessionNames) remove(st *stretch) {
	at, _ := tr.search(st.number)
	page := slices.Delete(tr.pages[at.page], at.line-1, at.line)
	tr.pages[at.page] = page
	if len(page) == 0 {
		tr.pages = slices.Delete(tr.pages, at.page, at.page+1)
	}
}
