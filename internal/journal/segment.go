package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// activeName is the name of the segment that is written to.
const activeName = "access.log"

// segment is one file. Journal.mu guards what changes.
type segment struct {
	path   string
	number int       // 0 for the active one
	size   int64     // up to which it may be read: committed bytes only
	holds  ranges    // of the active one by mu, of others for good
	sums   sums      // of the active one for the writer only, of others for good
	sealed time.Time // when it was
}

// The small files beside a segment end in these.
const (
	indexSuffix  = ".index"
	claimsSuffix = ".sums"
	keptSuffix   = ".kept"
	freshSuffix  = ".new"
)

// path returns where a segment is; 0 is the active one.
func (j *Journal) path(number int) string {
	if number == 0 {
		return filepath.Join(j.cfg.Dir, activeName)
	}
	return filepath.Join(j.cfg.Dir, activeName+"."+strconv.Itoa(number))
}

// hidden returns where the small file of a segment is.
func (j *Journal) hidden(number int, suffix string) string {
	return filepath.Join(j.cfg.Dir, "."+filepath.Base(j.path(number))+suffix)
}

func (j *Journal) indexPath(number int) string  { return j.hidden(number, indexSuffix) }
func (j *Journal) claimsPath(number int) string { return j.hidden(number, claimsSuffix) }
func (j *Journal) floorsPath() string           { return j.hidden(0, ".floors") }

// listing is what is in the log directory.
type listing struct {
	active   bool
	segments []int // without the active one, in order
	indexes  []int
	claims   []int
	kept     []int
	fresh    []string // names of small files that were not finished
}

// list looks into the log directory. It makes it anew if somebody has taken it.
func (j *Journal) list() (*listing, error) {
	entries, err := j.cfg.FS.ReadDir(j.cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = makeDir(j.cfg.FS, j.cfg.Dir)
	}
	if err != nil {
		return nil, fmt.Errorf("log directory: %w", err)
	}
	l := new(listing)
	for _, e := range entries {
		if hidden, ok := strings.CutPrefix(e.Name(), "."); ok {
			l.noteHidden(hidden)
		} else if number, ok := segmentNumber(e.Name()); ok && number > 0 {
			l.segments = append(l.segments, number)
		} else if ok {
			l.active = true
		}
	}
	slices.Sort(l.segments)
	return l, nil
}

func (l *listing) noteHidden(name string) {
	suffix := filepath.Ext(name)
	base := strings.TrimSuffix(name, suffix)
	if suffix == freshSuffix && strings.HasPrefix(base, activeName) {
		l.fresh = append(l.fresh, "."+name)
		return
	}
	number, ok := segmentNumber(base)
	switch {
	case !ok:
	case suffix == indexSuffix:
		l.indexes = append(l.indexes, number)
	case suffix == claimsSuffix:
		l.claims = append(l.claims, number)
	case suffix == keptSuffix:
		l.kept = append(l.kept, number)
	}
}

// highest returns the highest number that is in use.
func (l *listing) highest() int {
	return slices.Max(slices.Concat([]int{0}, l.segments, l.indexes, l.claims, l.kept))
}

// segmentNumber tells whether a name is a segment's, and returns its number.
func segmentNumber(name string) (int, bool) {
	if name == activeName {
		return 0, true
	}
	suffix, ok := strings.CutPrefix(name, activeName+".")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(suffix)
	return n, err == nil && n > 0 && strconv.Itoa(n) == suffix
}
