package rings_test

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// memoryRing is a ring in a synctest bubble whose hosts go by their numbers, as
// raw clients see it: they speak frame by frame, and wait for no other host.
type memoryRing struct {
	*ringtest.Ring
	t     *testing.T
	ring  *config.Ring // what all hosts must agree in
	hosts []*ringtest.Host
	ids   []uint64
	conns []net.Conn
}

// newRing prepares a ring of n hosts that are down.
func newRing(t *testing.T, n int, opts ...ringtest.Option) *memoryRing {
	t.Helper()
	all := append([]ringtest.Option{ringtest.Hosts(n), ringtest.Down(), ringtest.SyncTakes(20 * time.Millisecond)}, opts...)
	r := &memoryRing{Ring: ringtest.Start(t, all...), t: t, ring: config.Loopback(n)}
	r.hosts = r.Hosts()
	r.ids, r.conns = make([]uint64, n), make([]net.Conn, n)
	t.Cleanup(func() {
		for i := range r.hosts {
			r.hangUp(i)
		}
	})
	return r
}

func startRing(t *testing.T, n int, opts ...ringtest.Option) *memoryRing {
	t.Helper()
	r := newRing(t, n, opts...)
	r.startAll()
	return r
}

func (r *memoryRing) startAll() {
	for _, h := range r.hosts {
		h.Start()
	}
}

func (r *memoryRing) start(i int) { r.hosts[i].Start() }

func (r *memoryRing) stop(i int) {
	r.hangUp(i)
	r.hosts[i].Stop()
}

// hangUp closes our connection to host i, if there is one.
func (r *memoryRing) hangUp(i int) {
	if r.conns[i] != nil {
		r.conns[i].Close()
		r.conns[i], r.ids[i] = nil, 0
	}
}

// link is what host i says to host k.
func (r *memoryRing) link(i, k int) *ringtest.Link { return r.hosts[i].To(r.hosts[k]) }

// sum adds up a count over all hosts.
func (r *memoryRing) sum(count func(*actors.Counts) uint64) (total uint64) {
	for _, h := range r.hosts {
		total += h.Count(count)
	}
	return total
}

func (r *memoryRing) forwarded() uint64 {
	return r.sum(func(c *actors.Counts) uint64 { return c.Forwarded.Load() })
}

func (r *memoryRing) keepAlives() uint64 {
	return r.sum(func(c *actors.Counts) uint64 { return c.KeepAlives.Load() })
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

func (r *memoryRing) address(i int) netip.Addr { return r.ring.Hosts[i].Address }

// dial connects to host i as a client.
func (r *memoryRing) dial(i int) (net.Conn, error) {
	return r.Dial(r.t.Context(), "tcp", r.Addresses()[i])
}

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
		conn, err := r.dial(i)
		if err != nil {
			return 0, err
		}
		r.conns[i] = conn
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
	for _, name := range r.hosts[i].Segments() {
		for line := range strings.Lines(r.file(i, name)) {
			if !strings.HasSuffix(line, "\r\n") {
				r.t.Errorf("host %d, %s: a line without CRLF: %q", i, name, line)
			}
			all = append(all, line)
		}
	}
	return all
}

// file returns a file in the log directory of host i.
func (r *memoryRing) file(i int, name string) string {
	r.t.Helper()
	content, err := fs.ReadFile(r.hosts[i].Files(), name)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(content)
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
