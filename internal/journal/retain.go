package journal

import (
	"fmt"
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

// Maintenance is what Maintain has done.
type Maintenance struct {
	Moved   []marks.Mark // marks that have moved: lines were retired, or salvaged
	Retired []string     // segments that are gone
	Sealed  bool         // the active segment was old enough
	Renamed bool         // others have renamed it, and a new one is begun
	RemoveErr    error        // why a segment that need not be kept is still there
	ClockDoubt   string       // why the clock is not believed, and nothing is retired by age
}

// Maintain does what has to be done from time to time, traffic or not: it sees
// whether the log is still what was written and where it was written, seals a segment
// that is old enough, retires what need not be kept, and salvages what can be. Nothing
// may be offered and not yet appended. After an error the journal must recover.
func (j *Writer) Maintain() (done Maintenance, err error) {
	renamed, err := j.Reopen()
	if err != nil {
		return done, err
	}
	done.Renamed = renamed
	if err := j.check(j.current.size); err != nil {
		return done, err
	}
	if err := j.look(); err != nil {
		return done, err
	}
	j.lookAtClock()
	if age := j.cfg.SegmentAge; age > 0 && j.current.size > 0 && j.now().Sub(j.begun) >= age {
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

// retire removes the oldest segments, as far as they need not be kept. First
// their marks are made to outlive them: what was here once is not asked for
// again.
func (j *Writer) retire(done *Maintenance) error {
	n, doubt := j.surplus()
	old := j.segments[:n]
	if done.ClockDoubt = doubt; len(old) == 0 {
		return nil
	}
	moved, err := j.raiseOver(old...)
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
		_ = j.cfg.FS.Remove(j.indexPath(s.number)) // it is under the floors
		done.Retired = append(done.Retired, s.path)
	}
	return nil
}

// surplus returns how many of the oldest segments need not be kept. The active one
// always is. As long as the clock is not believed nothing is too old; doubt says why, if
// that keeps anything.
func (j *Writer) surplus() (n int, doubt string) {
	total := int64(0)
	for _, s := range j.segments {
		total += s.size
	}
	now, why := j.now(), j.clock.judge()
	if why == "" {
		j.stampUnknown(now)
	}
	for ; n < len(j.segments)-1; n++ {
		s := j.segments[n]
		from, _ := agesFrom(s.sealed, s.changed, now)
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

// stampUnknown lets segments whose time makes no sense, such as those of before the clock
// was set, count as sealed now: so they are kept for once more as long as any other, and
// not for ever.
func (j *Writer) stampUnknown(now time.Time) {
	for _, s := range j.segments[:len(j.segments)-1] {
		if _, known := agesFrom(s.sealed, s.changed, now); !known {
			j.stamp(s, now)
		}
	}
}

// stamp notes when a segment was sealed. If that cannot be stored, a later start notes it.
func (j *Writer) stamp(s *segment, sealed time.Time) {
	j.mu.Lock()
	s.sealed = sealed
	j.mu.Unlock()
	_ = replaceFile(j.cfg.FS, j.indexPath(s.number), appendIndex(nil, s.index()))
}

// lookAtClock sees whether the clock was set. What has got its time from it in this
// process is set with it.
func (j *Writer) lookAtClock() {
	step := j.clock.look(j.now(), j.cfg.Uptime())
	if step == 0 {
		return
	}
	j.begun = j.begun.Add(step)
	for _, s := range j.segments {
		if s.here {
			j.stamp(s, s.sealed.Add(step))
		}
	}
}

// SetPolicy changes how long segments are written to and kept.
func (j *Writer) SetPolicy(segmentAge, retainAge time.Duration, retainBytes int64) {
	j.cfg.SegmentAge, j.cfg.RetainAge, j.cfg.RetainBytes = segmentAge, retainAge, retainBytes
}
