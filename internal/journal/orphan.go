package journal

import (
	"fmt"
	"io/fs"

	"xlattice.org/zog/internal/disk"
)

// orphan is an active segment that somebody has removed. As long as it is open
// it still has what was written to it.
type orphan struct {
	file disk.File
	size int64
	sums *sums
}

// letGo ends the use of the active segment. What is left of it is found by its
// name, if it has one.
func (r *recovering) letGo() error {
	j := r.j
	if j.file == nil {
		return nil
	}
	info, err := j.file.Stat()
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if j.cfg.FS.Unlinked(info) {
		j.orphan = &orphan{file: j.file, size: info.Size(), sums: r.trusted()}
		j.file = nil
		return j.release()
	}
	there, err := j.isAt(j.path(0), info)
	if there {
		j.wrote = r.trusted()
	} else if err == nil {
		err = r.letGoRenamed(info)
	}
	if err != nil {
		return err
	}
	return j.release()
}

// trusted returns the sums of what was written to the active segment: after a
// failed sync only of what was synced before, as the kernel may have dropped the
// rest, and that must not cost what shares a block with it.
func (r *recovering) trusted() *sums {
	if r.j.doubts[r.j.path(0)] {
		return r.j.readClaims(r.j.claims.number)
	}
	return &r.j.current.sums
}

// letGoRenamed parts with a segment that others have renamed, unless its new
// name is one of ours.
func (r *recovering) letGoRenamed(mine fs.FileInfo) error {
	j := r.j
	found, err := j.list()
	if err != nil {
		return err
	}
	number, err := j.renamed(mine, found)
	if err != nil {
		return err
	}
	if number == 0 {
		return j.part(j.current)
	}
	if j.doubts[j.path(0)] {
		j.doubts[j.path(number)] = true
	}
	return nil
}

// adopt puts what is good of an orphan into the journal, as a sealed segment.
func (r *recovering) adopt() error {
	o := r.j.orphan
	if o == nil {
		return nil
	}
	_, bad, _ := audit(o.file, o.size, o.sums)
	if err := r.mend(piece{o.file, o.size, bad}, mendable{number: r.unused()}); err != nil {
		return err
	}
	r.j.orphan = nil
	return o.file.Close()
}
