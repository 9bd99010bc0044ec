package journal

import (
	"path/filepath"
	"slices"
	"time"
)

// enact puts in force what was found: the floors first, as they allow what is
// missing to be missing.
func (r *recovering) enact() error {
	j := r.j
	r.report.Missing, r.report.Excused = r.missing, r.excused
	j.number = r.number()
	if string(appendFloors(nil, &r.floors)) != string(r.stored) {
		if err := j.storeFloors(r.floors); err != nil {
			return err
		}
	}
	j.floors, j.written = r.floors, r.marks()
	j.touched.reset()
	clear(j.doubts)
	j.wrote = nil
	if r.active != nil {
		r.open()
	}
	r.recall(j.segments)
	if j.clock.wall.IsZero() {
		j.clock.begin(j.now(), j.cfg.Uptime(), r.trail())
	}
	j.mu.Lock()
	j.segments = r.kept
	j.mu.Unlock()
	if r.active == nil {
		if err := j.begin(nil); err != nil {
			return err
		}
	}
	r.tidy()
	return nil
}

// recall marks the segments that were sealed by this process.
func (r *recovering) recall(before []*segment) {
	sealed := make(map[int]int64)
	for _, s := range before {
		if s.here {
			sealed[s.number] = s.sealed.Unix()
		}
	}
	for _, s := range r.kept {
		stamp, here := sealed[s.number]
		s.here = here && stamp == s.sealed.Unix()
	}
}

// trail returns the times that are in the log: of the sealed segments, and of the lines
// in the active one.
func (r *recovering) trail() (trail []time.Time) {
	for _, s := range r.kept {
		trail = append(trail, s.sealed)
	}
	return append(trail, r.times...)
}

// number returns the one of the active segment. It is that of its claims, unless
// others have got higher ones since. Where there is none to go on with, it is
// the last that was given.
func (r *recovering) number() int {
	if r.active == nil || r.claimed > 0 && r.claimed == r.highest {
		return r.highest
	}
	r.known = new(sums)
	return r.unused()
}

// open makes the journal go on with the active segment that was found.
func (r *recovering) open() {
	j := r.j
	j.file, j.current, r.file = r.file, r.active, nil
	j.begun = r.began
	if now := j.now(); j.begun.After(now) {
		j.begun = now // by a clock that is ahead of ours
	}
	j.claims = j.openClaims(j.number, r.known)
	j.claims.renew(&j.current.sums)
	r.kept = append(r.kept, r.active)
	r.report.Records += r.active.holds.records()
}

// tidy stores indexes, and removes the small files that are of no use any more.
// An index that cannot be stored costs the next start time.
func (r *recovering) tidy() {
	j := r.j
	for _, s := range r.stale {
		_ = replaceFile(j.cfg.FS, j.indexPath(s.number), appendIndex(nil, s.index()))
	}
	for _, number := range r.found.indexes {
		if !slices.ContainsFunc(r.kept, func(s *segment) bool { return s.number == number }) {
			_ = j.cfg.FS.Remove(j.indexPath(number))
		}
	}
	for _, number := range r.found.claims {
		if number != j.number {
			_ = j.cfg.FS.Remove(j.claimsPath(number))
		}
	}
	for _, name := range r.found.fresh {
		_ = j.cfg.FS.Remove(filepath.Join(j.cfg.Dir, name))
	}
}

// salvage puts good lines into their places again, and completes the report.
func (r *recovering) salvage() error {
	j := r.j
	ignored, err := j.loadRests()
	if err != nil {
		return err
	}
	r.report.Ignored = append(r.report.Ignored, ignored...)
	before := j.written.Clone()
	if _, err := j.salvage(); err != nil {
		return err
	}
	for _, m := range j.written.Changes(before) {
		r.report.Salvaged += m.Seq - before.Seq(m.Run)
	}
	r.report.Records += r.report.Salvaged
	r.report.Segments, r.report.Waiting = len(j.segments), len(j.waiting.next)
	r.report.Marks = j.written.Clone()
	return nil
}
