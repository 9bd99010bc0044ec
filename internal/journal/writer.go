package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// Config says where a journal is and how it is kept.
type Config struct {
	FS  disk.FS
	Dir string
	// Now is the clock by which segments have an age. Uptime is for how long the
	// process has been running; no step of the clock changes it. nil is by the
	// runtime's clock.
	Now    func() time.Time
	Uptime func() time.Duration
	// Sync says that Append syncs what it wrote. Lazy says that a segment that is
	// sealed for its size or age is not synced either: what the kernel has not
	// written by itself may be lost with the machine, and will be found missing. A
	// segment that others have renamed is synced all the same.
	Sync, Lazy bool
	// SegmentBytes is the size from which on a segment is sealed, SegmentAge the age;
	// age 0 is no limit.
	SegmentBytes int64
	SegmentAge   time.Duration
	// Alone says that no other host could send again what is missing.
	Alone bool
	// RetainBytes is the size that all segments together may have, RetainAge the age
	// from which on a sealed one is retired; 0 is no limit.
	RetainBytes int64
	RetainAge   time.Duration
	// Cancel, once closed, ends Open early with ErrCancelled. The disk is then as
	// after a crash at that moment. nil is never. Nothing else is affected.
	Cancel <-chan struct{}
}

// ErrCancelled says that Open was ended early.
var ErrCancelled = errors.New("cancelled")

// Writer is the writing face of an open access log, and has the reading one too. It
// belongs to one goroutine at a time. After an error of any method but Close it must
// Recover.
type Writer struct {
	*Journal
	cfg  Config
	dirs *tolerantFS // the same as cfg.FS
	lock disk.Lock   // of the log directory; nil if it must recover first
	// locked describes the file of lock. Invariant: it is set as long as lock is.
	locked fs.FileInfo

	file        disk.File       // the active segment; nil if it must recover first
	active      *segment        // what is known of it
	nextNumber  int             // the number of the active segment, once it is sealed
	claims      claims          // its checksums as of the last sync, on disk
	dirty       bool            // written to since the last sync
	firstLineAt time.Time       // the time of its first append
	syncFailed  map[string]bool // paths of files whose sync has failed: they need not be what was written
	writtenSums *sums           // of the active segment, from its release to its next use
	orphan      *orphan         // nil if there is none
	offered     ranges          // since the last append
	clock       clock           // decides whether our clock is trusted
	checked     int             // how many sealed segments were checked in this round
	floors      floors          // as they are on disk
	written     marks.Vector    // marks of all that the journal holds or was offered
	waiting     waitingLines    // that are not in the log yet
}

// Open creates the directory if need be, locks it, and recovers what is there. The
// error names the path; it wraps disk.ErrLocked when another process has the
// directory, and ErrCancelled when Config.Cancel was closed.
func Open(cfg Config) (*Writer, *Recovery, error) {
	fsys := &tolerantFS{FS: cfg.FS}
	cfg.FS = fsys
	if cfg.Uptime == nil {
		begun := time.Now()
		cfg.Uptime = func() time.Duration { return time.Since(begun) }
	}
	j := &Writer{
		Journal: &Journal{fs: fsys, suspects: make(map[string]bool)},
		cfg:     cfg, dirs: fsys, syncFailed: make(map[string]bool),
	}
	recovery, err := j.recover(cfg.Cancel)
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, recovery, nil
}

// Close syncs the active segment, closes the journal and releases the directory.
// Segments that a Lazy journal has sealed are left to the kernel.
func (j *Writer) Close() error {
	var err error
	if j.dirty && !j.syncFailed[j.path(0)] {
		err = j.Sync()
	}
	if j.orphan != nil {
		err = errors.Join(err, j.orphan.file.Close())
	}
	return errors.Join(err, j.release(), j.unlock())
}

