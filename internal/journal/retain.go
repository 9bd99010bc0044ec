package journal

import (
	"fmt"
	"slices"
	"time"

	"xlattice.org/zog/internal/marks"
)

// Tended is what Tend has done.
type Tended struct {
	Moved   []marks.Mark // marks that have moved: lines were retired, or salvaged
	Retired []string     // segments that are gone
	Sealed  bool         // the active segment was old enough
	Renamed bool         // others have renamed it, and a new one is begun
	Kept    error        // why a segment that need not be kept is still there
}

// Tend does what has to be done from time to time, traffic or not: it sees
// whether the log is still what was written and where it was written, seals a segment
// that is old enough, retires what need not be kept, and salvages what can be. Nothing
// may be offered and not yet appended. After an error the journal must recover.
func (j *Journal) Tend() (done Tended, err error) {
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
	if age := j.cfg.SegmentAge; age > 0 && j.current.size > 0 && j.cfg.Now().Sub(j.begun) >= age {
		if err := j.rotate(); err != nil {
			return done, err
		}
		done.Sealed = true
	}
	if done.Moved, err = j.Salvage(); err != nil {
		return done, err
	}
	done.Kept = j.retire(&done)
	return done, nil
}

// retire removes the oldest segments, as far as they need not be kept. First
// their marks are made to outlive them: what was here once is not asked for
// again.
func (j *Journal) retire(done *Tended) error {
	old := j.segments[:j.surplus()]
	if len(old) == 0 {
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

// surplus returns how many of the oldest segments need not be kept. The active
// one always is.
func (j *Journal) surplus() (n int) {
	total := int64(0)
	for _, s := range j.segments {
		total += s.size
	}
	for ; n < len(j.segments)-1; n++ {
		s := j.segments[n]
		tooMuch := j.cfg.RetainBytes > 0 && total > j.cfg.RetainBytes
		tooOld := j.cfg.RetainAge > 0 && j.cfg.Now().Sub(s.sealed) >= j.cfg.RetainAge
		if !tooMuch && !tooOld {
			return n
		}
		total -= s.size
	}
	return n
}

// SetPolicy changes how long segments are written to and kept.
func (j *Journal) SetPolicy(segmentAge, retainAge time.Duration, retainBytes int64) {
	j.cfg.SegmentAge, j.cfg.RetainAge, j.cfg.RetainBytes = segmentAge, retainAge, retainBytes
}
