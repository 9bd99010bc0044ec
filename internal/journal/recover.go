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

// Recovery is what Recover has found.
type Recovery struct {
	Marks    *marks.Vector // of all that the journal holds
	Segments int           // the active one included
	Records  uint64        // in them
	TornTail int64         // bytes cut off the end of access.log
	// Missing counts the messages whose segment is gone without having been retired.
	// Their marks are lowered, so that peers send them again.
	Missing uint64
	// Excused counts missing messages whose marks stay: their segment was renamed in
	// the log directory, or no peer can send them, or it is not known any more what
	// was retired.
	Excused uint64
	// Ignored has an error for each file that cannot be used and is left alone.
	Ignored []error
	// Damaged are the segments that were not what was written to them.
	Damaged []Damage
	// Salvaged counts good lines of damaged segments that were put back into the log,
	// and Waiting the runs whose lines wait in damaged/ for others.
	Salvaged uint64
	Waiting  int
	// NoDirSync is why directories cannot be synced on this file system, or nil. Only
	// the first recovery that finds out returns it.
	NoDirSync error
}

// Damage is a segment that was not what was written to it. Its good lines stay in the
// journal, unless lines before them are missing.
type Damage struct {
	Path     string
	SetAside string // where the original is now, or ""
	Records  uint64 // how many were kept
}

// Recover makes the journal what is on the disk, and goes on from there: at the
// start, and after any error. Lines that cannot be trusted leave the log, and their
// marks with them, so that peers send them again: marks may become lower. After an
// error it may be called again. Readers go on meanwhile, and afterwards from where
// they were.
func (j *Writer) Recover() (*Recovery, error) { return j.recover(nil) }

func (j *Writer) recover(cancel <-chan struct{}) (*Recovery, error) {
	r := &recovering{j: j, cancel: cancel, report: new(Recovery), suspects: j.takeSuspects()}
	r.last, r.waits = make(map[marks.Run]uint64), make(map[marks.Run]bool)
	for _, step := range []func() error{
		r.lockDir, r.releaseActive, r.promoteAll, r.listDir, r.findSegments, r.arrange, r.saveOrphan, r.readActive, r.apply, r.salvage,
	} {
		if err := errors.Join(step(), r.cancelled()); err != nil {
			j.returnSuspects(r.suspects)
			return nil, errors.Join(err, r.abandon())
		}
	}
	r.report.NoDirSync = j.dirs.takeErr()
	return r.report, nil
}

// recovering is a recovery in progress.
type recovering struct {
	j *Writer
	logState
	cancel   <-chan struct{}
	report   *Recovery
	suspects map[string]bool // paths of segments that must be read

	found      *listing
	stored     []byte // the text of the floors, as it is on disk
	highest    int    // highest number in use
	candidates []*candidate

	missing    uint64     // messages of segments that are gone
	lastNumber int        // of the newest of segments
	segments   []*segment // oldest first
	stale      []*segment // those of them whose index is to be stored

	claimedNumber int         // number of the active segment by its claims; 0 if it has none
	file          disk.File   // the active segment
	active        *segment    // nil if there is none to go on with
	claimedSums   *sums       // the claims about it that are on disk
	firstLineAt   time.Time   // when it got its first line
	times         []time.Time // of its lines
}

// cancelled returns ErrCancelled once Config.Cancel is closed.
func (r *recovering) cancelled() error {
	select {
	case <-r.cancel:
		return ErrCancelled
	default:
		return nil
	}
}

// cancellable is a file that cannot be read any more once the recovery is cancelled.
// Whoever reads it must check for that before anything is changed on the disk:
// otherwise the file would count as damaged.
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

// abandon closes what a failed recovery has opened.
func (r *recovering) abandon() error {
	if r.file == nil {
		return nil
	}
	return r.file.Close()
}

