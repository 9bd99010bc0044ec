package journal

import (
	"fmt"
	"io/fs"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
)

// orphan is an active segment that is not in the log directory any more: somebody has
// removed it, moved it out, or put another file into its place. As long as it is open
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
	there, err := j.isAt(j.path(0), info)
	if there {
		j.wrote = r.trusted()
	} else if err == nil {
		err = r.letGoMoved(info)
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

// letGoMoved parts with a segment that others have renamed, unless its new name is one
// of ours. One that has no name in the log directory is an orphan.
func (r *recovering) letGoMoved(mine fs.FileInfo) error {
	j := r.j
	found, err := j.list()
	if err != nil {
		return err
	}
	name, err := j.nameOf(mine, found)
	if err != nil {
		return err
	}
	switch number, ours := logname.ParseSegment(name); {
	case name == "":
		j.orphan = &orphan{file: j.file, size: mine.Size(), sums: r.trusted()}
		j.file = nil
	case !ours:
		return j.part(j.current)
	case j.doubts[j.path(0)]:
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
