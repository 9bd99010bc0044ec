package supervisor_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/check"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/crashdisk"
	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/memnet"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/supervisor"
)

// memoryRing is a ring on a network in memory, with its logs in a temporary
// directory. It lives inside a synctest bubble.
type memoryRing struct {
	t      *testing.T
	net    *memnet.Network
	ring   *config.Ring
	log    *logrus.Logger
	said   lockedBuffer
	sync   time.Duration                 // how long a sync takes
	disk   disk.FS                       // in the place of the usual one
	disks  []*crashdisk.Disk             // one a host, in the place of all others
	lies   bool                          // the disks say that they sync, and do not
	boxes  map[int]actor.MailboxProducer // of hosts with faults
	hosts  []*supervisor.Host
	ids    []uint64
	conns  []net.Conn
	counts []*actors.Counts // of every host that was ever started
}

// slowDisk takes its time to sync, so that much is under way at any moment.
type slowDisk struct {
	disk.FS
	pause time.Duration
}

type slowFile struct {
	disk.File
	pause time.Duration
}

func (d slowDisk) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	return slowFile{f, d.pause}, nil
}

func (f slowFile) Sync() error {
	time.Sleep(f.pause)
	return f.File.Sync()
}

// lyingDisk syncs no file, and says that it does.
type lyingDisk struct{ disk.FS }

type lyingFile struct{ disk.File }

func (d lyingDisk) OpenFile(name string, flag int) (disk.File, error) {
	f, err := d.FS.OpenFile(name, flag)
	if err != nil {
		return nil, err
	}
	return lyingFile{f}, nil
}

func (lyingFile) Sync() error { return nil }

// lockedBuffer is a buffer for several writers.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newRing prepares a ring of n hosts whose ring file may still be changed.
func newRing(t *testing.T, n int) *memoryRing {
	t.Helper()
	r := &memoryRing{t: t, net: memnet.New(), ring: config.Loopback(n), log: logrus.New()}
	r.ring.Log.Dir = filepath.Join(t.TempDir(), "{name}")
	r.log.SetOutput(&r.said)
	r.log.SetLevel(logrus.DebugLevel)
	r.sync = 20 * time.Millisecond
	r.boxes = make(map[int]actor.MailboxProducer)
	r.hosts, r.ids, r.conns = make([]*supervisor.Host, n), make([]uint64, n), make([]net.Conn, n)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(r.said.String())
		}
	})
	t.Cleanup(r.stopAll)
	return r
}

func startRing(t *testing.T, n int) *memoryRing {
	t.Helper()
	r := newRing(t, n)
	r.startAll()
	return r
}

func (r *memoryRing) startAll() {
	for i := range r.hosts {
		r.start(i)
	}
}

// fs is the disk of a host.
func (r *memoryRing) fs(i int) disk.FS {
	switch {
	case r.disks != nil && r.lies:
		return lyingDisk{r.disks[i]}
	case r.disks != nil:
		return slowDisk{r.disks[i], r.sync}
	case r.disk != nil:
		return r.disk
	default:
		return slowDisk{disk.OS{}, r.sync}
	}
}

// logged counts the lines of the hosts' diagnostics that hold a text.
func (r *memoryRing) logged(text string) int { return strings.Count(r.said.String(), text) }

func (r *memoryRing) forwarded() uint64 {
	return r.sum(func(c *actors.Counts) uint64 { return c.Forwarded.Load() })
}

// requirePeace fails if hosts send messages in a minute without news.
func (r *memoryRing) requirePeace() {
	r.t.Helper()
	before := r.forwarded()
	time.Sleep(time.Minute)
	if sent := r.forwarded() - before; sent > 0 {
		r.t.Errorf("in a minute of peace %d messages were sent", sent)
	}
}

func (r *memoryRing) keepAlives() uint64 {
	return r.sum(func(c *actors.Counts) uint64 { return c.KeepAlives.Load() })
}

// sum adds up a count over all hosts, those that were stopped included.
func (r *memoryRing) sum(count func(*actors.Counts) uint64) uint64 {
	total := uint64(0)
	for _, c := range r.counts {
		total += count(c)
	}
	return total
}