// listDir lists the directory, and makes it durable, so that the steps that follow
// can rely on it.
func (r *recovering) listDir() (err error) {
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

// ignoreTooHigh reports files with the name of a segment whose number is too high.
func (r *recovering) ignoreTooHigh() {
	for _, name := range r.found.others {
		if logname.TooHigh(name) {
			path := filepath.Join(r.j.cfg.Dir, name)
			r.report.Ignored = append(r.report.Ignored, fmt.Errorf("%s: the number of a segment is at most %d", path, logname.MaxNumber))
		}
	}
}

// roomAbove returns an error if there are no numbers left for segments to come.
func roomAbove(number int) error {
	if number > logname.MaxNumber-2 {
		return fmt.Errorf("access log: there is a segment with number %d, and at most %d can be given: rename it to a lower one", number, logname.MaxNumber)
	}
	return nil
}

// loadFloors reads the floors. Without their file it is not known which lines may be
// missing, unless the journal has no segments at all.
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
	r.anyFirst = !r.floors.known
	r.highest = max(r.j.nextNumber, r.floors.last, r.found.highest())
	return nil
}

// findClaims finds the number of the active segment: that of the newest claims, if
// they are about it and not about an orphan.
func (r *recovering) findClaims() {
	newest := slices.Max(append(r.found.claims, 0))
	if newest == r.highest && !slices.Contains(r.found.segments, newest) && r.j.orphan == nil {
		r.claimedNumber = newest
	}
}

// readActive reads the active segment. Bytes at its end that are no records, and are
// behind the last sync, are what a crash leaves: they are cut off. Anything else is
// damage, and is mended. So is a file whose sync has failed: the kernel may have
// dropped what was written and report success later, so all that can be read is
// written again.
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
	want := r.expectedSums()
	got, bad, about := audit(cancellable{file, r}, size, want)
	if !about {
		want, r.claimedSums = new(sums), new(sums)
	}
	found, err := r.forOneFile().scan(scanInput{cancellable{file, r}, size, bad}, nil)
	if err := errors.Join(err, r.cancelled()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	p := scanInput{file, size, bad}
	if len(bad) == 0 && !found.recordsBehind && found.goodPrefix >= want.size && found.goodPrefix < size && !isForeign(p, found) {
		r.report.TornTail = size - found.goodPrefix
		p.size = found.goodPrefix
	}
	fits := r.worstPlacement(&found.holds) == inPlace
	if !fits || !found.clean(p.size) || size < want.size || len(bad) > 0 || r.j.syncFailed[path] {
		err := r.mend(p, mendTarget{path: path, number: r.newNumber(), cut: size < want.size})
		r.file = nil
		return errors.Join(err, file.Close())
	}
	return r.resume(p, found, got)
}

// expectedSums returns the sums that the active segment should have at least: of what
// this process wrote, or else of what the claims cover.
func (r *recovering) expectedSums() *sums {
	r.claimedSums = new(sums)
	if r.claimedNumber > 0 {
		r.claimedSums = r.j.readClaims(r.claimedNumber)
	}
	if wrote := r.j.writtenSums; wrote != nil && wrote.size > r.claimedSums.size {
		return wrote
	}
	return r.claimedSums
}

// resume makes the active segment ready for appends. It is synced, since its lines
// will be reported as durable.
func (r *recovering) resume(p scanInput, found *scanResult, got sums) error {
	if p.size < got.size {
		var err error
		if got, err = r.cutTail(p.size); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
	}
	if err := r.file.Sync(); err != nil {
		r.j.syncFailed[r.j.path(0)] = true
		return fmt.Errorf("access log: %w", err)
	}
	r.accept(&found.holds)
	r.active = &segment{path: r.j.path(0), size: p.size, holds: found.holds, sums: got}
	r.firstLineAt, r.times = time.Unix(found.began, 0), found.times
	return nil
}

// cutTail cuts a torn tail off, and returns the sums of the rest.
func (r *recovering) cutTail(size int64) (sums, error) {
	if err := r.file.Truncate(size); err != nil {
		return sums{}, err
	}
	got, bad, _ := audit(r.file, size, new(sums))
	if len(bad) > 0 {
		return sums{}, errUnreadable
	}
	return got, nil
}

// isForeign tells whether a file without any record begins with a whole line. A crash
// leaves part of one of our lines, or blocks of zeros; this is somebody else's text.
func isForeign(p scanInput, found *scanResult) bool {
	head := make([]byte, min(p.size, 4<<10))
	if _, err := p.file.ReadAt(head, 0); err != nil && err != io.EOF || found.goodPrefix > 0 {
		return false
	}
	line, _, whole := bytes.Cut(head, []byte("\n"))
	return whole && bytes.IndexByte(line, 0) < 0
}
