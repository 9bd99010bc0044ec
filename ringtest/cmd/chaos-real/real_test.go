package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/netns"
	"xlattice.org/zog/internal/test/netns/netnstest"
)

// The test is its own clients, and its own listener and dialler in a namespace.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "inside" {
		main()
	}
	os.Exit(netnstest.Main(m))
}

// houseFile is the ring file with the addresses of the original text.
const houseFile = "../../../deploy/house.yaml"

// What faults do to the network is what they say.
func TestNetwork(t *testing.T) {
	n, err := plan(netnstest.TwoHosts(t, houseFile))
	if err != nil {
		t.Fatal(err)
	}
	netnstest.Made(t, n.Network)
	a, b := n.Hosts[0], n.Hosts[1]
	address := netip.AddrPortFrom(b.Address, 7777).String()
	netnstest.Listen(t, b, address)
	try := func(when, want string) *daemons.Process {
		t.Helper()
		p, got := netnstest.Dial(t, a, address)
		if got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
		return p
	}
	there := a.To(b)
	does := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	held := try("at first", "connected")
	if killed, err := reset(there, "7778"); err != nil || killed != 0 {
		t.Errorf("%d connections to another port are reset: %v", killed, err)
	}
	if killed, err := reset(there, "7777"); err != nil || killed == 0 {
		t.Errorf("%d connections are reset: %v", killed, err)
	}
	netnstest.Says(t, held, "abort", "reset")
	held = try("after that", "connected")
	does(n.sever(b, a))
	netnstest.Says(t, held, "abort", "reset")
	try("severed", "refused")
	does(n.unsever(b, a))
	try("mended", "connected")
	does(n.prepareSlow())
	does(n.slow(there, 1_000_000))
	try("slow", "connected")
	if n.slow(there, 10) == nil {
		t.Error("a way is slowed down twice at once")
	}
	does(n.unslow(there))
	try("at last", "connected")
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
	netnstest.NeedNamespaces(t)
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
	if errors.Is(err, netns.ErrSkipped) {
		t.Skipf("SKIPPED: %v", err)
	}
	left, bad := exec.Command("ip", "netns", "list").CombinedOutput()
	if bad != nil || strings.Contains(string(left), fmt.Sprint("zog", os.Getpid())) {
		t.Errorf("left behind: %s, %v", left, bad)
	}
	return said.text.String(), err
}

// A short schedule of every kind breaks nothing.
func TestLongTiny(t *testing.T) {
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

// pidIn returns the process in the namespace of this test with such a name.
func pidIn(suffix string) (pid int, err error) {
	all, err := netns.Output("ip", "netns", "list")
	for name := range strings.FieldsSeq(all) {
		if strings.HasPrefix(name, fmt.Sprintf("zog%d.", os.Getpid())) && strings.HasSuffix(name, suffix) {
			if all, err = netns.Output("ip", "netns", "pids", name); err == nil {
				_, err = fmt.Sscan(all, &pid)
			}
		}
	}
	return pid, err
}

// Whoever is killed by somebody else is missed.
func TestMurder(t *testing.T) {
	murder := func(line string) {
		if !strings.Contains(line, "begins") {
			return
		}
		pid, err := pidIn("-LA")
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			t.Error(err)
		}
	}
	said, err := play(t, "chaos seed=1 hosts=5 lasts=20s\n0s oneway hosts=0,1 for=10s\n", murder)
	if !errors.Is(err, errViolations) || !strings.Contains(said, "LA has ended by itself") || !strings.Contains(said, "taking messages") {
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
