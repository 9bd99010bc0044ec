package journal

import (
	"fmt"

	"xlattice.org/zog/internal/disk"
)

// lookAtMost is how many sealed segments are checked in one call: that takes a few
// milliseconds.
const lookAtMost = 1000

// checkSealed checks that sealed segments are in their places and have their size;
// their content is checked when it is read. If there are very many, it takes several
// calls to check all.
func (j *Writer) checkSealed() error {
	sealed := j.segments[:len(j.segments)-1]
	if j.checked >= len(sealed) {
		j.checked = 0
	}
	next := sealed[j.checked:min(len(sealed), j.checked+lookAtMost)]
	j.checked += len(next)
	for _, s := range next {
		if err := j.checkSegment(s); err != nil {
			return j.reportDamage(s, err)
		}
	}
	return nil
}

func (j *Writer) checkSegment(s *segment) error {
	info, err := j.cfg.FS.Stat(s.path)
	if err != nil {
		return err
	}
	if err := disk.NotRegular(s.path, info.Mode()); err != nil {
		return err
	}
	if info.Size() != s.size {
		return fmt.Errorf("it has %d bytes, and was written with %d", info.Size(), s.size)
	}
	s.modTime = info.ModTime()
	return nil
}
