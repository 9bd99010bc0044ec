package journal

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"syscall"
)

// ErrDamaged says that a segment could not be read as it was written. Recover finds
// out how much of it is good.
var ErrDamaged = errors.New("damaged or gone")

// markSuspect records that a segment seems to be damaged, and returns an error that
// wraps ErrDamaged. If the process has run out of descriptors or memory, that says
// nothing about the segment. The caller holds mu.
func (j *Journal) markSuspect(s *segment, err error) error {
	for _, exhausted := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM} {
		if errors.Is(err, exhausted) {
			return fmt.Errorf("access log: %w", err)
		}
	}
	j.suspects[s.path] = true
	return fmt.Errorf("%s is %w: %w", s.path, ErrDamaged, err)
}

// reportDamage is markSuspect for callers that do not hold mu. It returns nil if the
// segment has left the journal: then another one is in its place.
func (j *Journal) reportDamage(s *segment, err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !slices.Contains(j.segments, s) {
		return nil
	}
	return j.markSuspect(s, err)
}

// Suspected tells whether damage was found that Recover has not dealt with yet.
func (j *Journal) Suspected() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.suspects) > 0
}

// takeSuspects returns the suspects and forgets them.
func (j *Journal) takeSuspects() map[string]bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	suspects := j.suspects
	j.suspects = make(map[string]bool)
	return suspects
}

// returnSuspects adds suspects that were taken and not dealt with.
func (j *Journal) returnSuspects(suspects map[string]bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	maps.Copy(j.suspects, suspects)
}
