package journal_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/crashdisk"
	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// keeper keeps a journal as the access log's actor does, on a disk in memory,
// and compares what the journal says with what is on the disk.
type keeper struct {
	t rapid.TB
	*journal.Journal
	disk     *crashdisk.Disk
	cfg      journal.Config
	now      time.Time
	recovery *journal.Recovery
	position uint64
	atRisk   string // lines that may be lost, as somebody has deleted them
}

// segmentBytes is the size of three lines of LA, almost.
const segmentBytes = 100

// newKeeper makes a keeper that has not opened its journal.
func newKeeper(t rapid.TB) *keeper {
	k := &keeper{t: t, disk: crashdisk.New("log"), now: time.Unix(1_000_000, 0)}
	k.cfg = journal.Config{FS: k.disk, Dir: "log", Now: func() time.Time { return k.now }, SegmentBytes: segmentBytes, Sync: true}
	return k
}

// open makes a keeper with an empty journal.
func open(t rapid.TB) *keeper {
	t.Helper()
	k := newKeeper(t)
	k.reopen()
	return k
}

// reopen is a new process.
func (k *keeper) reopen() *journal.Recovery {
	k.t.Helper()
	k.end()
	k.begin()
	return k.recovery
}

func (k *keeper) begin() {
	k.t.Helper()
	j, recovery, err := journal.Open(k.cfg)
	if err != nil {
		k.t.Fatal(err)
	}
	k.Journal, k.recovery, k.position = j, recovery, 0
}

func (k *keeper) end() {
	k.t.Helper()
	if k.Journal == nil {
		return
	}
	if err := k.Journal.Close(); err != nil {
		k.t.Fatal(err)
	}
	k.Journal = nil
}

// after is the machine after a crash.
func (k *keeper) after(loss crashdisk.Loss) *keeper {
	next := newKeeper(k.t)
	next.disk, next.now, next.atRisk = k.disk.Crash(loss), k.now, k.atRisk
	next.cfg = k.cfg
	next.cfg.FS, next.cfg.Now = next.disk, func() time.Time { return next.now }
	return next
}

// la is the run that most tests log.
var la = marks.Run{Origin: "LA", Boot: 7}

// message makes message seq of a run, of which the text is known.
func message(run marks.Run, seq uint64) record.Record {
	return record.Record{Origin: run.Origin, Boot: run.Boot, Seq: seq, Time: 1000, Text: fmt.Appendf(nil, "no %d\r\n", seq)}
}

// line returns the one way to write a message.
func line(run marks.Run, seq uint64) string {
	r := message(run, seq)
	return string(new(record.Formatter).Append(nil, &r))
}

// lines returns messages from first to last of LA.
func lines(first, last uint64) (all string) {
	for seq := first; seq <= last; seq++ {
		all += line(la, seq)
	}
	return all
}

// log appends the next n messages of a run at once.
func (k *keeper) log(run marks.Run, n int) error {
	var out []byte
	for range n {
		seq := k.Marks().Seq(run) + 1
		if verdict := k.Offer(run, seq); verdict != marks.Next {
			k.t.Fatalf("%v %d is no news: %v", run, seq, verdict)
		}
		out = append(out, line(run, seq)...)
	}
	k.position += uint64(n)
	_, err := k.Append(out, k.position)
	return errors.Join(err, k.dead())
}

// dead returns an error if the machine has crashed, noticed or not.
func (k *keeper) dead() error {
	select {
	case <-k.disk.Dead():
		return crashdisk.ErrCrashed
	default:
		return nil
	}
}

// mustLog logs n messages of LA, one by one.
func (k *keeper) mustLog(n int) {
	k.t.Helper()
	for range n {
		k.must(k.log(la, 1))
	}
}

func (k *keeper) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// recover lets the journal recover, which must succeed.
func (k *keeper) recover() *journal.Recovery {
	k.t.Helper()
	recovery, err := k.Recover()
	k.must(err)
	k.recovery = recovery
	return recovery
}

func (k *keeper) tend() journal.Tended {
	k.t.Helper()
	done, err := k.Tend()
	k.must(err)
	return done
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
			lines += string(new(record.Formatter).Append(nil, &item.Record))
		}
	}
}

// readAll returns what a new Reader gives.
func (k *keeper) readAll() string {
	k.t.Helper()
	r := k.Reader(new(marks.Table))
	got, err := read(r)
	k.must(errors.Join(err, r.Close()))
	return got
}

// scrub reads all sealed segments, and lets the journal recover if there is
// damage. It returns how often there was.
func (k *keeper) scrub() (found int) {
	k.t.Helper()
	s := k.Scrubber()
	for {
		err := s.Next()
		if errors.Is(err, io.EOF) {
			k.must(s.Close())
			break
		}
		if err != nil && !errors.Is(err, journal.ErrDamaged) {
			k.t.Fatal(err)
		}
		if err != nil {
			found++
		}
	}
	if found > 0 != k.Suspected() {
		k.t.Fatalf("damage was found %d times, and something is suspected: %t", found, k.Suspected())
	}
	if found > 0 {
		k.recover()
	}
	return found
}

func (k *keeper) path(name string) string { return filepath.Join(k.cfg.Dir, name) }

