package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// memory is how many bytes of memory host i has, all of them that it may not
// have (I6) if it cannot be told.
func (r *ring) memory(i int) (bytes int) {
	r.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", r.hosts[i].cmd.Process.Pid))
	if errors.Is(err, os.ErrNotExist) {
		return 0 // not on this system
	}
	pages := 0
	if _, err := fmt.Sscan(string(stat), new(int), &pages); err != nil {
		r.t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

// requireMemory fails the test if host i has more than so many MiB.
func (r *ring) requireMemory(i, most int) {
	r.t.Helper()
	have := r.memory(i) >> 20
	r.t.Logf("%s has %d MiB", r.Hosts[i].Name, have)
	if have > most {
		r.t.Errorf("%s has %d MiB, want at most %d", r.Hosts[i].Name, have, most)
	}
}

// deaf is a peer in the place of host i that greets whoever dials it and then
// reads no more. end ends it.
func (r *ring) deaf(i int) (end func()) {
	r.t.Helper()
	l, err := net.Listen("tcp", netip.AddrPortFrom(r.Hosts[i].Address, r.Ports.Peer).String())
	if err != nil {
		r.t.Fatal(err)
	}
	ack := frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: r.Hosts[i].Name, Ring: r.Digest()}, frame.PeerLimit)
	var conns []net.Conn
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conns = append(conns, conn)
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10) // so that it is soon full
			_, _ = conn.Write(ack)
		}
	}()
	return sync.OnceFunc(func() {
		l.Close()
		<-done
		for _, conn := range conns {
			conn.Close()
		}
	})
}

// A peer that stops reading costs the others neither time nor memory (I6, I7),
// and its place is filled when it is back.
func TestLongAPeerThatStopsReading(t *testing.T) {
	r := newRing(t)
	end := r.deaf(4)
	defer end()
	r.startSome(0, 1, 2, 3)
	for i := range 4 {
		await(t, "the deaf one counts as up", func() bool { return r.hosts[i].says("peer is up") >= 4 })
	}
	var sent []string
	conns := make([]*wire, 4)
	for i := range conns {
		conns[i] = r.dial(i, false, netip.Addr{})
	}
	for round := range 50 { // of 100 messages at a time to each of four: 5 MB
		for i, c := range conns {
			sent = append(sent, c.push(fmt.Sprint("round ", round, " to ", i), 100, 240)...)
		}
		for _, c := range conns {
			c.awaitAnswers(t)
		}
	}
	for i := range 4 {
		r.awaitLines(len(sent), i)
		r.requireAll(r.Hosts[i].Name, sent, r.access(i))
		r.requireMemory(i, 256)
	}
	end()
	r.start(4)
	r.awaitLines(len(sent), 4)
	r.requireAll(r.Hosts[4].Name, sent, r.access(4))
}

// push sends n texts of a length, without waiting for answers, and returns them.
func (w *wire) push(prefix string, n, length int) (texts []string) {
	w.t.Helper()
	var raw []byte
	for i := range n {
		text := fmt.Sprint(prefix, " number ", i, " ")
		text += strings.Repeat("x", max(0, length-len(text)))
		w.last++
		raw = frame.AppendData(raw, &frame.Data{ID: w.last, Text: []byte(text + "\r\n")})
		texts = append(texts, text)
	}
	if _, err := w.Write(raw); err != nil {
		w.t.Error(err)
	}
	return texts
}

// awaitAnswers reads until all that was sent is answered by an Ok.
func (w *wire) awaitAnswers(t *testing.T) {
	t.Helper()
	for ok := w.nextOk(); ; ok = w.nextOk() {
		if ok.Refusal != pzog.Refusal_NONE || ok.Copies < 1 {
			t.Errorf("answered by %+v", ok)
		}
		if ok.ID >= w.last {
			return
		}
	}
}

// Clients that send as fast as they can keep nobody else from being served, at
// the same host or another (I7).
func TestLongAFloodOfClients(t *testing.T) {
	const floods, each = 20, 5000
	r := startRing(t)
	var flooding sync.WaitGroup
	for n := range floods {
		w := r.dial(0, false, netip.Addr{})
		flooding.Go(func() { w.push(fmt.Sprint("flood ", n), each, 30) })
		flooding.Go(func() {
			for last := uint64(0); last < each; {
				ok := w.nextOk()
				last = ok.ID
				if ok.Refusal != pzog.Refusal_NONE {
					t.Errorf("flood: %+v", ok)
				}
			}
		})
	}
	here, elsewhere := r.dial(0, false, netip.Addr{}), r.dial(1, false, netip.Addr{})
	for n := range 100 {
		r.requireKept(here, fmt.Sprint("here ", n))
		r.requireKept(elsewhere, fmt.Sprint("elsewhere ", n))
	}
	flooding.Wait()
	total := floods*each + 200
	r.awaitLines(total, 0, 1, 2, 3, 4)
	r.requireSettled(total, 0, 1, 2, 3, 4)
	r.requireMemory(0, 512)
}

