package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/messages/pzog"
)

// awaitEqual waits until the logs of some hosts are the same, with so many lines
// at least. It requires that they are sound, and returns the lines. More may come
// at any time, as of what a client sent that did not wait for its answers.
func (r *ring) awaitEqual(least int, hosts ...int) []string {
	r.t.Helper()
	logs := make([][]string, len(hosts))
	await(r.t, "the logs are equal", func() bool {
		digests := map[string]bool{}
		for n, i := range hosts {
			logs[n] = r.whole(i)
			digests[sorted(logs[n])] = true
		}
		return len(digests) == 1 && len(logs[0]) >= least
	})
	for n, i := range hosts {
		r.requireSound(i, logs[n])
	}
	return logs[0]
}

// whole returns the lines of host i's access log, whatever numbers its segments
// have by now.
func (r *ring) whole(i int) (lines []string) {
	r.t.Helper()
	names, err := check.Segments(os.DirFS(r.LogDir(r.Hosts[i].Name)))
	r.must(err)
	for _, name := range names {
		lines = append(lines, r.lines(r.path(i, name))...)
	}
	return lines
}

func (r *ring) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// SIGHUP a hundred times while messages come, every fourth time with a ring
// file that is none: nothing is lost, and no link breaks.
func TestAHundredHangups(t *testing.T) {
	r := startRing(t)
	l := r.startLoad(0, 2)
	l.awaitMore(100)
	good, err := os.ReadFile(r.file)
	if err != nil {
		t.Fatal(err)
	}
	p := r.hosts[0]
	for n := range 100 {
		file, said := good, func() int { return p.says(reloaded) }
		if n%4 == 3 {
			file, said = []byte("hosts: []\nnonsense: 1\n"), func() int { return strings.Count(p.stderr.String(), notReloaded) }
		}
		if err := os.WriteFile(r.file, file, 0o600); err != nil {
			t.Fatal(err)
		}
		before := said()
		p.signal(t, syscall.SIGHUP)
		await(t, "it has read the file", func() bool { return said() > before })
		l.awaitMore(1)
	}
	acknowledged := l.stop()
	r.requireAll("the log", acknowledged, r.awaitEqual(len(acknowledged), 0, 1, 2, 3, 4))
	if said := p.stderr.String(); strings.Contains(said, "peer is down") || strings.Contains(said, "taking stock") {
		t.Error("a connection was broken, or the log")
	}
}

// logrotate while 2,000 messages a second come, ten times, with a signal each
// time: the old files and the new one hold everything, once and in order.
func TestRotateAtTwoThousandASecond(t *testing.T) {
	r := startRing(t)
	w := r.dial(0, false, netip.Addr{})
	kept, tick := 0, time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	sendFor := func(batches int) {
		for range batches {
			<-tick.C
			w.push(fmt.Sprint("from ", kept), 20, 0)
			w.awaitAnswers(t)
			kept += 20
		}
	}
	for n := 1; n <= 10; n++ {
		sendFor(10)
		if err := os.Rename(r.path(0, "access.log"), r.path(0, segment(n))); err != nil {
			t.Fatal(err)
		}
		sendFor(2) // into the renamed file
		before := r.hosts[0].says(reloaded)
		r.hosts[0].signal(t, syscall.SIGHUP)
		for r.hosts[0].says(reloaded) == before || !r.exists(0, "access.log") {
			sendFor(1)
		}
	}
	r.awaitLines(kept, 0, 1, 2, 3, 4)
	r.requireSettled(kept, 0, 1, 2, 3, 4)
	for n := 1; n <= 10; n++ {
		if len(r.lines(r.path(0, segment(n)))) == 0 {
			t.Errorf("%s is empty", segment(n))
		}
	}
}