// names returns what is in the log directory: the segments in their order, and
// what else has a suffix.
func (k *keeper) names(suffix string) (names []string) {
	k.t.Helper()
	entries, err := k.disk.ReadDir(k.cfg.Dir)
	if errors.Is(err, syscall.EIO) {
		entries, err = k.disk.ReadDir(k.cfg.Dir) // a fault that was for the journal
	}
	k.must(err)
	for _, e := range entries {
		segment := e.Name() == "access.log" || strings.HasPrefix(e.Name(), "access.log.") && age(e.Name()) < 1<<60
		if suffix == "" && segment || suffix != "" && strings.HasSuffix(e.Name(), suffix) {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(age(a), age(b)) })
	return names
}

// age is the place of a segment among the others, by its name.
func age(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "access.log."))
	if err != nil {
		return 1 << 60
	}
	return n
}

// content returns what is in a file.
func (k *keeper) content(name string) string {
	k.t.Helper()
	b, err := k.disk.Contents(k.path(name))
	k.must(err)
	return string(b)
}

// onDisk returns all segments, in the order of their numbers, as people read
// them.
func (k *keeper) onDisk() (all string) {
	k.t.Helper()
	for _, name := range k.names("") {
		all += k.content(name)
	}
	return all
}

// damaged returns the names of files in damaged/.
func (k *keeper) damaged() (names []string) {
	entries, _ := k.disk.ReadDir(k.path("damaged")) // it may not be there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// move renames a file of the log directory, as others do.
func (k *keeper) move(from, to string) {
	k.t.Helper()
	k.must(k.disk.Rename(k.path(from), k.path(to)))
}

// remove removes a file of the log directory, as others do.
func (k *keeper) remove(name string) {
	k.t.Helper()
	k.must(k.disk.Delete(k.path(name)))
}

// put puts a file into the log directory, as others do.
func (k *keeper) put(name, content string) {
	k.t.Helper()
	k.must(k.disk.Put(k.path(name), []byte(content)))
}

// flip flips a bit of the first occurrence of a text in a file.
func (k *keeper) flip(name, text string) {
	k.t.Helper()
	at := strings.Index(k.content(name), text)
	if at < 0 {
		k.t.Fatalf("%s has no %q", name, text)
	}
	k.must(k.disk.Flip(k.path(name), int64(at), 1))
}

// sound fails unless the journal is orderly and has no line that was never
// logged.
func (k *keeper) sound() {
	k.t.Helper()
	for l := range strings.Lines(k.orderly()) {
		if run, seq := identity(l); l != line(run, seq) {
			k.t.Fatalf("%q was never logged", l)
		}
	}
}

// orderly fails unless the journal is what it says: every line on the disk is a
// record, each run is in order, once, and without a hole from its First to its
// Seq; and a Reader gives just these lines, which it returns.
func (k *keeper) orderly() string {
	k.t.Helper()
	all := k.onDisk()
	last := make(map[marks.Run]uint64)
	for l := range bytes.Lines([]byte(all)) {
		rec, err := new(record.Parser).Parse(l)
		if err != nil {
			k.t.Fatalf("%q is no record: %v", l, err)
		}
		run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
		have, first := last[run], k.Marks().First(run)
		if rec.Seq <= have || rec.Seq > have+1 && rec.Seq > first {
			k.t.Fatalf("%v %d stands behind %d, and is held from %d on; the log is\n%s", run, rec.Seq, have, first, all)
		}
		last[run] = rec.Seq
	}
	for _, m := range k.Marks().Marks() {
		if m.Seq != max(last[m.Run], m.First-1) {
			k.t.Fatalf("mark %+v, and the last on the disk is %d", m, last[m.Run])
		}
		delete(last, m.Run)
	}
	if len(last) > 0 {
		k.t.Fatalf("there are no marks for %v", last)
	}
	if got := k.readAll(); got != all {
		k.t.Fatalf("a Reader gives\n%sand on the disk is\n%s", got, all)
	}
	return all
}

// holds fails unless the journal is sound and holds just these lines.
func (k *keeper) holds(want string) {
	k.t.Helper()
	k.sound()
	if got := k.onDisk(); got != want {
		k.t.Fatalf("the log is\n%swant\n%s", got, want)
	}
}

// mark fails unless the mark of a run is this one.
func (k *keeper) mark(run marks.Run, seq, first uint64) {
	k.t.Helper()
	if m := k.Marks(); m.Seq(run) != seq || m.First(run) != first {
		k.t.Fatalf("%v is marked %d from %d, want %d from %d", run, m.Seq(run), m.First(run), seq, first)
	}
}

// segments fails unless these are the names of the segments.
func (k *keeper) segments(want ...string) {
	k.t.Helper()
	if got := k.names(""); !slices.Equal(got, want) {
		k.t.Fatalf("segments %q, want %q", got, want)
	}
}

// undamaged fails if the last recovery has found anything wrong.
func (k *keeper) undamaged() {
	k.t.Helper()
	if r := k.recovery; len(r.Damaged) > 0 || r.Missing > 0 || r.TornTail > 0 || r.Waiting > 0 || len(k.damaged()) > 0 {
		k.t.Fatalf("%+v, in damaged %q", r, k.damaged())
	}
}

func itoa(n int) string { return strconv.Itoa(n) }

// identity returns which message a line is.
func identity(l string) (marks.Run, uint64) {
	r, err := new(record.Parser).Parse([]byte(l))
	if err != nil {
		panic(err)
	}
	return marks.Run{Origin: r.Origin, Boot: r.Boot}, r.Seq
}
