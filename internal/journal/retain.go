package journal

import (
	"fmt"
	"slices"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// Maintenance is what Maintain has done.
type Maintenance struct {
	Moved      []marks.Mark // marks that have changed, as lines were retired or salvaged
	Retired    []string     // paths of the segments that were
	Sealed     bool         // the active segment was sealed for its age
	Renamed    bool         // others had renamed it; a new one is begun
	RemoveErr  error        // why a segment that need not be kept could not be removed
	ClockDoubt string       // why the clock is not trusted, if that keeps a segment from being retired; else ""
}

// Maintain does what has to be done every few seconds, traffic or not. It checks that
// the directory and the segments are in their places, seals the active segment if it
// is old enough, retires what need not be kept, and puts waiting lines into the log.
// Nothing may be offered and not appended yet. After an error the journal must
// recover.
func (j *Writer) Maintain() (done Maintenance, err error) {
	renamed, err := j.Reopen()
	if err != nil {
		return done, err
	}
	done.Renamed = renamed
	if err := j.checkActive(j.active.size); err != nil {
		return done, err
	}
	if err := j.checkSealed(); err != nil {
		return done, err
	}
	j.checkClock()
	if age := j.cfg.SegmentAge; age > 0 && j.active.size > 0 && j.now().Sub(j.firstLineAt) >= age {
		if err := j.rotate(); err != nil {
			return done, err
		}
		done.Sealed = true
	}
	if done.Moved, err = j.salvage(); err != nil {
		return done, err
	}
	done.RemoveErr = j.retire(&done)
	return done, nil
}

// retire removes the oldest segments that need not be kept. Their marks are stored as
// floors first: what was here once is not requested again.
func (j *Writer) retire(done *Maintenance) error {
	n, doubt := j.retirable()
	old := j.segments[:n]
	if done.ClockDoubt = doubt; len(old) == 0 {
		return nil
	}
	moved, err := j.raiseFloors(old...)
	if err != nil {
		return err
	}
	done.Moved = append(done.Moved, moved...)
	j.mu.Lock()
	j.segments = slices.Clone(j.segments[len(old):])
	j.mu.Unlock()
	for _, s := range old {
		if err := j.cfg.FS.Remove(s.path); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
		_ = j.cfg.FS.Remove(j.indexPath(s.number)) // its messages are below the floors
		done.Retired = append(done.Retired, s.path)
	}
	return nil
}

// retirable returns how many of the oldest segments need not be kept; the active one
// always is. While the clock is not trusted no segment is too old; doubt says why, if
// a segment is kept for that.
func (j *Writer) retirable() (n int, doubt string) {
	total := int64(0)
	for _, s := range j.segments {
		total += s.size
	}
	now, why := j.now(), j.clock.whyDoubted()
	if why == "" {
		j.setUnknownSealed(now)
	}
	for ; n < len(j.segments)-1; n++ {
		s := j.segments[n]
		from, _ := agesFrom(s.sealed, s.modTime, now)
		tooMuch := j.cfg.RetainBytes > 0 && total > j.cfg.RetainBytes
		tooOld := j.cfg.RetainAge > 0 && now.Sub(from) >= j.cfg.RetainAge
		switch {
		case tooMuch:
		case !tooOld:
			return n, ""
		case why != "":
			return n, why
		}
		total -= s.size
	}
	return n, ""
}

// setUnknownSealed sets the time of segments whose time makes no sense, such as those
// from before the clock was set, to now. So they are kept once more for the full
// time, and not for ever.
func (j *Writer) setUnknownSealed(now time.Time) {
	for _, s := range j.segments[:len(j.segments)-1] {
		if _, known := agesFrom(s.sealed, s.modTime, now); !known {
			j.setSealed(s, now)
		}
	}
}

// setSealed sets when a segment was sealed. If that cannot be stored, the next start
// sets it.
func (j *Writer) setSealed(s *segment, sealed time.Time) {
	j.mu.Lock()
	s.sealed = sealed
	j.mu.Unlock()
	_ = disk.Replace(j.cfg.FS, j.indexPath(s.number), appendIndex(nil, s.index()))
}

// checkClock checks whether the clock was set. Times that this process took from it
// are moved by the same step.
func (j *Writer) checkClock() {
	step := j.clock.check(j.now(), j.cfg.Uptime())
	if step == 0 {
		return
	}
	j.firstLineAt = j.firstLineAt.Add(step)
	for _, s := range j.segments {
		if s.sealedHere {
			j.setSealed(s, s.sealed.Add(step))
		}
	}
}

// SetPolicy changes when a segment is sealed, and how long and how many bytes of
// segments are kept. 0 is no limit.
func (j *Writer) SetPolicy(segmentAge, retainAge time.Duration, retainBytes int64) {
	j.cfg.SegmentAge, j.cfg.RetainAge, j.cfg.RetainBytes = segmentAge, retainAge, retainBytes
}
