package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

const (
	// restSuffix ends the name of a file in damaged/ with good lines that wait for others.
	restSuffix = ".rest"
	// uselessSuffix ends the name of one whose lines can never be in the log.
	uselessSuffix = ".useless"
)

// waitingLines are good lines of damaged segments that cannot be in the log yet:
// lines before them were damaged, and have to come from a peer first. No peer may
// have these messages, so they are kept until they are in the log.
type waitingLines struct {
	paths  []string
	unread bool                 // next is not known yet
	next   map[marks.Run]uint64 // the first line that waits, of each run
}

// ready tells whether a line can be put into the log by now.
func (w *waitingLines) ready(written *marks.Vector) bool {
	if w.unread {
		return true
	}
	for run, seq := range w.next {
		if written.Seq(run)+1 >= seq {
			return true
		}
	}
	return false
}

// loadRests finds the files of waiting lines. ignored has an error for each that
// cannot be used.
func (j *Writer) loadRests() (ignored []error, err error) {
	j.waiting = waitingLines{unread: true}
	entries, err := j.cfg.FS.ReadDir(j.damagedDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("log directory: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), restSuffix) {
			continue
		}
		path := filepath.Join(j.damagedDir(), e.Name())
		if err := disk.NotRegular(path, e.Type()); err != nil {
			ignored = append(ignored, err)
			continue
		}
		j.waiting.paths = append(j.waiting.paths, path)
	}
	return ignored, nil
}

// salvage appends the waiting lines that the log has caught up with, and returns the
// marks that have changed. Nothing may be offered and not appended yet. Usually there
// is nothing to do, and that costs little.
func (j *Writer) salvage() (moved []marks.Mark, err error) {
	for err == nil && j.waiting.ready(&j.written) {
		before := len(moved)
		paths := j.waiting.paths
		j.waiting = waitingLines{next: make(map[marks.Run]uint64)}
		for _, path := range paths {
			var more []marks.Mark
			more, err = j.salvageFile(path)
			moved = append(moved, more...)
			if err != nil {
				break
			}
		}
		if len(moved) == before {
			break
		}
	}
	return moved, err
}

// salvageFile appends what it can of one file. It removes the file when all its lines
// are in the log.
func (j *Writer) salvageFile(path string) ([]marks.Mark, error) {
	file, err := j.cfg.FS.OpenFile(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // somebody has removed it
	}
	if err != nil {
		return nil, fmt.Errorf("salvaging: %w", err)
	}
	s := &salvaging{journal: j}
	err = s.read(file)
	if err = errors.Join(err, file.Close()); err == nil {
		err = s.end(path)
	}
	if err != nil {
		return s.moved, fmt.Errorf("salvaging %s: %w", path, err)
	}
	return s.moved, nil
}

// salvaging is the reading of one file of waiting lines into the log.
type salvaging struct {
	journal *Writer
	out     []byte // lines that were offered
	moved   []marks.Mark
	waits   bool // some lines must wait further
	useless bool // some are in a hole that was declared meanwhile, or are retired
}

func (s *salvaging) read(file io.ReaderAt) error {
	lines := lineReader{file: file, limit: 1<<63 - 1, buf: make([]byte, readSize)}
	var parser record.Parser
	for {
		line, ok, err := lines.next()
		if err != nil {
			return err
		}
		if !ok {
			return s.append()
		}
		if rec, bad := parser.Parse(line); bad == nil {
			s.offer(&rec, line)
		}
		if len(s.out) >= readSize {
			if err := s.append(); err != nil {
				return err
			}
		}
	}
}

func (s *salvaging) offer(rec *record.Record, line []byte) {
	j, run := s.journal, marks.Run{Origin: rec.Origin, Boot: rec.Boot}
	switch duplicates, next := j.Offer(run, rec.Seq, 1); {
	case next > 0:
		s.out = append(s.out, line...)
	case duplicates > 0:
		s.useless = s.useless || rec.Seq < j.written.First(run)
	default:
		s.waits = true
		if next, ok := j.waiting.next[run]; !ok || rec.Seq < next {
			j.waiting.next[run] = rec.Seq
		}
	}
}

func (s *salvaging) append() error {
	if len(s.out) == 0 {
		return nil
	}
	more, err := s.journal.Append(s.out, s.journal.Logged())
	s.moved, s.out = append(s.moved, more...), s.out[:0]
	return err
}

// end removes a file whose lines are all in the log, once they are durable there,
// whatever the policy. A file with lines that can never be in the log is left for
// people.
func (s *salvaging) end(path string) error {
	j := s.journal
	if s.waits {
		j.waiting.paths = append(j.waiting.paths, path)
		return nil
	}
	if err := j.Sync(); err != nil {
		return err
	}
	if s.useless {
		return j.cfg.FS.Rename(path, strings.TrimSuffix(path, restSuffix)+uselessSuffix)
	}
	return removeIfThere(j.cfg.FS, path)
}