// A flood of what is no message: each is refused or its connection closed, what
// is too much for error.log is counted there, and others are served (I6, I7).
func TestAFloodOfNonsense(t *testing.T) {
	const floods, each = 10, 5000
	r := startRing(t)
	var flooding sync.WaitGroup
	for n := range floods {
		w := r.dial(0, false, netip.Addr{})
		flooding.Go(func() { w.push(fmt.Sprintf("\x1b[31mflood %d", n), each, 30) })
		flooding.Go(func() {
			for id := uint64(1); id <= each; id++ {
				if ok := w.nextOk(); ok.ID != id || ok.Refusal != pzog.Refusal_CONTROL {
					t.Errorf("%d is answered by %+v", id, ok)
					return
				}
			}
		})
		flooding.Go(func() {
			for range 50 {
				r.dial(0, false, netip.Addr{}).finish(bytes.Repeat([]byte{0xff}, 10))
			}
		})
	}
	here, elsewhere := r.dial(0, false, netip.Addr{}), r.dial(1, false, netip.Addr{})
	for n := range 100 {
		r.requireKept(here, fmt.Sprint("here ", n))
		r.requireKept(elsewhere, fmt.Sprint("elsewhere ", n))
	}
	flooding.Wait()
	r.awaitLines(200, 0, 1, 2, 3, 4)
	r.requireSettled(200, 0, 1, 2, 3, 4)
	for _, line := range r.lines(r.path(0, "error.log")) {
		if text, ok := strings.CutSuffix(line, "\r\n"); !ok || strings.ContainsFunc(text, unprintable) {
			t.Fatalf("error.log: not one line of printable ASCII: %q", line)
		}
	}
	r.requireMemory(0, 512)
}

// As many clients as a host takes, all connected at once, a thousand from each address:
// all are served. Where one address has its thousand, its idlest makes room for one more,
// and learns why. It needs 10,000 descriptors, here and there: where there are fewer, it
// makes do with fewer.
func TestLongTenThousandConnections(t *testing.T) {
	const full, each = 10_000, 1_000
	n := min(full, descriptors(t)-500)
	t.Logf("%d connections", n)
	r := newRing(t)
	r.startSome(0, 1)
	conns := make([]*wire, n)
	for i := range conns {
		conns[i] = r.dial(0, false, netip.AddrFrom4([4]byte{127, 0, 77, byte(1 + i/each)}))
	}
	for i, w := range conns { // each is served, all are open
		w.push(fmt.Sprint("connection ", i), 1, 0)
	}
	for _, w := range conns {
		w.awaitAnswers(t)
	}
	if n >= each {
		r.requireRoomFor(conns[:each])
		n++
	}
	r.requireMemory(0, 1024)
	r.requireKept(r.dial(1, false, netip.Addr{}), "elsewhere")
	for _, w := range conns {
		w.Close()
	}
	await(t, "there is room again", func() bool { return r.greets(0) })
	r.awaitLines(n+1, 0, 1)
	r.requireSettled(n+1, 0, 1)
}

// requireRoomFor has one more come from the address of some, and requires that it is
// served, and that one of them is told that it had to go.
func (r *ring) requireRoomFor(some []*wire) {
	r.t.Helper()
	from, err := netip.ParseAddrPort(some[0].LocalAddr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.requireKept(r.dial(0, false, from.Addr()), "one more")
	const why = "closed to make room for another"
	gone := 0
	for _, w := range some {
		if err := w.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
			r.t.Fatal(err)
		}
		last, err := io.ReadAll(w)
		if isTimeout(err) {
			continue
		}
		gone++
		if err != nil || !bytes.Contains(last, []byte(why)) {
			r.t.Errorf("one is turned out with %q, %v", last, err)
		}
		r.requireLine("the one that had to go", w, why)
	}
	if gone != 1 {
		r.t.Errorf("%d had to go", gone)
	}
}

// descriptors is how many files and connections this process may have open.
func descriptors(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(limit.Cur)
}

// greets tells whether host i answers a client's KeepAlive.
func (r *ring) greets(i int) bool {
	r.t.Helper()
	w := r.dial(i, false, netip.Addr{})
	defer w.Close()
	if _, err := w.Write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit)); err != nil {
		return false
	}
	_, err := io.ReadFull(w, make([]byte, 1))
	return err == nil
}
