package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// restSuffix is of the files in damaged/ with good lines that wait for others.
const restSuffix = ".rest"

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

// loadRests finds the lines that wait.
func (j *Journal) loadRests() error {
	j.waiting = rests{unread: true}
	entries, err := j.cfg.FS.ReadDir(j.damagedDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("log directory: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), restSuffix) {
			j.waiting.paths = append(j.waiting.paths, filepath.Join(j.damagedDir(), e.Name()))
		}
	}
	return nil
}

// Salvage appends the good lines of damaged segments that have what they were
// waiting for, and returns the marks that have moved. Nothing may be offered
// and not yet appended. Mostly there is nothing to do, and that is soon seen.
func (j *Journal) Salvage() (moved []marks.Mark, err error) {
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
func (j *Journal) salvageFile(path string) (moved []marks.Mark, err error) {
	file, err := j.cfg.FS.OpenFile(path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // somebody does not want them
	}
	if err != nil {
		return nil, fmt.Errorf("salvaging: %w", err)
	}
	defer file.Close()
	lines := lineReader{file: file, limit: 1<<63 - 1, buf: make([]byte, readSize)}
	var parser record.Parser
	var out []byte
	waits := false
	for {
		line, ok, err := lines.next()
		if err != nil {
			return moved, fmt.Errorf("salvaging %s: %w", path, err)
		}
		if !ok || len(out) >= readSize {
			more, err := j.appendSalvaged(out)
			moved, out = append(moved, more...), out[:0]
			if err != nil || !ok {
				return moved, errors.Join(err, j.salvaged(path, waits))
			}
		}
		rec, bad := parser.Parse(line)
		if bad != nil {
			continue
		}
		run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
		switch j.Offer(run, rec.Seq) {
		case marks.Next:
			out = append(out, line...)
		case marks.Gap:
			waits = true
			if next, ok := j.waiting.next[run]; !ok || rec.Seq < next {
				j.waiting.next[run] = rec.Seq
			}
		}
	}
}

func (j *Journal) appendSalvaged(lines []byte) ([]marks.Mark, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	return j.Append(lines, j.Logged())
}

// salvaged notes that a file was read to its end.
func (j *Journal) salvaged(path string, waits bool) error {
	if waits {
		j.waiting.paths = append(j.waiting.paths, path)
		return nil
	}
	err := j.Sync()
	if err == nil {
		err = remove(j.cfg.FS, path)
	}
	if err != nil {
		return fmt.Errorf("salvaging: %w", err)
	}
	return nil
}
