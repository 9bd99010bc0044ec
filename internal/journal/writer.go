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
	// Now is the clock by which segments have an age. Uptime is for how long the process
	// has been running, whatever becomes of the clock; nil is by the runtime.
	Now func() time.Time
	Uptime func() time.Duration
	// Sync says whether Append forces what it wrote to the disk. Lazy says that a
	// segment that is sealed for its size or age is not synced either: what the kernel
	// has not written by itself may be lost with the machine, and will then be found
	// missing. One that others have renamed is synced all the same.
	Sync, Lazy bool
	// SegmentBytes is the size from which on a segment is sealed, SegmentAge
	// the age; 0 is no age.
	SegmentBytes int64
	SegmentAge   time.Duration
	// Alone says that there is no other host that could give again what is missing.
	Alone bool
	// RetainBytes is the size that all segments may have, RetainAge the age up
	// to which a sealed one is kept; 0 is for ever.
	RetainBytes int64
	RetainAge   time.Duration
	// Cancel ends Open early once it is closed, with ErrCancelled. What is on the disk
	// is then as after a crash at that moment. nil is never. Whatever else the journal
	// does is not affected.
	Cancel <-chan struct{}
}

// ErrCancelled says that Open was ended early.
var ErrCancelled = errors.New("cancelled")

// Writer is the writing face of an open access log. One goroutine at a time has it.
type Writer struct {
	*Journal
	cfg  Config
	dirs *forgiving // cfg.FS
	lock disk.Lock  // of the log directory; nil if it must recover first
	// locked is the file of lock. Invariant: it is there as long as lock is.
	locked fs.FileInfo

	// Of the writer alone.
	file    disk.File       // the active segment; nil if it must recover first
	current *segment        // what is known of it
	number  int             // that it will have when it is sealed
	claims  claims          // what of it is synced, on disk
	dirty   bool            // written to since the last sync
	begun   time.Time       // when it got its first line
	doubts  map[string]bool // files of which a sync has failed: they may not be what was written
	wrote   *sums           // of the active segment when it was let go, until it is in use again
	orphan  *orphan         // what others have removed, until it is in the journal again
	touched ranges          // runs offered since the last append
	clock   clock           // whether ours can be believed
	looked  int             // how many sealed segments were looked at in this round
	floors  floors          // as they are on disk
	written marks.Table     // all that the journal holds, and what was offered since
	waiting rests           // good lines that wait for others before them
}

// Open locks the directory, makes it if need be, and recovers what is there.
// The error names the path; it wraps disk.ErrLocked when another process has
// the directory.
func Open(cfg Config) (*Writer, *Recovery, error) {
	fsys := &forgiving{FS: cfg.FS}
	cfg.FS = fsys
	if cfg.Uptime == nil {
		begun := time.Now()
		cfg.Uptime = func() time.Duration { return time.Since(begun) }
	}
	j := &Writer{
		Journal: &Journal{fs: fsys, suspects: make(map[string]bool)},
		cfg:     cfg, dirs: fsys, doubts: make(map[string]bool),
	}
	recovery, err := j.recover(cfg.Cancel)
	if err != nil {
		return nil, nil, errors.Join(err, j.Close())
	}
	return j, recovery, nil
}

// Close syncs the active segment, closes the journal and gives the directory free. What
// of a Lazy journal was sealed before is left to the kernel, as it was.
func (j *Writer) Close() error {
	var err error
	if j.dirty && !j.doubts[j.path(0)] {
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

// Offer judges n messages of run, from seq first on, before they are appended, and
// marks as written those that are next: the writer is the last to see to it that
// no message stands twice in the log and none is missing (invariants I3 and I5).
// The lines of the took behind the first had are to be appended, and no others.
func (j *Writer) Offer(run marks.Run, first uint64, n int) (had, took int) {
	had, took = j.written.Offer(run, first, n)
	if took > 0 {
		first += uint64(had)
		j.touched.extend(span{Run: run, first: first, last: first + uint64(took) - 1})
	}
	return had, took
}

// Append writes lines, whole ones, all of them offered before, at the end of
// the log, and makes them durable, by the policy, and readable. position is the
// one behind them. It returns the marks that have moved. After an error the
// journal must recover: nothing of the lines counts, whether they are on the
// disk or not.
func (j *Writer) Append(lines []byte, position uint64) ([]marks.Mark, error) {
	if j.file == nil {
		return nil, errNotOpen
	}
	if j.current.size >= j.cfg.SegmentBytes {
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

// write appends to the active segment, and sees whether it is still the file
// that it was: before, as behind the half of a line that others have left the first
// of these would become a part of it, and afterwards, as nothing must count that
// others have cut off.
func (j *Writer) write(lines []byte) error {
	s := j.current
	if err := j.ours(); err != nil {
		return err
	}
	if err := j.check(s.size); err != nil {
		return err
	}
	if s.size == 0 {
		j.begun = j.now()
	}
	j.dirty = true
	if _, err := j.file.Write(lines); err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	if err := j.check(s.size + int64(len(lines))); err != nil {
		return err
	}
	s.sums.add(lines)
	return nil
}

// commit makes what was written part of the journal.
func (j *Writer) commit(bytes int64, position uint64) []marks.Mark {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.current
	s.size += bytes
	moved := make([]marks.Mark, 0, len(j.touched.all))
	for _, t := range j.touched.all {
		s.holds.extend(t)
		moved = append(moved, marks.Mark{Run: t.Run, Seq: t.last, First: j.written.First(t.Run)})
	}
	j.touched.reset()
	j.raiseLogged(position)
	return moved
}

// now returns the time by our clock, without the runtime's: only what Uptime says is
// immune to steps.
func (j *Writer) now() time.Time { return j.cfg.Now().Round(0) }

// ObserveClock takes the time that a peer, by its name, has stamped a message with.
func (j *Writer) ObserveClock(peer string, stamp time.Time) { j.clock.hear(peer, stamp, j.cfg.Uptime()) }

// Sync forces what was written to the disk, whatever the policy. Once it has
// failed, nothing that was written since the last one is trusted, whatever the
// next one says: the kernel may have dropped it.
func (j *Writer) Sync() error {
	switch {
	case j.file == nil:
		return errNotOpen
	case j.doubts[j.path(0)]:
		return errDoubt
	case !j.dirty:
		return nil
	}
	if err := j.file.Sync(); err != nil {
		j.doubts[j.path(0)] = true
		return fmt.Errorf("access log: %w", err)
	}
	j.dirty = false
	j.claims.renew(&j.current.sums)
	return nil
}

// Marks returns all that the journal holds.
func (j *Writer) Marks() *marks.Table { return j.written.Clone() }
