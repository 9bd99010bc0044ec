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
	// restSuffix is of the files in damaged/ with good lines that wait for others.
	restSuffix = ".rest"
	// uselessSuffix is of those with good lines that came too late.
	uselessSuffix = ".useless"
)

// rests are the good lines that cannot stand in the log yet: lines before them
// were damaged, and have to come from a peer first. They may be all that there
// is of messages that no peer has, so they are kept until they are in the log.
type rests struct {
	paths  []string
	unread bool
	next   map[marks.Run]uint64 // the first line that waits, of each run
}

// due tells whether a line has what it was waiting for.
func (w *rests) due(written *marks.Table) bool {
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

// loadRests finds the lines that wait, and says which files cannot be read for them.
func (j *Writer) loadRests() (ignored []error, err error) {
	j.waiting = rests{unread: true}
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

// salvage appends the good lines of damaged segments that have what they were
// waiting for, and returns the marks that have moved. Nothing may be offered
// and not yet appended. Mostly there is nothing to do, and that is soon seen.
func (j *Writer) salvage() (moved []marks.Mark, err error) {
	for err == nil && j.waiting.due(&j.written) {
		before := len(moved)
		paths := j.waiting.paths
		j.waiting = rests{next: make(map[marks.Run]uint64)}
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

// salvageFile appends what it can of one file, and removes it when all of it is
// in the log.
func (j *Writer) salvageFile(path string) ([]marks.Mark, error) {
	file, err := j.cfg.FS.OpenFile(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // somebody does not want them
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

// salvaging is a file of good lines on its way into the log.
type salvaging struct {
	journal *Writer
	out     []byte // lines that were offered
	moved   []marks.Mark
	waits   bool // some lines still wait
	useless bool // some are in a hole that was declared meanwhile, or were retired
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
	switch had, took := j.Offer(run, rec.Seq, 1); {
	case took > 0:
		s.out = append(s.out, line...)
	case had > 0:
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

// end notes that a file was read to its end. What is in the log goes, once it is
// durable there, whatever the policy. What will never be is left for people.
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
	return remove(j.cfg.FS, path)
}
