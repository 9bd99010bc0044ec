package inspect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
)

// ErrNoLog says that a directory has no log in it.
var ErrNoLog = errors.New("no access.log here; each host has its log in a directory of its own")

// maxDamage is how many damaged places are listed one by one (I6).
const maxDamage = 1000

// Dir is a log directory. Only Progress is safe for concurrent use.
type Dir struct {
	name, path string
	read       atomic.Int64

	position readPosition
	parser   record.Parser
	runs     logRuns
	torn     int64 // bytes at the end of access.log that are no whole line
	damage   []verify.Damage
	notes    []string
}

// Open opens a directory for reading. name stands for it in reports. The error wraps
// ErrNoLog if the directory has no segment.
func Open(name, path string) (*Dir, error) {
	numbers, err := segments(path)
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(filepath.Join(path, logname.Active))
	if errors.Is(err, fs.ErrNotExist) && len(numbers) == 0 {
		return nil, fmt.Errorf("%s: %w", path, ErrNoLog)
	}
	return &Dir{name: name, path: path}, nil
}

// Name returns the name given to Open.
func (d *Dir) Name() string { return d.name }

// Held reads the log, or what was appended since the last call, and returns all
// ranges of messages that are in it. A run whose older lines were retired, or are
// known to be lost, begins behind those.
func (d *Dir) Held(ctx context.Context) ([]marks.Mark, error) {
	first := d.position.file == nil && d.position.sealed == 0
	if err := d.readOn(ctx); err != nil {
		return nil, err
	}
	if first && d.torn > 0 {
		if err := d.readTornLine(ctx); err != nil {
			return nil, err
		}
	}
	// The host raises the floors before it removes lines. They are read after the
	// lines, so that lines which were removed meanwhile are below them.
	floors, err := journal.Floors(disk.OS{}, d.path)
	if err != nil {
		d.addNote(fmt.Sprintf("does not say which lines were retired, so they count as lacking: .access.log.floors: %v", err))
	}
	return d.runs.aboveFloors(floors), nil
}

// tornPause is how long a host gets to write the rest of a line.
const tornPause = 100 * time.Millisecond

// readTornLine reads an incomplete last line again after a pause: one that is being
// written grows, one that was torn off does not.
func (d *Dir) readTornLine(ctx context.Context) error {
	before := d.position.offset + d.torn
	select {
	case <-time.After(tornPause):
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := d.readOn(ctx); err != nil {
		return err
	}
	switch {
	case d.torn == 0:
	case d.position.offset+d.torn == before:
		d.addDamage(logname.Active, d.position.offset, d.torn, "a line that is not whole; the host cuts it off when it starts")
	default:
		d.addNote("is being written to; its last line is not whole yet")
	}
	return nil
}

// addNote adds something that is no fault, once.
func (d *Dir) addNote(note string) {
	if !slices.Contains(d.notes, note) {
		d.notes = append(d.notes, note)
	}
}

// readOn reads the lines behind the position.
func (d *Dir) readOn(ctx context.Context) error {
	var err error
	d.position, err = walk(d.path, d.position, func(name string, sealed bool, file io.ReaderAt, offset int64) (int64, error) {
		end, torn, err := lines(file, offset, func(line []byte, at int64) error {
			d.read.Add(int64(len(line)))
			d.addLine(name, line, at)
			return ctx.Err()
		})
		if d.torn = torn; sealed && torn > 0 {
			d.addDamage(name, end, torn, "a line that is not whole")
			d.torn = 0
		}
		if sealed && err == nil {
			d.compare(name, file, end)
		}
		return end, err
	})
	return err
}

// compare compares a sealed segment with the checksums that its host has stored. So a
// line that was changed is found even if it still is a valid line.
func (d *Dir) compare(name string, file io.ReaderAt, size int64) {
	for _, b := range journal.BadBlocks(disk.OS{}, d.path, name, file, size) {
		d.addDamage(name, b.Offset, b.Bytes, "not what was written: its checksum is wrong")
	}
}

// addLine adds a line: its message, or damage.
func (d *Dir) addLine(name string, line []byte, at int64) {
	rec, err := d.parser.Parse(line)
	if err != nil {
		d.addDamage(name, at, int64(len(line)), err.Error())
		return
	}
	d.runs.add(&rec)
}

// addDamage adds bytes that are no record, joined with damage right before them.
func (d *Dir) addDamage(name string, at, bytes int64, reason string) {
	if n := len(d.damage); n > 0 {
		if last := &d.damage[n-1]; last.File == name && last.Offset+last.Bytes == at || n == maxDamage {
			last.Bytes += bytes
			return
		}
	}
	d.damage = append(d.damage, verify.Damage{File: name, Offset: at, Bytes: bytes, Reason: reason})
}

// Digests returns a digest of each of the ranges, which must be disjoint, as the
// lines are now. It reads the whole log again.
func (d *Dir) Digests(ctx context.Context, ranges []marks.Mark) ([]verify.Digest, error) {
	digester, parser := verify.NewDigester(ranges), record.Parser{}
	_, err := walk(d.path, readPosition{}, func(_ string, _ bool, file io.ReaderAt, offset int64) (int64, error) {
		end, _, err := lines(file, offset, func(line []byte, _ int64) error {
			d.read.Add(int64(len(line)))
			if rec, err := parser.Parse(line); err == nil {
				digester.Add(&rec)
			}
			if digester.Done() {
				return errDone
			}
			return ctx.Err()
		})
		return end, err
	})
	if errors.Is(err, errDone) {
		err = nil
	}
	return digester.Digests(), err
}

// errDone ends the reading early: all digests are complete.
var errDone = errors.New("done")

// Damage returns the places that are no records.
func (d *Dir) Damage() []verify.Damage { return d.damage }

// Notes returns remarks about what is no fault.
func (d *Dir) Notes() []string { return d.notes }

// Findings returns what is wrong with the order of the messages. host is the index of
// the directory in a report.
func (d *Dir) Findings(host int) []verify.Finding {
	return append(verify.NewFindings(verify.Twice, host, d.runs.ranges(twice)), verify.NewFindings(verify.Late, host, d.runs.ranges(late))...)
}

// Progress returns how many bytes were read so far. It is safe for concurrent use.
func (d *Dir) Progress() int64 { return d.read.Load() }

// Size returns the size of all segments in bytes.
func (d *Dir) Size() (size int64, err error) {
	numbers, err := segments(d.path)
	if err != nil {
		return 0, err
	}
	names := []string{logname.Active}
	for _, n := range numbers {
		names = append(names, logname.Segment(n))
	}
	for _, name := range names {
		info, err := os.Stat(filepath.Join(d.path, name))
		if err == nil {
			size += info.Size()
		}
	}
	return size, nil
}
