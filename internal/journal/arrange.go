package journal

import (
	"fmt"
	"os"
	"slices"

	"xlattice.org/zog/internal/marks"
)

// arrange gives the sealed segments their places in the journal: each behind
// those that have what comes before its lines. That is the order of their
// numbers, unless others have renamed them (logrotate gives the lowest number to
// the newest): then those that come late get new numbers. What cannot stand
// behind what was read, as it is, is mended.
func (r *recovering) arrange() error {
	ordered := inOrder(r.candidates)
	if !ordered {
		for _, c := range r.candidates {
			c.begins = c.holds.begins()
		}
	}
	for pending := slices.Clone(r.candidates); len(pending) > 0; {
		i := 0
		if !ordered {
			i = choose(pending)
		}
		if err := r.settle(pending[i]); err != nil {
			return err
		}
		pending = slices.Delete(pending, i, i+1)
	}
	return nil
}

// inOrder tells whether no segment belongs before one that has a lower number.
func inOrder(candidates []*candidate) bool {
	begun := make(map[marks.Run]uint64)
	for _, c := range candidates {
		for run, first := range c.holds.begins() {
			if first < begun[run] {
				return false
			}
			begun[run] = first
		}
	}
	return true
}

// choose returns the segment that is next: the first, or if another belongs
// before that, the first of these.
func choose(pending []*candidate) (next int) {
	for range pending { // each step goes back in the log, unless that makes no sense
		i := slices.IndexFunc(pending, func(c *candidate) bool { return c.precedes(pending[next]) })
		if i < 0 {
			return next
		}
		next = i
	}
	return 0
}

// precedes tells whether the messages of a run begin in c with one that belongs before
// those that other has of it.
func (c *candidate) precedes(other *candidate) bool {
	for run, first := range c.begins {
		if o, there := other.begins[run]; there && first < o {
			return true
		}
	}
	return false
}

// settle puts a segment behind those that were read.
func (r *recovering) settle(c *candidate) error {
	number := c.number
	if number < r.newest {
		number = r.unused()
	}
	r.newest = number
	if c.clean && r.worst(&c.holds) == inPlace {
		return r.keep(c, number)
	}
	if err := r.move(c, number); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	return r.mendSealed(c)
}

// keep takes a segment as it is, under a number.
func (r *recovering) keep(c *candidate, number int) error {
	if err := r.rename(c, number); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	r.take(&c.holds)
	r.add(&c.segment, c.indexAt != number)
	return nil
}

// move gives a segment that is to be mended a number, and its index the same: at
// no time may the index be one without a segment.
func (r *recovering) move(c *candidate, number int) error {
	stale := c.index != nil && c.indexAt != number
	if stale {
		if err := replaceFile(r.j.cfg.FS, r.j.indexPath(number), appendIndex(nil, c.index)); err != nil {
			return err
		}
	}
	if err := r.rename(c, number); err != nil || !stale {
		return err
	}
	return remove(r.j.cfg.FS, r.j.indexPath(c.indexAt))
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
	p := piece{file, size, c.bad}
	if c.clean {
		_, p.bad, _ = audit(file, size, &c.sums)
	}
	return r.mend(p, mendable{path: c.path, number: c.number, cut: c.index != nil && size < c.index.sums.size})
}

// add makes a segment the newest of the journal.
func (r *recovering) add(s *segment, stale bool) {
	r.kept = append(r.kept, s)
	r.report.Records += s.holds.records()
	if stale {
		r.stale = append(r.stale, s)
	}
}

// unused returns a new number, behind all others.
func (r *recovering) unused() int {
	r.highest++
	return r.highest
}
