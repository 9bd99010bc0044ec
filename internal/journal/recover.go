package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
)

// Recovery tells what Recover found.
type Recovery struct {
	Marks    *marks.Table // all that the journal holds
	Segments int          // that there are now, with the active one
	Records  uint64       // in them
	TornTail int64        // bytes cut off the end of access.log
	// Missing counts the messages that nobody has retired and whose segment is
	// not there any more. Their marks are lowered, so that peers give them again.
	Missing uint64
	// Excused counts those of which the marks stay: a segment was renamed in the log
	// directory, no peer could give them, or nothing tells any more what was retired.
	Excused uint64
	// Ignored says of each file that cannot be used, and is left as it is, why not.
	Ignored []error
	// Damaged are the segments that were not what was written to them.
	Damaged []Damage
	// Salvaged counts the good lines that could be put in their place again,
	// and Waiting the runs whose lines wait in damaged/ for others.
	Salvaged uint64
	Waiting  int
	// NoDirSync is why directories cannot be synced on this file system, or nil. It is
	// told once, by the first recovery that finds it out.
	NoDirSync error
}

// Damage is a segment that was not what was written to it. Its good lines are
// still part of the journal, as far as none is missing before them.
type Damage struct {
	Path     string
	SetAside string // where the original is now, or ""
	Records  uint64 // that were kept
}

// Recover makes the journal what the disk says, and begins anew from there:
// when it is opened, and after any error. What others did to the directory is
// taken for what it is; lines that are not to be trusted leave the log, and the
// marks with them, so that they can be had again from peers. Marks may be lower
// than they were. After an error it may be tried again. Readers go on meanwhile,
// and afterwards from where they were.
func (j *Writer) Recover() (*Recovery, error) { return j.recover(nil) }

func (j *Writer) recover(cancel <-chan struct{}) (*Recovery, error) {
	r := &recovering{j: j, cancel: cancel, report: new(Recovery), suspect: j.takeSuspects()}
	r.last, r.waits = make(map[marks.Run]uint64), make(map[marks.Run]bool)
	for _, step := range []func() error{
		r.hold, r.letGo, r.promoteAll, r.look, r.survey, r.arrange, r.adopt, r.readActive, r.enact, r.salvage,
	} {
		if err := errors.Join(step(), r.cancelled()); err != nil {
			j.giveSuspects(r.suspect)
			return nil, errors.Join(err, r.abandon())
		}
	}
	r.report.NoDirSync = j.dirs.tell()
	return r.report, nil
}

// recovering is a recovery under way.
type recovering struct {
	j *Writer
	state
	cancel  <-chan struct{}
	report  *Recovery
	suspect map[string]bool // segments about which there is a doubt

	found      *listing
	stored     []byte // the text of the floors, as it is on disk
	highest    int    // number in use
	candidates []*candidate

	missing uint64     // messages of segments that are gone
	newest  int        // number of a sealed segment
	kept    []*segment // oldest first
	stale   []*segment // those of them whose index is to be stored

	claimed int         // number of the active segment by its claims; 0 if it has none
	file    disk.File   // the active segment
	active  *segment    // nil if there is none to go on with
	known   *sums       // the claims about it that are on disk
	began   time.Time   // when it got its first line
	times   []time.Time // of its lines
}

// cancelled returns ErrCancelled once the recovery is to be given up.
func (r *recovering) cancelled() error {
	select {
	case <-r.cancel:
		return ErrCancelled
	default:
		return nil
	}
}

// cancellable is a file that cannot be read any more once a recovery is to be given
// up. Whoever reads it must ask afterwards whether that was so, before anything is
// changed on the disk: else the file is taken for damaged.
type cancellable struct {
	disk.File
	r *recovering
}

// ReadAt implements io.ReaderAt.
func (c cancellable) ReadAt(b []byte, at int64) (int, error) {
	if err := c.r.cancelled(); err != nil {
		return 0, err
	}
	return c.File.ReadAt(b, at)
}

// abandon closes what a recovery has opened that has failed.
func (r *recovering) abandon() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// look looks into the directory. What is there is made to last, so that what
// follows can be built on it.
func (r *recovering) look() (err error) {
	if r.found, err = r.j.list(); err != nil {
		return err
	}
	if err := r.j.cfg.FS.SyncDir(r.j.cfg.Dir); err != nil {
		return fmt.Errorf("log directory: %w", err)
	}
	if err := r.loadFloors(); err != nil {
		return err
	}
	r.findClaims()
	r.ignoreTooHigh()
	return roomAbove(r.highest + len(r.found.segments))
}

// ignoreTooHigh notes the files that would be segments but for their numbers.
func (r *recovering) ignoreTooHigh() {
	for _, name := range r.found.others {
		if logname.TooHigh(name) {
			path := filepath.Join(r.j.cfg.Dir, name)
			r.report.Ignored = append(r.report.Ignored, fmt.Errorf("%s: the number of a segment is at most %d", path, logname.MaxNumber))
		}
	}
}