// release closes the files of the active segment.
func (j *Writer) release() error {
	var err error
	if j.file != nil {
		err = j.file.Close()
	}
	j.file, j.dirty = nil, false
	return errors.Join(err, j.claims.close())
}

// Offer announces n messages of run, from seq first on, before their lines are
// appended. The first of them may be duplicates; of the others, those that are next
// count as written from now on, and their lines must be appended. All that is behind
// a gap is ignored. So the writer itself ensures that no message is in the log twice,
// and none is missing before another (I3, I5).
func (j *Writer) Offer(run marks.Run, first uint64, n int) (duplicates, next int) {
	duplicates, next = j.written.Take(run, first, n)
	if next > 0 {
		first += uint64(duplicates)
		j.offered.extend(seqRange{Run: run, first: first, last: first + uint64(next) - 1})
	}
	return duplicates, next
}

// Append writes whole lines, all of them offered before, at the end of the log, makes
// them durable (if Config.Sync is set) and readable. position is the one behind the
// last of them. It returns the marks that have changed, and keeps nothing of lines.
// After an error none of the lines count, whether they are on the disk or not.
func (j *Writer) Append(lines []byte, position uint64) ([]marks.Mark, error) {
	if j.file == nil {
		return nil, errNotOpen
	}
	if j.active.size >= j.cfg.SegmentBytes {
		if err := j.rotate(); err != nil {
			return nil, err
		}
	}
	if err := j.write(lines); err != nil {
		return nil, err
	}
	if j.cfg.Sync {
		if err := j.Sync(); err != nil {
			return nil, err
		}
	}
	return j.commit(int64(len(lines)), position), nil
}

// write appends to the active segment, and checks before and afterwards that it is
// the file that it was. Before: if others have left half a line at its end, the first
// of our lines would become the rest of it. Afterwards: what others have cut off must
// not count.
func (j *Writer) write(lines []byte) error {
	s := j.active
	if err := j.checkDir(); err != nil {
		return err
	}
	if err := j.checkActive(s.size); err != nil {
		return err
	}
	if s.size == 0 {
		j.firstLineAt = j.now()
	}
	j.dirty = true
	if _, err := j.file.Write(lines); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if err := j.checkActive(s.size + int64(len(lines))); err != nil {
		return err
	}
	s.sums.add(lines)
	return nil
}

// commit makes what was written readable.
func (j *Writer) commit(bytes int64, position uint64) []marks.Mark {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.active
	s.size += bytes
	moved := make([]marks.Mark, 0, len(j.offered.all))
	for _, t := range j.offered.all {
		s.holds.extend(t)
		moved = append(moved, marks.Mark{Run: t.Run, Seq: t.last, First: j.written.First(t.Run)})
	}
	j.offered.reset()
	j.raiseLogged(position)
	return moved
}

// now returns the wall time without the monotonic reading, so that steps of the clock
// show; Uptime has none.
func (j *Writer) now() time.Time { return j.cfg.Now().Round(0) }

// ObserveClock takes the time with which a peer, named by peer, has stamped a
// message.
func (j *Writer) ObserveClock(peer string, stamp time.Time) {
	j.clock.observe(peer, stamp, j.cfg.Uptime())
}

// Sync syncs what was written, also without Config.Sync. Once it has failed, nothing
// written since the last success is trusted, even if the next sync succeeds: the
// kernel may have dropped it.
func (j *Writer) Sync() error {
	switch {
	case j.file == nil:
		return errNotOpen
	case j.syncFailed[j.path(0)]:
		return errSyncFailed
	case !j.dirty:
		return nil
	}
	if err := j.file.Sync(); err != nil {
		j.syncFailed[j.path(0)] = true
		return fmt.Errorf("access log: %w", err)
	}
	j.dirty = false
	j.claims.renew(&j.active.sums)
	return nil
}

// Marks returns the marks of all that the journal holds. The caller owns them.
func (j *Writer) Marks() *marks.Vector { return j.written.Clone() }
