package journal

import (
	"path/filepath"
	"slices"
	"time"

	"xlattice.org/zog/internal/disk"
)

// apply puts the result of a recovery into force. Floors come first: they say which
// lines may be missing.
func (r *recovering) apply() error {
	j := r.j
	r.report.Missing, r.report.Excused = r.missing, r.excused
	j.nextNumber = r.activeNumber()
	if string(appendFloors(nil, &r.floors)) != string(r.stored) {
		if err := j.storeFloors(r.floors); err != nil {
			return err
		}
	}
	j.floors, j.written = r.floors, r.marks()
	j.offered.reset()
	clear(j.syncFailed)
	j.writtenSums = nil
	if r.active != nil {
		r.resumeActive()
	}
	r.markSealedHere(j.segments)
	if j.clock.wall.IsZero() {
		j.clock.start(j.now(), j.cfg.Uptime(), r.timestamps())
	}
	j.mu.Lock()
	j.segments = r.segments
	j.mu.Unlock()
	if r.active == nil {
		if err := j.openActive(nil); err != nil {
			return err
		}
	}
	r.cleanUp()
	return nil
}

// markSealedHere finds the segments that were sealed by this process: a step of the
// clock applies to them.
func (r *recovering) markSealedHere(before []*segment) {
	sealed := make(map[int]int64)
	for _, s := range before {
		if s.sealedHere {
			sealed[s.number] = s.sealed.Unix()
		}
	}
	for _, s := range r.segments {
		stamp, here := sealed[s.number]
		s.sealedHere = here && stamp == s.sealed.Unix()
	}
}

// timestamps returns the times in the log: when segments were sealed, and some of the
// active segment's lines.
func (r *recovering) timestamps() (trail []time.Time) {
	for _, s := range r.segments {
		trail = append(trail, s.sealed)
	}
	return append(trail, r.times...)
}

// activeNumber returns the number of the active segment. It is that of its claims,
// unless a higher one is in use by now. Without an active segment it is the last
// number that was given.
func (r *recovering) activeNumber() int {
	if r.active == nil || r.claimedNumber > 0 && r.claimedNumber == r.highest {
		return r.highest
	}
	r.claimedSums = new(sums)
	return r.newNumber()
}

// resumeActive makes the journal append to the active segment that was found.
func (r *recovering) resumeActive() {
	j := r.j
	j.file, j.active, r.file = r.file, r.active, nil
	j.firstLineAt = r.firstLineAt
	if now := j.now(); j.firstLineAt.After(now) {
		j.firstLineAt = now // it was stamped by a clock that is ahead of ours
	}
	j.claims = j.openClaims(j.nextNumber, r.claimedSums)
	j.claims.renew(&j.active.sums)
	r.segments = append(r.segments, r.active)
	r.report.Records += r.active.holds.records()
}

// cleanUp stores indexes, and removes small files that have no use any more. Errors
// are ignored: a missing index costs the next start time, and nothing else.
func (r *recovering) cleanUp() {
	j := r.j
	for _, s := range r.stale {
		_ = disk.Replace(j.cfg.FS, j.indexPath(s.number), appendIndex(nil, s.index()))
	}
	for _, number := range r.found.indexes {
		if !slices.ContainsFunc(r.segments, func(s *segment) bool { return s.number == number }) {
			_ = j.cfg.FS.Remove(j.indexPath(number))
		}
	}
	for _, number := range r.found.claims {
		if number != j.nextNumber {
			_ = j.cfg.FS.Remove(j.claimsPath(number))
		}
	}
	for _, name := range r.found.fresh {
		_ = j.cfg.FS.Remove(filepath.Join(j.cfg.Dir, name))
	}
}

// salvage puts waiting lines into the log where they fit by now, and completes the
// report.
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