// A host that is killed and started fifty times, with a message in each of its
// lives: the others take messages meanwhile, and all of it is everywhere.
func TestFiftyRestarts(t *testing.T) {
	r := startRing(t)
	other := r.dial(0, false, netip.Addr{})
	var sent []string
	begun := time.Now()
	for n := range 50 {
		r.kill(4)
		sent = append(sent, fmt.Sprint("to another in life ", n), fmt.Sprint("in life ", n))
		r.requireKept(other, sent[len(sent)-2])
		r.start(4)
		r.requireKept(r.dial(4, false, netip.Addr{}), sent[len(sent)-1])
	}
	t.Logf("50 restarts in %v", time.Since(begun).Round(time.Millisecond))
	r.awaitLines(len(sent), 0, 1, 2, 3, 4)
	r.requireSettled(len(sent), 0, 1, 2, 3, 4)
	r.requireAll("the log", sent, r.access(4))
}

// SIGSTOP: the system still accepts connections for the host, but nobody
// answers. Clients that begin with it go on at another, the others do without it, and it
// catches up when it goes on. Each message is in each log once.
func TestAStoppedProcess(t *testing.T) {
	r := startRing(t)
	r.hosts[1].signal(t, syscall.SIGSTOP)
	sent := r.sendTo(0, 200) // whose +1 it is
	for i, h := range []int{0, 2, 3, 4} {
		sent = append(sent, fmt.Sprint("while it stands ", i))
		r.requireKept(r.dial(h, false, netip.Addr{}), sent[len(sent)-1])
	}
	r.requireNoAnswer(r.dial(1, false, netip.Addr{}))
	var clients sync.WaitGroup
	for i := range 6 {
		text := fmt.Sprint("first to it ", i)
		sent = append(sent, text)
		clients.Go(func() { r.sendFrom(1, text) })
	}
	clients.Wait()
	r.awaitLines(len(sent), 0, 2, 3, 4)
	r.hosts[1].signal(t, syscall.SIGCONT)
	// What clients sent to it meanwhile it does not take: they have given it to others by now.
	r.awaitLines(len(sent), 0, 1, 2, 3, 4)
	r.requireSettled(len(sent), 0, 1, 2, 3, 4)
	r.requireAll("the log", sent, r.access(1))
}

// sendFrom sends a text with a client that tries host i first, then the others.
func (r *ring) sendFrom(i int, text string) {
	cfg := client.Config{Order: client.RoundRobin}
	for k := range r.Hosts {
		cfg.Hosts = append(cfg.Hosts, netip.AddrPortFrom(r.Hosts[(i+k)%len(r.Hosts)].Address, r.Ports.Client).String())
	}
	c, err := client.New(cfg)
	if err != nil {
		r.t.Error(err)
		return
	}
	defer c.Close()
	if receipt, err := c.Send(r.t.Context(), text); err != nil || receipt.Host == cfg.Hosts[0] {
		r.t.Errorf("%q: taken by %s, %v", text, receipt.Host, err)
	}
}

// requireNoAnswer sends a message on a connection that stands, and requires
// that nothing comes back for a while.
func (r *ring) requireNoAnswer(w *wire) {
	r.t.Helper()
	if _, err := w.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("nobody answers\r\n")})); err != nil {
		r.t.Fatal(err)
	}
	if err := w.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		r.t.Fatal(err)
	}
	if n, err := w.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
		r.t.Errorf("a process that is stopped answers: %d, %v", n, err)
	}
}

// All hosts are suspended and go on, as machines do that sleep: what was on its
// way is sent again, and nothing is lost or there twice.
func TestAllAreSuspended(t *testing.T) {
	r := startRing(t)
	l := r.startLoad(0, 2)
	l.awaitMore(500)
	all := slices.Clone(r.hosts)
	for _, p := range all {
		p.signal(t, syscall.SIGSTOP)
	}
	w := r.dial(2, false, netip.Addr{})
	r.requireNoAnswer(w)
	for _, p := range all {
		p.signal(t, syscall.SIGCONT)
	}
	if err := w.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if ok := w.nextOk(); ok.Refusal != pzog.Refusal_OVERLOADED {
		t.Errorf("what waited is answered: %+v", ok)
	}
	l.awaitMore(500)
	acknowledged := l.stop()
	r.requireAll("the log", acknowledged, r.awaitEqual(len(acknowledged), 0, 1, 2, 3, 4))
}
