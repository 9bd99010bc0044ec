package journal

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// candidate is a sealed segment that was found, and has no place in the journal yet.
type candidate struct {
	segment
	firstID messageID // of its first line, read from the file
	index   *index    // the one that belongs to it; nil if none does
	indexAt int       // the number under which that is stored; 0 if it must be stored anew
	bad     map[int]bool
	clean   bool                 // it is not damaged
	firsts  map[marks.Run]uint64 // the first message of each run; set only if segments must be reordered
}

// findSegments finds the sealed segments and what they hold. Of a segment with an
// index only the first line is read. That line identifies the segment, also under
// another number that others have given it. An index without a segment says what is
// missing.
func (r *recovering) findSegments() error {
	for _, number := range r.found.segments {
		c := &candidate{segment: segment{path: r.j.path(number), number: number}}
		var err error
		if c.size, c.firstID, err = r.firstRecord(c.path); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
		r.candidates = append(r.candidates, c)
	}
	indexes := make(map[int]*index)
	for _, number := range r.found.indexes {
		if x, err := readIndex(r.j.cfg.FS, r.j.indexPath(number)); err == nil {
			indexes[number] = x
		}
	}
	r.matchIndexes(indexes)
	for _, c := range r.candidates {
		if err := r.loadHolds(c); err != nil {
			return fmt.Errorf("%s: %w", c.path, err)
		}
	}
	return nil
}

// firstRecord returns the size of a file, and the message in its first line if that
// can be read.
func (r *recovering) firstRecord(path string) (size int64, first messageID, err error) {
	file, size, err := openSegment(r.j.cfg.FS, path, os.O_RDONLY)
	if err != nil {
		return 0, messageID{}, err
	}
	lines := lineReader{file: file, limit: size, buf: make([]byte, record.MaxLine)}
	line, _, err := lines.next()
	if err == nil {
		if rec, bad := new(record.Parser).Parse(line); bad == nil {
			first = messageID{marks.Run{Origin: rec.Origin, Boot: rec.Boot}, rec.Seq}
		}
	}
	return size, first, file.Close()
}

// openSegment opens a segment and returns its size.
func openSegment(fsys disk.FS, path string, flag int) (file disk.File, size int64, err error) {
	if file, err = fsys.OpenFile(path, flag); err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, info.Size(), nil
}

// matchIndexes finds the index of each segment: by number and first line; if others
// have renumbered the segment, by first line alone; if the first line is damaged, by
// number alone. The indexes that are left belong to segments that are gone.
func (r *recovering) matchIndexes(indexes map[int]*index) {
	known := make(map[messageID]bool)
	assign := func(c *candidate, number int) {
		c.index, c.indexAt = indexes[number], number
		known[c.index.holds.firstID()] = true
		delete(indexes, number)
	}
	for _, c := range r.candidates {
		if own := indexes[c.number]; own != nil && own.holds.firstID() == c.firstID {
			assign(c, c.number)
		}
		known[c.firstID] = true
	}
	delete(known, messageID{}) // that of empty and of damaged segments
	for _, c := range r.candidates {
		if number := indexAbout(c, indexes); c.index == nil && number > 0 {
			assign(c, number)
		}
	}
	for _, c := range r.candidates {
		if own := indexes[c.number]; c.index == nil && own != nil && !known[own.holds.firstID()] {
			assign(c, c.number)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(indexes)) {
		if x := indexes[number]; !known[x.holds.firstID()] {
			r.noteMissing(x)
		}
	}
}

// indexAbout returns the number of an index with the same first message as a segment,
// preferably one with its size too, or 0.
func indexAbout(c *candidate, indexes map[int]*index) (about int) {
	for _, number := range slices.Sorted(maps.Keys(indexes)) {
		if x := indexes[number]; c.firstID != (messageID{}) && x.holds.firstID() == c.firstID && (about == 0 || x.sums.size == c.size) {
			about = number
		}
	}
	return about
}

// noteMissing decides about the messages of a segment that is gone. What we have
// retired is below the floors. What others have renamed in the log directory belongs
// to them, and is not requested again; nor is what no peer could send. Everything
// else is missing.
func (r *recovering) noteMissing(x *index) {
	excused := r.j.cfg.Alone || r.wasRenamed(x)
	for _, s := range x.holds.all {
		n := s.last - min(s.last, max(r.floors.of[s.Run], s.first-1))
		if !excused {
			r.missing += n
			continue
		}
		r.floors.raise(s.Run, s.last)
		r.excused += n
	}
}

// wasRenamed tells whether a segment is in the log directory under a name that is not
// one of ours.
func (r *recovering) wasRenamed(x *index) bool {
	return slices.ContainsFunc(r.found.others, func(name string) bool {
		size, first, err := r.firstRecord(filepath.Join(r.j.cfg.Dir, name))
		return err == nil && size == x.sums.size && first == x.holds.firstID()
	})
}

// loadHolds finds out what a segment holds: from its index, or by reading it.
func (r *recovering) loadHolds(c *candidate) error {
	x := c.index
	if x != nil && x.sums.size == c.size && x.holds.firstID() == c.firstID && !r.suspects[c.path] && !r.j.syncFailed[c.path] {
		c.holds, c.sums, c.sealed, c.clean = x.holds, x.sums, x.sealed, true
		return nil
	}
	want := new(sums)
	if x != nil {
		want = &x.sums
	}
	file, _, err := openSegment(r.j.cfg.FS, c.path, os.O_RDONLY)
	if err != nil {
		return err
	}
	err = r.read(c, file, want)
	return errors.Join(err, file.Close())
}

// read reads a segment and compares it with the sums that it should have. A segment
// without damage is synced, because its index will say that its lines are durable.
func (r *recovering) read(c *candidate, file disk.File, want *sums) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	got, bad, about := audit(cancellable{file, r}, c.size, want)
	found, err := r.forOneFile().scan(scanInput{cancellable{file, r}, c.size, bad}, nil)
	if err != nil {
		return err
	}
	c.bad, c.sealed, c.holds, c.sums = bad, info.ModTime(), found.holds, got
	if !about {
		c.index, want = nil, new(sums)
	}
	if !found.clean(c.size) || len(bad) > 0 || c.size < want.size || r.j.syncFailed[c.path] {
		return nil
	}
	c.clean, c.indexAt = true, 0
	if err := file.Sync(); err != nil {
		r.j.syncFailed[c.path] = true
		return err
	}
	return nil
}
