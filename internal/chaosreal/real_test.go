package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/daemons"
)

// The test is its own clients, and its own listener and dialler in a namespace.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "inside":
			main()
		case "listen":
			os.Exit(listen(os.Args[2]))
		case "dial":
			os.Exit(dial(os.Args[2]))
		}
	}
	os.Exit(m.Run())
}

// listen accepts connections and keeps them until it is killed.
func listen(address string) int {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening")
	for {
		if _, err := l.Accept(); err != nil {
			return 1
		}
	}
}

// dial says what becomes of a dial, and then of the connection, which nobody
// else closes.
func dial(address string) int {
	conn, err := net.DialTimeout("tcp", address, 500*time.Millisecond)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		fmt.Println("silence")
		return 0
	case err != nil:
		fmt.Println("refused")
		return 0
	}
	fmt.Println("connected")
	_, err = conn.Read(make([]byte, 1))
	fmt.Println(err)
	return 0
}

// needRoot skips a test, loudly, where namespaces cannot be made.
func needRoot(t *testing.T) {
	t.Helper()
	if err := skip(); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
}

// houseFile is the ring file with the addresses of the original text.
const houseFile = "../../deploy/house.yaml"

// networkOfTwo makes a network for the first two hosts of a ring.
func networkOfTwo(t *testing.T) *network {
	t.Helper()
	needRoot(t)
	data, err := os.ReadFile(houseFile)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := config.Parse(houseFile, data)
	if err != nil {
		t.Fatal(err)
	}
	ring.Hosts = ring.Hosts[:2]
	n, err := plan(ring)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.remove(); err != nil {
			t.Error(err)
		}
	})
	if err := n.make(); errors.Is(err, errSkipped) {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	return n
}

