package supervisor_test

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/memnet"
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
	hosts  []*supervisor.Host
	ids    []uint64
	conns  []net.Conn
	counts []*actors.Counts // of every host that was ever started
}

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

// logged counts the lines of the hosts' diagnostics that hold a text.
func (r *memoryRing) logged(text string) int { return strings.Count(r.said.String(), text) }

func (r *memoryRing) forwarded() uint64 {
	return r.sum(func(c *actors.Counts) uint64 { return c.Forwarded.Load() })
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
		Seams: actors.Seams{Dial: r.net.Dial, Listen: r.net.Listen},
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
	if r.conns[i] == nil {
		conn, err := r.net.Dial(r.t.Context(), netip.MustParseAddr("127.0.55.200"), netip.AddrPortFrom(r.address(i), r.ring.Ports.Client))
		if err != nil {
			r.t.Fatal(err)
		}
		r.conns[i] = conn
	}
	var out []byte
	for _, text := range texts {
		r.ids[i]++
		out = frame.AppendData(out, &frame.Data{ID: r.ids[i], Text: []byte(text + "\r\n")})
	}
	go r.conns[i].Write(out)
	r.awaitOk(i)
}

func (r *memoryRing) awaitOk(i int) {
	r.t.Helper()
	var buf []byte
	for {
		chunk := make([]byte, 4096)
		n, err := r.conns[i].Read(chunk)
		if err != nil {
			r.t.Fatalf("host %d: %v", i, err)
		}
		buf = append(buf, chunk[:n]...)
		for {
			body, used, err := frame.Split(buf, frame.ClientLimit)
			if err != nil {
				r.t.Fatal(err)
			}
			if used == 0 {
				break
			}
			buf = buf[used:]
			var f frame.Frame
			if err := frame.Decode(body, &f); err != nil {
				r.t.Fatal(err)
			}
			if f.Kind == frame.OkKind && f.Ok.ID == r.ids[i] {
				return
			}
		}
	}
}

// lines returns the lines of host i's access log, oldest segment first.
func (r *memoryRing) lines(i int) []string {
	r.t.Helper()
	dir := r.ring.LogDir(r.ring.Hosts[i].Name)
	files, err := filepath.Glob(filepath.Join(dir, "access.log*"))
	if err != nil {
		r.t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			r.t.Fatal(err)
		}
		for line := range bytes.Lines(data) {
			if !bytes.HasSuffix(line, []byte("\r\n")) {
				r.t.Errorf("%s: a line without CRLF: %q", f, line)
			}
			all = append(all, string(line))
		}
	}
	return all
}

// requireSame fails unless all given hosts have the same want lines, each once.
func (r *memoryRing) requireSame(want int, hosts ...int) {
	r.t.Helper()
	var first []string
	for _, i := range hosts {
		lines := r.lines(i)
		slices.Sort(lines)
		if len(lines) != want {
			r.t.Errorf("host %d: %d lines, want %d", i, len(lines), want)
		}
		if n := len(slices.Compact(slices.Clone(lines))); n != len(lines) {
			r.t.Errorf("host %d: %d lines stand there more than once", i, len(lines)-n)
		}
		if first == nil {
			first = lines
		}
		if !slices.Equal(first, lines) {
			r.t.Errorf("host %d and host %d differ", hosts[0], i)
		}
	}
}

func texts(prefix string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%s %d", prefix, i)
	}
	return all
}
