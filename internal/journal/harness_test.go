package journal_test

import (
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

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/test/crashdisk"
)

// harness runs a journal as the access log's actor does, on a disk in memory,
// and compares what the journal says with what is on the disk.
type harness struct {
	t rapid.TB
	*journal.Writer
	disk     *crashdisk.Disk
	cfg      journal.Config
	now      time.Time
	stepped  time.Duration // by how much the clock was set, all in all
	recovery *journal.Recovery
	position uint64
	atRisk   string // lines that may be lost, as somebody has deleted them
}

// segmentBytes is the size of three lines of LA, almost.
const segmentBytes = 100

// newHarness returns a harness whose journal is not open.
func newHarness(t rapid.TB) *harness {
	k := &harness{t: t, disk: crashdisk.New("log"), now: epoch.Add(1000 * time.Second)}
	k.cfg = journal.Config{FS: k.disk, Dir: "log", SegmentBytes: segmentBytes, Sync: true}
	k.keepTime()
	return k
}

// epoch is the beginning of time, by clocks that are right.
var epoch = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

// keepTime gives the journal the clock of the harness.
func (k *harness) keepTime() {
	k.cfg.Now = func() time.Time { return k.now }
	k.cfg.Uptime = func() time.Duration { return k.now.Add(-k.stepped).Sub(epoch) }
}

// step sets the clock.
func (k *harness) step(by time.Duration) {
	k.now, k.stepped = k.now.Add(by), k.stepped+by
}

// open returns a harness with an empty journal.
func open(t rapid.TB) *harness {
	t.Helper()
	k := newHarness(t)
	k.reopen()
	return k
}

// reopen is a new process.
func (k *harness) reopen() *journal.Recovery {
	k.t.Helper()
	k.end()
	k.begin()
	return k.recovery
}

func (k *harness) begin() {
	k.t.Helper()
	j, recovery, err := journal.Open(k.cfg)
	if err != nil {
		k.t.Fatal(err)
	}
	k.Writer, k.recovery, k.position = j, recovery, 0
}

func (k *harness) end() {
	k.t.Helper()
	if k.Writer == nil {
		return
	}
	if err := k.Writer.Close(); err != nil {
		k.t.Fatal(err)
	}
	k.Writer = nil
}

// after is the machine after a crash.
func (k *harness) after(loss crashdisk.Loss) *harness {
	next := newHarness(k.t)
	next.disk, next.now, next.stepped, next.atRisk = k.disk.Crash(loss), k.now, k.stepped, k.atRisk
	next.cfg = k.cfg
	next.cfg.FS = next.disk
	next.keepTime()
	return next
}

// la is the run that most tests log.
var la = marks.Run{Origin: "LA", Boot: 7}

// message makes message seq of a run, of which the text is known.
func message(run marks.Run, seq uint64) record.Record {
	return record.Record{Origin: run.Origin, Boot: run.Boot, Seq: seq, Time: epoch.Unix(), Text: fmt.Appendf(nil, "no %d\r\n", seq)}
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
func (k *harness) log(run marks.Run, n int) error {
	var out []byte
	for range n {
		seq := k.Marks().Seq(run) + 1
		if had, took := k.Offer(run, seq, 1); took != 1 {
			k.t.Fatalf("%v %d is no news: %d, %d", run, seq, had, took)
		}
		out = append(out, line(run, seq)...)
	}
	k.position += uint64(n)
	_, err := k.Append(out, k.position)
	return errors.Join(err, k.dead())
}

// dead returns an error if the machine has crashed, noticed or not.
func (k *harness) dead() error {
	select {
	case <-k.disk.Dead():
		return crashdisk.ErrCrashed
	default:
		return nil
	}
}

// mustLog logs n messages of LA, one by one.
func (k *harness) mustLog(n int) {
	k.t.Helper()
	for range n {
		k.must(k.log(la, 1))
	}
}

func (k *harness) must(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// recover lets the journal recover, which must succeed.
func (k *harness) recover() *journal.Recovery {
	k.t.Helper()
	recovery, err := k.Recover()
	k.must(err)
	k.recovery = recovery
	return recovery
}

func (k *harness) tend() journal.Maintenance {
	k.t.Helper()
	done, err := k.Maintain()
	k.must(err)
	return done
}

// scrub reads all sealed segments, and lets the journal recover if there is
// damage. It returns how often there was.
func (k *harness) scrub() (found int) {
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

func (k *harness) path(name string) string { return filepath.Join(k.cfg.Dir, name) }

// names returns what is in the log directory: the segments in their order, and
// what else has a suffix.
func (k *harness) names(suffix string) (names []string) {
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

// numbered is the name of a sealed segment.
func numbered(n int) string { return "access.log." + strconv.Itoa(n) }

// content returns what is in a file.
func (k *harness) content(name string) string {
	k.t.Helper()
	b, err := k.disk.Contents(k.path(name))
	k.must(err)
	return string(b)
}

// onDisk returns all segments, in the order of their numbers, as people read
// them.
func (k *harness) onDisk() (all string) {
	k.t.Helper()
	for _, name := range k.names("") {
		all += k.content(name)
	}
	return all
}

// damaged returns the names of files in damaged/.
func (k *harness) damaged() (names []string) {
	entries, _ := k.disk.ReadDir(k.path("damaged")) // it may not be there
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// move renames a file of the log directory, as others do.
func (k *harness) move(from, to string) {
	k.t.Helper()
	k.must(k.disk.Rename(k.path(from), k.path(to)))
}

// remove removes a file of the log directory, as others do.
func (k *harness) remove(name string) {
	k.t.Helper()
	k.must(k.disk.Delete(k.path(name)))
}

// put puts a file into the log directory, as others do.
func (k *harness) put(name, content string) {
	k.t.Helper()
	k.must(k.disk.Put(k.path(name), []byte(content)))
}

// flip flips a bit of the first occurrence of a text in a file.
func (k *harness) flip(name, text string) {
	k.t.Helper()
	at := strings.Index(k.content(name), text)
	if at < 0 {
		k.t.Fatalf("%s has no %q", name, text)
	}
	k.must(k.disk.Flip(k.path(name), int64(at), 1))
}