// run starts the test itself in a place, until the test is over.
func (p place) run(t *testing.T, args ...string) *daemons.Process {
	t.Helper()
	command := p.inside(append([]string{os.Args[0]}, args...)...)
	process, err := daemons.Launch(t.TempDir(), "test", command[0], command[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	return process
}

// says waits until a process has said something that is one of some words.
func says(t *testing.T, p *daemons.Process, words ...string) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(daemons.Patience); time.Now().Before(end); <-tick.C {
		for _, word := range words {
			if p.Says(word) > 0 {
				return word
			}
		}
	}
	t.Fatalf("%s says none of %q: %q", p, words, p.Last(3))
	return ""
}

// What faults do to the network is what they say.
func TestNetwork(t *testing.T) {
	n := networkOfTwo(t)
	a, b := n.hosts[0], n.hosts[1]
	address := netip.AddrPortFrom(b.address, 7777).String()
	says(t, b.run(t, "listen", address), "listening")
	try := func(when, want string) *daemons.Process {
		t.Helper()
		p := a.run(t, "dial", address)
		if got := says(t, p, "silence", "refused", "connected"); got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
		return p
	}
	there, back := way{a, b}, way{b, a}
	does := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	try("at first", "connected")
	does(n.block(there))
	try("there is nothing there", "silence")
	does(n.block(there))
	does(n.unblock(there))
	try("one of two faults is over", "silence")
	does(n.unblock(there))
	does(n.block(back))
	try("nothing comes back", "silence")
	does(n.block(way{n.clients, b}))
	does(n.unblock(back))
	held := try("only clients are held off", "connected")

	if killed, err := reset(there, "7778"); err != nil || killed != 0 {
		t.Errorf("%d connections to another port are reset: %v", killed, err)
	}
	if killed, err := reset(there, "7777"); err != nil || killed == 0 {
		t.Errorf("%d connections are reset: %v", killed, err)
	}
	says(t, held, "abort", "reset")
	held = try("after that", "connected")
	does(n.sever(b, a))
	says(t, held, "abort", "reset")
	try("severed", "refused")
	does(n.mend(b, a))
	try("mended", "connected")
	does(n.prepareSlow())
	does(n.slow(there, 1_000_000))
	try("slow", "connected")
	if n.slow(there, 10) == nil {
		t.Error("a way is slowed down twice at once")
	}
	does(n.quicken(there))
	try("at last", "connected")
}

// Nothing in the namespaces has a way out of them.
func TestNoWayOut(t *testing.T) {
	n := networkOfTwo(t)
	for _, name := range n.made {
		out, err := output("ip", "-n", name, "-o", "route", "show", "table", "all")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "default") || strings.Contains(line, " via ") {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	if out, err := exec.Command("ip", "-n", n.clients.namespace, "route", "get", "192.0.2.1").CombinedOutput(); err == nil {
		t.Errorf("clients can send elsewhere: %s", out)
	}
}

// tiny is a schedule with a fault of each kind.
const tiny = `chaos seed=1 hosts=5 lasts=15s
500ms backup hosts=1 amount=500ms for=1s
800ms rate hosts=0,2 n=2000 for=3s
1s oneway hosts=2,3 for=2s
1.5s reset hosts=3,4
3s wipe hosts=0 amount=500ms for=1s
5s partition hosts=0,1 for=2s
5.5s crash hosts=3 mode=all for=1s
6s pause hosts=4 for=1s
6.5s sever hosts=2,3 for=2s
7s restart hosts=1 for=1s
8s flap hosts=2 amount=500ms for=3s
9s unplug hosts=0 for=2s
`

// log is what a run says. Whoever reads along reads lines.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
	read func(line string) // may be nil
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.read != nil {
		l.read(string(p))
	}
	return l.text.Write(p)
}

// play runs the program with a schedule.
func play(t *testing.T, schedule string, read func(string)) (string, error) {
	t.Helper()
	needRoot(t)
	t.Setenv("TMPDIR", t.TempDir())
	file := filepath.Join(t.TempDir(), "schedule")
	if err := os.WriteFile(file, []byte(schedule), 0o600); err != nil {
		t.Fatal(err)
	}
	said := &log{read: read}
	err := run(t.Context(), &settings{
		lasts: time.Minute, settle: time.Minute, clients: 7, rate: 30, copies: 1,
		config: houseFile, schedule: file,
	}, said, said)
	if errors.Is(err, errSkipped) {
		t.Skipf("SKIPPED: %v", err)
	}
	left, bad := exec.Command("ip", "netns", "list").CombinedOutput()
	if bad != nil || strings.Contains(string(left), fmt.Sprint("zog", os.Getpid())) {
		t.Errorf("left behind: %s, %v", left, bad)
	}
	return said.text.String(), err
}

// A short schedule of every kind breaks nothing.
func TestTiny(t *testing.T) {
	said, err := play(t, tiny, nil)
	if err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	for line := range strings.Lines(tiny) {
		if !strings.Contains(said, line) {
			t.Errorf("the schedule is printed without %q", line)
		}
	}
	if strings.Contains(said, "0 of 1") || strings.Count(said, "1 of 1") != len(allKinds) {
		t.Errorf("not every fault has happened:\n%s", said)
	}
}

// Whoever is killed by somebody else is missed.
func TestMurder(t *testing.T) {
	murder := func(line string) {
		if !strings.Contains(line, "begins") {
			return
		}
		out, err := output("ip", "netns", "pids", fmt.Sprintf("zog%d-LA", os.Getpid()))
		var pid int
		if err == nil {
			_, err = fmt.Sscan(out, &pid)
		}
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			t.Error(err)
		}
	}
	said, err := play(t, "chaos seed=1 hosts=5 lasts=20s\n0s oneway hosts=0,1 for=10s\n", murder)
	if !errors.Is(err, errUnsound) || !strings.Contains(said, "LA has ended by itself") || !strings.Contains(said, "taking messages") {
		t.Errorf("%v\n%s", err, said)
	}
}

// A schedule that cannot be played is a wrong argument, before anything is made.
func TestUnplayable(t *testing.T) {
	for _, schedule := range []string{"", "chaos seed=1 hosts=4 lasts=20s\n", "chaos seed=1 hosts=5 lasts=20s\n1s full hosts=0 for=1s\n"} {
		if said, err := play(t, schedule, nil); err == nil || said != "" {
			t.Errorf("%q: %v, %s", schedule, err, said)
		}
	}
}
