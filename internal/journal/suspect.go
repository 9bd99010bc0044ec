package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
)

// ErrDamaged says that a segment could not be read as it was written. Recover
// finds out how much of it is good.
var ErrDamaged = errors.New("damaged or gone")

// suspect notes that there is something wrong with a segment. That we have no
// means to look is not: it says nothing. j.mu is held.
func (j *Journal) suspect(s *segment, err error) error {
	for _, exhausted := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, exhausted) {
			return fmt.Errorf("access log: %w", err)
		}
	}
	j.suspects[s.path] = true
	return fmt.Errorf("%s is %w: %w", s.path, ErrDamaged, err)
}

// damaged is suspect for those who do not hold j.mu. It is nil if the segment is
// no part of the journal any more: then there is another in its place.
func (j *Journal) damaged(s *segment, err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Contains(j.segments, s) {
		return nil
	}
	return j.suspect(s, err)
}

// Suspected tells whether damage was found that Recover has not looked at yet.
func (j *Journal) Suspected() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.suspects) > 0
}

// takeSuspects returns what is to be looked at, and leaves nothing.
func (j *Journal) takeSuspects() map[string]bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	suspects := j.suspects
	j.suspects = make(map[string]bool)
	return suspects
}

// giveSuspects says that they are still to be looked at.
func (j *Journal) giveSuspects(suspects map[string]bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	maps.Copy(j.suspects, suspects)
}
