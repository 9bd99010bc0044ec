package journal

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/marks"
)

// floorsHeading begins the file of floors.
const floorsHeading = "zog floors 1"

// floors are the marks that outlive their lines (docs/architecture.md, Marks). The
// floor of a run is its last message that the journal need not hold: it was retired,
// or is in a declared hole. A run without a floor begins at 1.
type floors struct {
	known bool // the file was read, or the journal has no older segments
	last  int  // the highest number that a segment ever had
	of    map[marks.Run]uint64
}

// raise sets the floor of run to seq unless it is higher already. It reports whether
// it did.
func (f *floors) raise(run marks.Run, seq uint64) bool {
	if seq <= f.of[run] {
		return false
	}
	if f.of == nil {
		f.of = make(map[marks.Run]uint64)
	}
	f.of[run] = seq
	return true
}

// clone returns a deep copy.
func (f *floors) clone() floors {
	c := *f
	c.of = maps.Clone(f.of)
	return c
}

func appendFloors(dst []byte, f *floors) []byte {
	dst = fmt.Appendf(dst, "%s\nlast %d\n", floorsHeading, f.last)
	runs := slices.SortedFunc(maps.Keys(f.of), func(a, b marks.Run) int {
		return cmp.Or(cmp.Compare(a.Origin, b.Origin), cmp.Compare(a.Boot, b.Boot))
	})
	for _, run := range runs {
		dst = appendRun(append(dst, "floor "...), run)
		dst = fmt.Appendf(dst, " %d\n", f.of[run])
	}
	return appendChecksum(dst)
}

// parseFloors reads what appendFloors wrote. Any other input is errCorrupt.
func parseFloors(in []byte) (*floors, error) {
	lines, err := parseLines(in, floorsHeading)
	if err != nil {
		return nil, err
	}
	f := &floors{known: true}
	for _, line := range lines {
		words := bytes.Split(line, []byte(" "))
		switch kind := string(words[0]); {
		case kind == "last" && len(words) == 2:
			if f.last, err = strconv.Atoi(string(words[1])); err != nil {
				return nil, errCorrupt
			}
		case kind == "floor" && len(words) == 4:
			run, err := parseRun(words[1], words[2])
			if err != nil {
				return nil, err
			}
			seq, err := parseSeq(words[3])
			if err != nil || !f.raise(run, seq) {
				return nil, errCorrupt
			}
		}
	}
	if string(appendFloors(nil, f)) != string(in) {
		return nil, errCorrupt
	}
	return f, nil
}

// storeFloors makes floors durable and puts them into force. Only afterwards may the
// lines below them go.
func (j *Writer) storeFloors(f floors) error {
	f.known, f.last = true, max(f.last, j.nextNumber-1)
	err := disk.Replace(j.cfg.FS, j.floorsPath(), appendFloors(nil, &f))
	if err == nil {
		err = j.cfg.FS.SyncDir(j.cfg.Dir)
	}
	if err != nil {
		return fmt.Errorf("access log: %w", err)
	}
	j.floors = f
	return nil
}

// Declare records holes: of each run, no host has the messages up to Seq any more,
// and the log goes on with the one behind them. It is durable when Declare returns,
// so that a later start does not take the hole for a loss.
func (j *Writer) Declare(holes []marks.Mark) error {
	raised := j.floors.clone()
	var declared []marks.Mark
	for _, m := range holes {
		if j.written.Seq(m.Run) < m.Seq && raised.raise(m.Run, m.Seq) {
			declared = append(declared, marks.Mark{Run: m.Run, Seq: m.Seq, First: m.Seq + 1})
		}
	}
	if len(declared) == 0 {
		return nil
	}
	if err := j.storeFloors(raised); err != nil {
		return err
	}
	for _, m := range declared {
		j.written.Set(m)
	}
	return nil
}

// Forget drops the marks of runs of which no host has a line any more; otherwise the
// number of marks would grow for ever. A run that still has a line in a segment
// stays, as the next start would find it. Forget returns the runs that were dropped.
// It is durable when it returns.
func (j *Writer) Forget(runs []marks.Run) ([]marks.Run, error) {
	lowered, standing := j.floors.clone(), j.standing(runs)
	var gone []marks.Run
	for _, run := range runs {
		if lowered.of[run] > 0 && !standing[run] {
			delete(lowered.of, run)
			gone = append(gone, run)
		}
	}
	if len(gone) == 0 {
		return nil, nil
	}
	if err := j.storeFloors(lowered); err != nil {
		return nil, err
	}
	for _, run := range gone {
		j.written.Set(marks.Mark{Run: run})
	}
	return gone, nil
}

// standing returns those of the runs that have lines in some segment.
func (j *Writer) standing(runs []marks.Run) map[marks.Run]bool {
	asked, standing := make(map[marks.Run]bool, len(runs)), make(map[marks.Run]bool)
	for _, run := range runs {
		asked[run] = true
	}
	for _, s := range j.segments {
		for _, held := range s.holds.all {
			if asked[held.Run] {
				standing[held.Run] = true
			}
		}
	}
	return standing
}
