package journal

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/logname"
)

// segment is one file of the log. Journal.mu guards what changes.
type segment struct {
	path   string
	number int       // 0 for the active one
	size   int64     // committed bytes; no more may be read
	holds  ranges    // of a sealed one it does not change
	sums   sums      // likewise; of the active one only the writer uses it
	sealed time.Time // when it was

	waypoints waypoints // has a lock of its own

	// Only the writer uses these.
	modTime    time.Time // the modification time of the file, as of the last check
	sealedHere bool      // it was sealed by this process
}

// freshSuffix ends the name of a small file that is not finished.
const freshSuffix = disk.FreshSuffix

// path returns the path of a segment; number 0 is the active one.
func (j *Writer) path(number int) string {
	return filepath.Join(j.cfg.Dir, logname.Segment(number))
}

// hidden returns the path of a small file that belongs to a segment.
func (j *Writer) hidden(number int, suffix string) string {
	return filepath.Join(j.cfg.Dir, logname.Hidden(logname.Segment(number), suffix))
}

func (j *Writer) indexPath(number int) string  { return j.hidden(number, logname.Index) }
func (j *Writer) claimsPath(number int) string { return j.hidden(number, logname.Claims) }
func (j *Writer) floorsPath() string           { return j.hidden(0, logname.Floors) }

// listing is the content of the log directory.
type listing struct {
	active   bool
	segments []int // without the active one, in order
	indexes  []int
	claims   []int
	kept     []int
	fresh    []string // names of small files that were not finished
	others   []string // names of files that are not ours
}

// list reads the log directory.
func (j *Writer) list() (*listing, error) {
	entries, err := j.cfg.FS.ReadDir(j.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("log directory: %w", err)
	}
	l := new(listing)
	for _, e := range entries {
		switch number, ok := logname.ParseSegment(e.Name()); {
		case !ok:
			l.noteOther(e)
		case number > 0:
			l.segments = append(l.segments, number)
		default:
			l.active = true
		}
	}
	slices.Sort(l.segments)
	return l, nil
}

// noteOther adds a file that is not a segment.
func (l *listing) noteOther(e fs.DirEntry) {
	name := e.Name()
	number, suffix, ok := logname.ParseHidden(name)
	switch {
	case !strings.HasPrefix(name, "."):
		if e.Type().IsRegular() {
			l.others = append(l.others, name)
		}
	case strings.HasPrefix(name, "."+logname.Active) && strings.HasSuffix(name, freshSuffix):
		l.fresh = append(l.fresh, name)
	case !ok:
	case suffix == logname.Index:
		l.indexes = append(l.indexes, number)
	case suffix == logname.Claims:
		l.claims = append(l.claims, number)
	case suffix == logname.Kept:
		l.kept = append(l.kept, number)
	}
}

// highest returns the highest number that is in use.
func (l *listing) highest() int {
	return slices.Max(slices.Concat([]int{0}, l.segments, l.indexes, l.claims, l.kept))
}
