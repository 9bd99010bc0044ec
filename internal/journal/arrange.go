package journal

import (
	"fmt"
	"os"
	"slices"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// arrange puts the sealed segments in order: each behind those that hold the messages
// before its own. That is the order of their numbers, unless others have renamed them
// (logrotate gives the lowest number to the newest file). Then segments that come
// later in the log get new, higher numbers. A segment that does not continue what was
// read before it is mended.
func (r *recovering) arrange() error {
	ordered := inOrder(r.candidates)
	if !ordered {
		for _, c := range r.candidates {
			c.firsts = c.holds.firsts()
		}
	}
	for pending := slices.Clone(r.candidates); len(pending) > 0; {
		i := 0
		if !ordered {
			i = nextInOrder(pending)
		}
		if err := r.placeSegment(pending[i]); err != nil {
			return err
		}
		pending = slices.Delete(pending, i, i+1)
	}
	return nil
}

// inOrder tells whether the order of the numbers is the order of the log: no segment
// begins a run with an earlier message than a segment of a lower number.
func inOrder(candidates []*candidate) bool {
	begun := make(map[marks.Run]uint64)
	for _, c := range candidates {
		for run, first := range c.holds.firsts() {
			if first < begun[run] {
				return false
			}
			begun[run] = first
		}
	}
	return true
}

// nextInOrder returns the index of the pending segment that comes next in the log:
// the first, or, if another precedes it, the first of those.
func nextInOrder(pending []*candidate) (next int) {
	for range pending { // bounded: with contradicting segments precedes may go round in a circle
		i := slices.IndexFunc(pending, func(c *candidate) bool { return c.precedes(pending[next]) })
		if i < 0 {
			return next
		}
		next = i
	}
	return 0
}

// precedes tells whether c holds earlier messages of some run than other does.
func (c *candidate) precedes(other *candidate) bool {
	for run, first := range c.firsts {
		if o, there := other.firsts[run]; there && first < o {
			return true
		}
	}
	return false
}

// placeSegment puts a segment behind those that were read, mended if need be.
func (r *recovering) placeSegment(c *candidate) error {
	number := c.number
	if number < r.lastNumber {
		number = r.newNumber()
	}
	r.lastNumber = number
	if c.clean && r.worstPlacement(&c.holds) == inPlace {
		return r.keepAsIs(c, number)
	}
	if err := r.move(c, number); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return r.mendSealed(c)
}

// keepAsIs makes an undamaged segment part of the journal, under a number.
func (r *recovering) keepAsIs(c *candidate, number int) error {
	if err := r.rename(c, number); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	r.accept(&c.holds)
	r.appendSegment(&c.segment, c.indexAt != number)
	return nil
}

// move renames a segment that is to be mended, and its index with it. The new index
// is stored before the old one is removed: an index without a segment would say that
// the segment is missing.
func (r *recovering) move(c *candidate, number int) error {
	stale := c.index != nil && c.indexAt != number
	if stale {
		if err := disk.Replace(r.j.cfg.FS, r.j.indexPath(number), appendIndex(nil, c.index)); err != nil {
			return err
		}
	}
	if err := r.rename(c, number); err != nil || !stale {
		return err
	}
	return removeIfThere(r.j.cfg.FS, r.j.indexPath(c.indexAt))
}

func (r *recovering) rename(c *candidate, number int) error {
	if number == c.number {
		return nil
	}
	path := r.j.path(number)
	if err := r.j.cfg.FS.Rename(c.path, path); err != nil {
		return err
	}
	c.path, c.number = path, number
	return nil
}

func (r *recovering) mendSealed(c *candidate) error {
	file, size, err := openSegment(r.j.cfg.FS, c.path, os.O_RDONLY)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	defer file.Close()
	p := scanInput{file, size, c.bad}
	if c.clean {
		_, p.bad, _ = audit(file, size, &c.sums)
	}
	return r.mend(p, mendTarget{path: c.path, number: c.number, cut: c.index != nil && size < c.index.sums.size})
}

// appendSegment makes a segment the newest of the journal. stale says that its index
// must be stored.
func (r *recovering) appendSegment(s *segment, stale bool) {
	r.segments = append(r.segments, s)
	r.report.Records += s.holds.records()
	if stale {
		r.stale = append(r.stale, s)
	}
}

// newNumber returns a number that is higher than all in use.
func (r *recovering) newNumber() int {
	r.highest++
	return r.highest
}