// roomAbove tells whether there are numbers left for the segments to come.
func roomAbove(number int) error {
	if number > logname.MaxNumber-2 {
		return fmt.Errorf("access log: there is a segment with number %d, and at most %d can be given: rename it to a lower one", number, logname.MaxNumber)
	}
	return nil
}

// loadFloors reads the marks that outlive their lines. Where their file is not
// to be had, nothing is known of what may be missing; in a journal without
// segments nothing can be.
func (r *recovering) loadFloors() error {
	in, err := readFile(r.j.cfg.FS, r.j.floorsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("access log: %w", err)
	}
	f, bad := parseFloors(in)
	switch {
	case bad == nil:
		r.floors, r.stored = *f, in
	case r.j.floors.known:
		r.floors = r.j.floors.clone()
	default:
		r.floors = floors{known: !r.found.active && len(r.found.segments) == 0}
	}
	r.loose = !r.floors.known
	r.highest = max(r.j.number, r.floors.last, r.found.highest())
	return nil
}

// findClaims finds the number of the active segment: that of the newest claims,
// if they are about it. An orphan's are not.
func (r *recovering) findClaims() {
	newest := slices.Max(append(r.found.claims, 0))
	if newest == r.highest && !slices.Contains(r.found.segments, newest) && r.j.orphan == nil {
		r.claimed = newest
	}
}

// readActive reads the segment that is written to. Bytes at its end that are no
// records, behind the last that is known to be synced, are what a crash leaves,
// and are cut off. Anything else is damage, and is mended. So is a file of which
// a sync has failed: the kernel may say that all is well and have dropped what
// was written, so what can be read is written again.
func (r *recovering) readActive() error {
	if !r.found.active {
		return nil
	}
	path := r.j.path(0)
	file, size, err := openSegment(r.j.cfg.FS, path, os.O_RDWR|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	r.file = file
	want := r.expected()
	got, bad, about := audit(cancellable{file, r}, size, want)
	if !about {
		want, r.known = new(sums), new(sums)
	}
	found, err := r.fresh().scan(piece{cancellable{file, r}, size, bad}, nil)
	if err := errors.Join(err, r.cancelled()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p := piece{file, size, bad}
	if len(bad) == 0 && !found.behind && found.good >= want.size && found.good < size && !foreign(p, found) {
		r.report.TornTail = size - found.good
		p.size = found.good
	}
	fits := r.worst(&found.holds) == inPlace
	if !fits || !found.clean(p.size) || size < want.size || len(bad) > 0 || r.j.doubts[path] {
		err := r.mend(p, mendable{path: path, number: r.unused(), cut: size < want.size})
		r.file = nil
		return errors.Join(err, file.Close())
	}
	return r.goOn(p, found, got)
}

// expected returns the sums that the active segment should have at least: those
// of what we wrote, if it is we who did, and else what is claimed.
func (r *recovering) expected() *sums {
	r.known = new(sums)
	if r.claimed > 0 {
		r.known = r.j.readClaims(r.claimed)
	}
	if wrote := r.j.wrote; wrote != nil && wrote.size > r.known.size {
		return wrote
	}
	return r.known
}

// goOn makes the active segment ready to be written to. It is synced: what was
// found will be said to be durable.
func (r *recovering) goOn(p piece, found *scanned, got sums) error {
	if p.size < got.size {
		var err error
		if got, err = r.cut(p.size); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
	}
	if err := r.file.Sync(); err != nil {
		r.j.doubts[r.j.path(0)] = true
		return fmt.Errorf("access log: %w", err)
	}
	r.take(&found.holds)
	r.active = &segment{path: r.j.path(0), size: p.size, holds: found.holds, sums: got}
	r.began, r.times = time.Unix(found.began, 0), found.times
	return nil
}

// cut takes a torn tail off, and returns the sums of what is left.
func (r *recovering) cut(size int64) (sums, error) {
	if err := r.file.Truncate(size); err != nil {
		return sums{}, err
	}
	got, bad, _ := audit(r.file, size, new(sums))
	if len(bad) > 0 {
		return sums{}, errUnreadable
	}
	return got, nil
}

// foreign tells whether a file without a record begins with a whole line: a crash
// leaves a part of a line of ours, or blocks of nothing, and not that.
func foreign(p piece, found *scanned) bool {
	head := make([]byte, min(p.size, 4<<10))
	if _, err := p.file.ReadAt(head, 0); err != nil && err != io.EOF || found.good > 0 {
		return false
	}
	line, _, whole := bytes.Cut(head, []byte("\n"))
	return whole && bytes.IndexByte(line, 0) < 0
}
