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

// candidate is a sealed segment that was found, before it has a place in the
// journal.
type candidate struct {
	segment
	head    head   // of its first line, as it stands there
	index   *index // that is about it; nil if none is
	indexAt int    // the number by which that is stored; 0 if it must be made
	bad     map[int]bool
	clean   bool                 // every line of it is good
	begins  map[marks.Run]uint64 // the first message of each run, if it is asked for
}

// survey finds out which sealed segments there are, and what they hold. Of one
// with an index only the first line is read: so a segment is known by what is
// in it, when others have given it another number. An index about which no
// segment is found tells what is lost.
func (r *recovering) survey() error {
	for _, number := range r.found.segments {
		c := &candidate{segment: segment{path: r.j.path(number), number: number}}
		var err error
		if c.size, c.head, err = r.begins(c.path); err != nil {
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
	r.match(indexes)
	for _, c := range r.candidates {
		if err := r.know(c); err != nil {
			return fmt.Errorf("%s: %w", c.path, err)
		}
	}
	return nil
}

// begins returns the size of a segment and the message in its first line, if
// that can be read.
func (r *recovering) begins(path string) (size int64, first head, err error) {
	file, size, err := openSegment(r.j.cfg.FS, path, os.O_RDONLY)
	if err != nil {
		return 0, head{}, err
	}
	lines := lineReader{file: file, limit: size, buf: make([]byte, record.MaxLine)}
	line, _, err := lines.next()
	if err == nil {
		if rec, bad := new(record.Parser).Parse(line); bad == nil {
			first = head{marks.Run{Origin: rec.Origin, Boot: rec.Boot}, rec.Seq}
		}
	}
	return size, first, file.Close()
}

// openSegment opens a segment, and returns its size.
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

// match finds the index of each segment: by its number and its first line; by
// that line alone, where others have given it another number; by the number
// alone, where the line is damaged. What is left is about segments that are gone.
func (r *recovering) match(indexes map[int]*index) {
	known := make(map[head]bool)
	assign := func(c *candidate, number int) {
		c.index, c.indexAt = indexes[number], number
		known[c.index.holds.head()] = true
		delete(indexes, number)
	}
	for _, c := range r.candidates {
		if own := indexes[c.number]; own != nil && own.holds.head() == c.head {
			assign(c, c.number)
		}
		known[c.head] = true
	}
	delete(known, head{}) // that of an empty one, and of one that is damaged
	for _, c := range r.candidates {
		if number := indexAbout(c, indexes); c.index == nil && number > 0 {
			assign(c, number)
		}
	}
	for _, c := range r.candidates {
		if own := indexes[c.number]; c.index == nil && own != nil && !known[own.holds.head()] {
			assign(c, c.number)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(indexes)) {
		if x := indexes[number]; !known[x.holds.head()] {
			r.vanished(x)
		}
	}
}

// indexAbout returns the number of an index that begins as a segment does, best
// of one that has its size, or 0.
func indexAbout(c *candidate, indexes map[int]*index) (about int) {
	for _, number := range slices.Sorted(maps.Keys(indexes)) {
		if x := indexes[number]; c.head != (head{}) && x.holds.head() == c.head && (about == 0 || x.sums.size == c.size) {
			about = number
		}
	}
	return about
}

// vanished judges a segment that is not where it was. What we have retired is under
// the floors. What others have renamed in the log directory is theirs, and is not asked
// for again; nor is what nobody could give. All else is lost.
func (r *recovering) vanished(x *index) {
	excused := r.j.cfg.Alone || r.renamed(x)
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

// renamed tells whether a segment is in the log directory under a name that is not one
// of ours.
func (r *recovering) renamed(x *index) bool {
	return slices.ContainsFunc(r.found.others, func(name string) bool {
		size, first, err := r.begins(filepath.Join(r.j.cfg.Dir, name))
		return err == nil && size == x.sums.size && first == x.holds.head()
	})
}

// know finds out what a segment holds: by its index, or by reading it.
func (r *recovering) know(c *candidate) error {
	x := c.index
	if x != nil && x.sums.size == c.size && x.holds.head() == c.head && !r.suspect[c.path] && !r.j.doubts[c.path] {
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

// read reads a segment, and compares it with the sums that it should have. What
// is good is synced: its index will say that it is there.
func (r *recovering) read(c *candidate, file disk.File, want *sums) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	got, bad, about := audit(cancellable{file, r}, c.size, want)
	found, err := r.fresh().scan(piece{cancellable{file, r}, c.size, bad}, nil)
	if err != nil {
		return err
	}
	c.bad, c.sealed, c.holds, c.sums = bad, info.ModTime(), found.holds, got
	if !about {
		c.index, want = nil, new(sums)
	}
	if !found.clean(c.size) || len(bad) > 0 || c.size < want.size || r.j.doubts[c.path] {
		return nil
	}
	c.clean, c.indexAt = true, 0
	if err := file.Sync(); err != nil {
		r.j.doubts[c.path] = true
		return err
	}
	return nil
}
