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
	"testing"
	"testing/synctest"
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
	t     *testing.T
	net   *memnet.Network
	ring  *config.Ring
	log   *logrus.Logger
	hosts []*supervisor.Host
	ids   []uint64
	conns []net.Conn
}

func startRing(t *testing.T, n int) *memoryRing {
	t.Helper()
	r := &memoryRing{t: t, net: memnet.New(), ring: config.Loopback(n), log: logrus.New()}
	r.ring.Log.Dir = filepath.Join(t.TempDir(), "{name}")
	r.log.SetOutput(t.Output())
	r.log.SetLevel(logrus.DebugLevel)
	r.hosts, r.ids, r.conns = make([]*supervisor.Host, n), make([]uint64, n), make([]net.Conn, n)
	for i := range n {
		r.start(i)
	}
	return r
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
}

func (r *memoryRing) stop(i int) {
	r.t.Helper()
	if r.conns[i] != nil {
		r.conns[i].Close()
		r.conns[i], r.ids[i] = nil, 0
	}
	if err := r.hosts[i].Stop(10 * time.Second); err != nil {
		r.t.Error(err)
	}
	r.hosts[i] = nil
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

func TestEachMessageIsInEveryLogOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		for i := range 5 {
			r.send(i, texts(fmt.Sprint("host", i), 200)...)
		}
		time.Sleep(time.Second)
		r.requireSame(1000, 0, 1, 2, 3, 4)
		forwarded := uint64(0)
		for _, h := range r.hosts {
			forwarded += h.Counts().Forwarded.Load()
		}
		if forwarded != 4*1000 {
			t.Errorf("%d Data frames between hosts for 1000 messages, want 4000", forwarded)
		}
		r.stopAll()
	})
}

func TestAHostThatWasAwayCatchesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 5)
		time.Sleep(5 * time.Second)
		r.send(0, texts("before", 10)...)
		r.stop(3)
		r.send(0, texts("while away", 100)...)
		r.send(2, texts("too", 100)...)
		time.Sleep(time.Minute)
		r.requireSame(210, 0, 1, 2, 4)
		r.start(3)
		time.Sleep(5 * time.Second)
		r.requireSame(210, 0, 1, 2, 3, 4)
		r.send(3, "and back")
		time.Sleep(time.Second)
		r.requireSame(211, 0, 1, 2, 3, 4)
		r.stopAll()
	})
}

func TestSeqsRunWithoutAHole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 3)
		time.Sleep(time.Second)
		r.send(0, texts("x", 50)...)
		time.Sleep(time.Second)
		for i := range 3 {
			for n, line := range r.lines(i) {
				identity := strings.Fields(line)[1]
				if want := fmt.Sprint(".", n+1); !strings.HasSuffix(identity, want) {
					t.Fatalf("host %d, line %d: %s, want %s at the end", i, n, identity, want)
				}
			}
		}
		r.stopAll()
	})
}
