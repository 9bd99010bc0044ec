package journal_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// keeper keeps a journal as the access log's actor does, and knows what has to
// be in it.
type keeper struct {
	t rapid.TB
	*journal.Journal
	cfg      journal.Config
	fs       *faults
	recovery *journal.Recovery
	records  []record.Record // that are committed
	held     marks.Table     // what they make
	position uint64
}

// segmentBytes is the size of three lines of LA, almost.
const segmentBytes = 100

// open opens the journal in dir, which syncs. In the end nothing may be open.
func open(t *testing.T, dir string) *keeper {
	t.Helper()
	k := newKeeper(t, dir)
	k.reopen()
	t.Cleanup(k.end)
	return k
}

func newKeeper(t rapid.TB, dir string) *keeper {
	fs := newFaults()
	return &keeper{t: t, fs: fs, cfg: journal.Config{FS: fs, Dir: dir, SegmentBytes: segmentBytes, Sync: true}}
}

// reopen is a new process.
func (k *keeper) reopen() {
	k.t.Helper()
	k.end()
	j, recovery, err := journal.Open(k.cfg)
	if err != nil {
		k.t.Fatal(err)
	}
	k.Journal, k.recovery, k.position, k.held = j, recovery, 0, *recovery.Marks.Clone()
}

func (k *keeper) end() {
	k.t.Helper()
	if k.Journal == nil {
		return
	}
	if err := k.Journal.Close(); err != nil {
		k.t.Error(err)
	}
	k.Journal = nil
	if open, atRisk := k.fs.state(); open != 0 || atRisk != 0 {
		k.t.Errorf("after the end %d files are open, %d not synced", open, atRisk)
	}
}

// next makes the next message of an origin, of the length of its number.
func (k *keeper) next(origin string) record.Record {
	seq := k.held.Seq(marks.Run{Origin: origin, Boot: 7}) + 1
	return record.Record{Origin: origin, Boot: 7, Seq: seq, Time: 1000, Text: fmt.Appendf(nil, "no %d\r\n", seq)}
}

// line returns the one way to write a record.
func line(r record.Record) string { return string(new(record.Formatter).Append(nil, &r)) }

// write offers and appends a record.
func (k *keeper) write(r record.Record) error {
	run := marks.Run{Origin: r.Origin, Boot: r.Boot}
	if verdict := k.Offer(run, r.Seq); verdict != marks.Next {
		k.t.Fatalf("%v %d is no news: %v", run, r.Seq, verdict)
	}
	k.position++
	return k.Append([]byte(line(r)), k.position)
}

// log writes and commits the next message of an origin.
func (k *keeper) log(origin string) error {
	r := k.next(origin)
	if err := k.write(r); err != nil {
		return err
	}
	if err := k.Commit(); err != nil {
		return err
	}
	k.records = append(k.records, r)
	k.held.Raise(marks.Run{Origin: r.Origin, Boot: r.Boot}, r.Seq)
	return nil
}

// mustLog logs n messages of LA.
func (k *keeper) mustLog(n int) {
	k.t.Helper()
	for range n {
		if err := k.log("LA"); err != nil {
			k.t.Fatal(err)
		}
	}
}

func (k *keeper) rollBack() {
	k.t.Helper()
	if err := k.Rollback(&k.held); err != nil {
		k.t.Fatal(err)
	}
	k.position = k.Logged()
}

// read returns what a Reader gives up to the end, as lines.
func read(r *journal.Reader) (lines string, err error) {
	for {
		items, err := r.Next()
		switch {
		case errors.Is(err, io.EOF) && len(items) == 0:
			return lines, nil
		case err != nil:
			return lines, err
		case len(items) == 0:
			return lines, errors.New("neither items nor an end")
		}
		for _, item := range items {
			lines += line(item.Record)
		}
	}
}

// check fails unless a new Reader finds exactly what peer lacks.
func (k *keeper) check(peer *marks.Table) {
	k.t.Helper()
	want := ""
	for _, r := range k.records {
		if r.Seq > peer.Seq(marks.Run{Origin: r.Origin, Boot: r.Boot}) {
			want += line(r)
		}
	}
	r := k.Reader(peer)
	got, err := read(r)
	if err := errors.Join(err, r.Close()); err != nil {
		k.t.Fatal(err)
	}
	if got != want {
		k.t.Fatalf("the journal holds\n%swant\n%s", got, want)
	}
	if r.End() != k.Logged() {
		k.t.Fatalf("read up to %d, and up to %d is logged", r.End(), k.Logged())
	}
}

// checkAll fails unless the journal holds exactly what was committed.
func (k *keeper) checkAll() {
	k.t.Helper()
	k.check(new(marks.Table))
}

func (k *keeper) path(name string) string { return filepath.Join(k.cfg.Dir, name) }

// names returns the names of all segments.
func (k *keeper) names() (names []string) {
	k.t.Helper()
	entries, err := os.ReadDir(k.cfg.Dir)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "access.log") {
			names = append(names, e.Name())
		}
	}
	return names
}

// put makes a directory with one file in it.
func put(t testing.TB, name string, content []byte) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// holds fails unless a file has this content.
func holds(t testing.TB, path string, want []byte) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s holds %q, want %q; %v", filepath.Base(path), got, want, err)
	}
}
