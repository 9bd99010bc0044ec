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

// Mending makes a segment of the good lines of a damaged one. At any time one
// of the two is whole: the lines that may stand in the log are gathered in a
// file that is kept beside; those that have to wait for others in one in
// damaged/; when both are durable, the original leaves; and only then its place
// is taken. A crash before that leaves all as it was, and one after it leaves
// what is kept without a segment, which is how promoteAll knows it.

// mendable is a segment to be mended.
type mendable struct {
	path   string // "" for an orphan
	number int    // that what is kept gets
	cut    bool   // there is less of it than there was
}

func (j *Writer) damagedDir() string { return filepath.Join(j.cfg.Dir, "damaged") }

// kept returns where the lines are gathered: beside what is to leave.
func (r *recovering) keptPath(m mendable) string {
	if m.path == r.j.path(0) {
		return r.j.hidden(0, logname.Kept)
	}
	return r.j.hidden(m.number, logname.Kept)
}

// mend mends a segment, of which the piece is what can be read.
func (r *recovering) mend(p piece, m mendable) error {
	fsys, damage := r.j.cfg.FS, Damage{Path: m.path}
	if m.path == "" {
		damage.Path = r.j.path(0)
	}
	aside, err := r.aside(m)
	if err != nil {
		return err
	}
	w := &mending{fs: fsys, kept: output{path: r.keptPath(m)}, waiting: output{path: aside + restSuffix}}
	found, err := w.write(&r.state, p)
	if err == nil {
		err = errors.Join(fsys.SyncDir(r.j.damagedDir()), fsys.SyncDir(r.j.cfg.Dir))
	}
	if err != nil {
		return fmt.Errorf("mending %s: %w", damage.Path, errors.Join(err, w.discard()))
	}
	if m.path != "" && found.lost > 0 {
		damage.SetAside = aside
	}
	if err := r.replace(m, damage.SetAside, w); err != nil {
		return fmt.Errorf("mending %s: %w", damage.Path, err)
	}
	if damage.Records = found.holds.records(); found.lost > 0 || m.cut || m.path == "" {
		r.report.Damaged = append(r.report.Damaged, damage)
	}
	if damage.Records > 0 {
		r.newest = m.number
		r.add(&segment{path: r.j.path(m.number), number: m.number, size: w.sums.size,
			holds: found.holds, sums: w.sums, sealed: r.j.now()}, true)
	}
	return nil
}

// aside returns a name in damaged/ that is free.
func (r *recovering) aside(m mendable) (string, error) {
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

// replace puts what was kept of a segment into its place, and the original
// aside, if there is something in it that is nowhere else.
func (r *recovering) replace(m mendable, aside string, w *mending) (err error) {
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

// promote makes a segment of a file of kept lines. What was known of another
// with its number goes first: it must never be held against this one.
func (r *recovering) promote(kept string, number int, size int64) error {
	fsys := r.j.cfg.FS
	if err := remove(fsys, r.j.indexPath(number)); err != nil {
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

// promoteAll ends what a crash has interrupted: where the original has left,
// what was kept of it takes its place. Where it has not, it is mended again.
func (r *recovering) promoteAll() error {
	found, err := r.j.list()
	if err != nil {
		return err
	}
	for _, number := range found.kept {
		if err := r.endMending(number, found); err != nil {
			return fmt.Errorf("access log: %w", err)
		}
	}
	return nil
}

func (r *recovering) endMending(number int, found *listing) error {
	kept := r.j.hidden(number, logname.Kept)
	if number == 0 && found.active || slices.Contains(found.segments, number) {
		return r.j.cfg.FS.Remove(kept)
	}
	info, err := r.j.cfg.FS.Stat(kept)
	if err != nil {
		return err
	}
	if number == 0 {
		number = max(r.j.number, found.highest()) + 1
	}
	return r.promote(kept, number, info.Size())
}

// remove removes a file that may be gone already.
func remove(fsys disk.FS, path string) error {
	if err := fsys.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// mending writes the two files that come of a damaged segment.
type mending struct {
	fs      disk.FS
	kept    output
	waiting output
	sums    sums // of what is kept
}

// write scans a piece into both.
func (m *mending) write(s *state, p piece) (*scanned, error) {
	if err := m.kept.open(m.fs); err != nil {
		return nil, err
	}
	found, err := s.scan(p, m)
	return found, errors.Join(err, m.kept.close(), m.waiting.close())
}

// keep implements sorter.
func (m *mending) keep(line []byte) error {
	m.sums.add(line)
	return m.kept.add(m.fs, line)
}

// rest implements sorter.
func (m *mending) rest(line []byte) error { return m.waiting.add(m.fs, line) }

// discard removes what was written.
func (m *mending) discard() error {
	return errors.Join(remove(m.fs, m.kept.path), remove(m.fs, m.waiting.path))
}

// output is a file that is created when there is something for it.
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

// close writes what has gathered, and syncs the file.
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
