package journal

import (
	"fmt"
	"io/fs"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
)

// orphan is an active segment that is no longer in the log directory: somebody has
// removed it, moved it out, or replaced it. While it is open, what was written to it
// can still be read.
type orphan struct {
	file disk.File
	size int64
	sums *sums
}

// releaseActive closes the active segment. It is opened again later by its name, if
// it has one.
func (r *recovering) releaseActive() error {
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
		j.writtenSums = r.trustedSums()
	} else if err == nil {
		err = r.releaseMoved(info)
	}
	if err != nil {
		return err
	}
	return j.release()
}

// trustedSums returns the sums of what was written to the active segment. After a
// failed sync these are only the sums of what was synced before: the kernel may have
// dropped the rest, and synced lines in the same block must not count as damaged for
// that.
func (r *recovering) trustedSums() *sums {
	if r.j.syncFailed[r.j.path(0)] {
		return r.j.readClaims(r.j.claims.number)
	}
	return &r.j.active.sums
}

// releaseMoved deals with an active segment that others have renamed. With the name
// of a segment it stays part of the journal; with another name in the log directory
// its messages count as retired; with none it is an orphan.
func (r *recovering) releaseMoved(mine fs.FileInfo) error {
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
		j.orphan = &orphan{file: j.file, size: mine.Size(), sums: r.trustedSums()}
		j.file = nil
	case !ours:
		_, err := j.raiseFloors(j.active)
		return err
	case j.syncFailed[j.path(0)]:
		j.syncFailed[j.path(number)] = true
	}
	return nil
}

// saveOrphan puts an orphan's good lines into the journal, as a sealed segment.
func (r *recovering) saveOrphan() error {
	o := r.j.orphan
	if o == nil {
		return nil
	}
	_, bad, _ := audit(o.file, o.size, o.sums)
	if err := r.mend(scanInput{o.file, o.size, bad}, mendTarget{number: r.newNumber()}); err != nil {
		return err
	}
	r.j.orphan = nil
	return o.file.Close()
}
