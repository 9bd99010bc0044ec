package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
)

// To mend a segment is to replace it by one that has only its good lines. At any time
// either the original or the replacement is complete. The lines that may stand in the
// log are written to a file beside it; good lines that must wait for others, to a
// file in damaged/. When both are durable, the original is moved away, and only then
// the first file gets its name. A crash before that leaves everything as it was; a
// crash after it leaves a .kept file without an original, by which promoteAll
// recognises the case.

// mendTarget is a segment to be mended.
type mendTarget struct {
	path   string // of the original; "" for an orphan
	number int    // of the replacement
	cut    bool   // it is shorter than what was written
}

func (j *Writer) damagedDir() string { return filepath.Join(j.cfg.Dir, "damaged") }

// keptPath returns where the replacement is written.
func (r *recovering) keptPath(m mendTarget) string {
	if m.path == r.j.path(0) {
		return r.j.hidden(0, logname.Kept)
	}
	return r.j.hidden(m.number, logname.Kept)
}

// mend mends a segment; in is what can be read of it.
func (r *recovering) mend(p scanInput, m mendTarget) error {
	fsys, damage := r.j.cfg.FS, Damage{Path: m.path}
	if m.path == "" {
		damage.Path = r.j.path(0)
	}
	aside, err := r.freeAsideName(m)
	if err != nil {
		return err
	}
	w := &mending{fs: fsys, kept: output{path: r.keptPath(m)}, waiting: output{path: aside + restSuffix}}
	found, err := w.write(&r.logState, p)
	if err == nil {
		err = errors.Join(fsys.SyncDir(r.j.damagedDir()), fsys.SyncDir(r.j.cfg.Dir))
	}
	if err != nil {
		return fmt.Errorf("mending %s: %w", damage.Path, errors.Join(err, w.discard()))
	}
	if m.path != "" && found.badBytes > 0 {
		damage.SetAside = aside
	}
	if err := r.replace(m, damage.SetAside, w); err != nil {
		return fmt.Errorf("mending %s: %w", damage.Path, err)
	}
	if damage.Records = found.holds.records(); found.badBytes > 0 || m.cut || m.path == "" {
		r.report.Damaged = append(r.report.Damaged, damage)
	}
	if damage.Records > 0 {
		r.lastNumber = m.number
		r.appendSegment(&segment{path: r.j.path(m.number), number: m.number, size: w.sums.size,
			holds: found.holds, sums: w.sums, sealed: r.j.now()}, true)
	}
	return nil
}

// freeAsideName returns a path in damaged/ that is not in use, to set an original
// aside.
func (r *recovering) freeAsideName(m mendTarget) (string, error) {
	dir := r.j.damagedDir()
	if err := makeDir(r.j.cfg.FS, dir); err != nil {
		return "", fmt.Errorf("access log: %w", err)
	}
	entries, err := r.j.cfg.FS.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("access log: %w", err)
	}
	stem := logname.Segment(m.number) + "-" + r.j.cfg.Now().UTC().Format("20060102T150405Z")
	name := stem
	taken := func(e fs.DirEntry) bool {
		return slices.Contains([]string{name, name + restSuffix, name + uselessSuffix}, e.Name())
	}
	for n := 2; slices.ContainsFunc(entries, taken); n++ {
		name = stem + "-" + strconv.Itoa(n)
	}
	return filepath.Join(dir, name), nil
}

// replace puts the replacement into the place of the original. The original is set
// aside if it has bytes that are nowhere else, and removed otherwise.
func (r *recovering) replace(m mendTarget, aside string, w *mending) (err error) {
	fsys := r.j.cfg.FS
	switch {
	case m.path == "":
	case aside == "":
		err = fsys.Remove(m.path)
	default:
		err = fsys.Rename(m.path, aside)
	}
	if err == nil {
		err = r.promote(w.kept.path, m.number, w.sums.size)
	}
	return errors.Join(err, fsys.SyncDir(r.j.damagedDir()))
}

// promote makes a .kept file a segment. The index of another segment with that number
// is removed first: the new segment must never be compared with it.
func (r *recovering) promote(kept string, number int, size int64) error {
	fsys := r.j.cfg.FS
	if err := removeIfThere(fsys, r.j.indexPath(number)); err != nil {
		return err
	}
	if size == 0 {
		if err := fsys.Remove(kept); err != nil {
			return err
		}
	} else if err := fsys.Rename(kept, r.j.path(number)); err != nil {
		return err
	}
	return fsys.SyncDir(r.j.cfg.Dir)
}

// promoteAll finishes what a crash has interrupted: if the original is gone, the
// .kept file takes its place. If not, the .kept file is removed, and the segment will
// be mended again.
func (r *recovering) promoteAll() error {
	found, err := r.j.list()
	if err != nil {
		return err
	}
	for _, number := range found.kept {
		if err := r.finishMending(number, found); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
	}
	return nil
}

func (r *recovering) finishMending(number int, found *listing) error {
	kept := r.j.hidden(number, logname.Kept)
	if number == 0 && found.active || slices.Contains(found.segments, number) {
		return r.j.cfg.FS.Remove(kept)
	}
	info, err := r.j.cfg.FS.Stat(kept)
	if err != nil {
		return err
	}
	if number == 0 {
		number = max(r.j.nextNumber, found.highest()) + 1
	}
	return r.promote(kept, number, info.Size())
}

// removeIfThere removes a file; that it does not exist is no error.
func removeIfThere(fsys disk.FS, path string) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// mending writes the two files that a damaged segment is split into.
type mending struct {
	fs      disk.FS
	kept    output
	waiting output
	sums    sums // of kept
}

// write scans a segment and writes both files.
func (m *mending) write(s *logState, p scanInput) (*scanResult, error) {
	if err := m.kept.open(m.fs); err != nil {
		return nil, err
	}
	found, err := s.scan(p, m)
	return found, errors.Join(err, m.kept.close(), m.waiting.close())
}

// keep implements recordSink.
func (m *mending) keep(line []byte) error {
	m.sums.add(line)
	return m.kept.add(m.fs, line)
}

// rest implements recordSink.
func (m *mending) rest(line []byte) error { return m.waiting.add(m.fs, line) }

// discard removes both files.
func (m *mending) discard() error {
	return errors.Join(removeIfThere(m.fs, m.kept.path), removeIfThere(m.fs, m.waiting.path))
}

// output is a file that is created with its first line.
type output struct {
	path string
	file disk.File
	buf  []byte
}

func (o *output) open(fsys disk.FS) (err error) {
	o.file, err = disk.Create(fsys, o.path, os.O_WRONLY)
	return err
}

func (o *output) add(fsys disk.FS, line []byte) error {
	if o.file == nil {
		if err := o.open(fsys); err != nil {
			return err
		}
	}
	if o.buf = append(o.buf, line...); len(o.buf) < readSize {
		return nil
	}
	return o.flush()
}

func (o *output) flush() error {
	_, err := o.file.Write(o.buf)
	o.buf = o.buf[:0]
	return err
}

// close writes what is in the buffer, and syncs the file.
func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	err := o.flush()
	if err == nil {
		err = o.file.Sync()
	}
	return errors.Join(err, o.file.Close())
}
