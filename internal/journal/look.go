package journal

import (
	"fmt"

	"xlattice.org/zog/internal/disk"
)

// lookAtMost is at how many sealed segments a look is taken at a time: so many take a
// few milliseconds.
const lookAtMost = 1000

// look sees whether the sealed segments are where they were, and as long as they were.
// What is in them is for those who read them. Where there are very many, it takes
// several looks.
func (j *Writer) look() error {
	sealed := j.segments[:len(j.segments)-1]
	if j.looked >= len(sealed) {
		j.looked = 0
	}
	next := sealed[j.looked:min(len(sealed), j.looked+lookAtMost)]
	j.looked += len(next)
	for _, s := range next {
		if err := j.lookAt(s); err != nil {
			return j.damaged(s, err)
		}
	}
	return nil
}

func (j *Writer) lookAt(s *segment) error {
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
	s.changed = info.ModTime()
	return nil
}