func (r *memoryRing) start(i int) {
	r.t.Helper()
	h, err := supervisor.Start(supervisor.Options{
		Ring: r.ring, Self: i, Log: r.log,
		Seams: actors.Seams{Dial: r.net.Dial, Listen: r.net.Listen, FS: r.fs(i), Mailbox: r.boxes[i]},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	r.hosts[i] = h
	r.counts = append(r.counts, h.Counts())
}

func (r *memoryRing) stop(i int) {
	r.t.Helper()
	r.hangUp(i)
	if err := r.hosts[i].Stop(10 * time.Second); err != nil {
		r.t.Error(err)
	}
	r.hosts[i] = nil
}

// hangUp closes our connection to host i, if there is one.
func (r *memoryRing) hangUp(i int) {
	if r.conns[i] != nil {
		r.conns[i].Close()
		r.conns[i], r.ids[i] = nil, 0
	}
}

func (r *memoryRing) stopAll() {
	for i := range r.hosts {
		if r.hosts[i] != nil {
			r.stop(i)
		}
	}
	time.Sleep(2 * time.Second) // dead letters leave a goroutine for a moment
}

func (r *memoryRing) address(i int) netip.Addr { return r.ring.Hosts[i].Address }

// send hands texts to host i and waits for the Ok of all.
func (r *memoryRing) send(i int, texts ...string) {
	r.t.Helper()
	if n, err := r.try(i, texts...); n < len(texts) {
		r.t.Fatalf("host %d: %d of %d texts are acknowledged: %v", i, n, len(texts), err)
	}
}

// try hands texts to host i and returns how many were answered before the
// connection failed, if it did.
func (r *memoryRing) try(i int, texts ...string) (answered int, err error) {
	r.t.Helper()
	if r.conns[i] == nil {
		to := netip.AddrPortFrom(r.address(i), r.ring.Ports.Client)
		if r.conns[i], err = r.net.Dial(r.t.Context(), netip.MustParseAddr("127.0.55.200"), to); err != nil {
			r.conns[i] = nil
			return 0, err
		}
	}
	var out []byte
	before := r.ids[i]
	for _, text := range texts {
		r.ids[i]++
		out = frame.AppendData(out, &frame.Data{ID: r.ids[i], Text: []byte(text + "\r\n")})
	}
	go r.conns[i].Write(out)
	last, err := r.awaitOk(i, before)
	if err != nil {
		r.hangUp(i)
	}
	return int(last - before), err
}

// awaitOk reads answers until all ids have one, and returns the last that has.
func (r *memoryRing) awaitOk(i int, last uint64) (uint64, error) {
	for buf := []byte(nil); last < r.ids[i]; {
		f, err := readFrame(r.conns[i], &buf, frame.ClientLimit)
		switch {
		case err != nil:
			return last, err
		case f.Kind != frame.OkKind:
		case f.Ok.Refusal == pzog.Refusal_STORAGE, f.Ok.Refusal == pzog.Refusal_STOPPING:
			return last, fmt.Errorf("refused: %v", f.Ok.Refusal)
		default:
			last = f.Ok.ID
		}
	}
	return last, nil
}

// lines returns the lines of host i's access log, oldest segment first.
func (r *memoryRing) lines(i int) []string {
	r.t.Helper()
	var all []string
	names, err := check.Segments(r.logDir(i))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(r.logDir(i), name)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			if !bytes.HasSuffix(line, []byte("\r\n")) {
				r.t.Errorf("host %d, %s: a line without CRLF: %q", i, name, line)
			}
			all = append(all, string(line))
		}
	}
	return all
}

// logDir is the log directory of host i.
func (r *memoryRing) logDir(i int) fs.FS {
	dir := r.ring.LogDir(r.ring.Hosts[i].Name)
	if r.disks != nil {
		return diskFS{r.disks[i], dir}
	}
	return os.DirFS(dir)
}

// requireSame fails unless all given hosts have the same want lines, each once.
func (r *memoryRing) requireSame(want int, hosts ...int) {
	r.t.Helper()
	if lines := r.requireEqual(hosts...); len(lines) != want {
		r.t.Errorf("host %d: %d lines, want %d", hosts[0], len(lines), want)
	}
}

// requireEqual fails unless all given hosts have the same lines, each once and
// each run in order. It returns them sorted.
func (r *memoryRing) requireEqual(hosts ...int) (first []string) {
	r.t.Helper()
	for _, i := range hosts {
		lines := r.lines(i)
		r.requireOrder(i, lines)
		slices.Sort(lines)
		if first == nil {
			first = lines
		}
		if !slices.Equal(first, lines) {
			r.t.Errorf("host %d has %d lines, host %d has %d, and they differ", hosts[0], len(first), i, len(lines))
		}
	}
	return first
}

// requireOrder fails unless the seqs of each run are 1, 2, 3 ..., which is also
// to say that no message is there twice (I3, I5).
func (r *memoryRing) requireOrder(host int, lines []string) {
	r.t.Helper()
	last := make(map[marks.Run]uint64)
	var parser record.Parser
	for _, line := range lines {
		rec, err := parser.Parse([]byte(line))
		if err != nil {
			r.t.Errorf("host %d: %q: %v", host, line, err)
			continue
		}
		run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
		if rec.Seq != last[run]+1 {
			r.t.Errorf("host %d: %s: %d stands behind %d", host, rec.Origin, rec.Seq, last[run])
		}
		last[run] = rec.Seq
	}
}

func texts(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return all
}
