package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"
)

// verify runs `zog verify` and returns its exit code and what it says.
func (r *ring) verify(args ...string) (code int, said string) {
	r.t.Helper()
	p := spawn(r.t, nil, "zog", append([]string{"verify"}, args...)...)
	code = p.exit(r.t, patience)
	if p.stderr.String() != "" {
		r.t.Errorf("zog verify %v says on stderr: %s", args, p.stderr.String())
	}
	return code, p.stdout.String()
}

// requireVerdict fails the test unless zog verify ends and says so.
func (r *ring) requireVerdict(wantCode int, want string, args ...string) {
	r.t.Helper()
	if code, said := r.verify(args...); code != wantCode || said != want+"\n" {
		r.t.Errorf("zog verify %v: exit code %d, want %d: said %q, want %q", args, code, wantCode, said, want)
	}
}

// Five hosts at rest, over the network and by their files; then one is stopped.
func TestVerify(t *testing.T) {
	const each = 2000
	r := newRing(t)
	r.Log.SegmentBytes = 64 << 10 // several segments
	r.write()
	for i := range r.hosts {
		r.start(i)
	}
	r.awaitLinks()
	for i := range r.hosts {
		s := r.startSender(i)
		s.write("message number", 1, each)
		s.requireAllKept(each)
	}
	overNetwork := []string{"--ring", "--config", r.file}
	var dirs []string
	for _, h := range r.Hosts {
		dirs = append(dirs, r.LogDir(h.Name))
	}
	all := "5/5 identical: 10,000 messages in 5 runs, MV PA G LA S"
	r.requireVerdict(0, all, overNetwork...)
	r.requireVerdict(0, all, dirs...)
	r.requireVerdict(0, "sound: 10,000 messages in 5 runs, LA", "--config", r.file, "--name", "LA")
	if !r.exists(0, segment(2)) {
		t.Error("the logs have no segments")
	}

	r.terminate(2)
	gone := fmt.Sprintf("G is not reachable at %v:%d: connection refused", r.Hosts[2].Address, r.Ports.Client)
	r.requireVerdict(6, "4/4 reachable identical: 10,000 messages in 5 runs, MV PA LA S\n"+gone, overNetwork...)
	r.requireVerdict(0, all, dirs...)

	// What comes while it is away, it lacks by its files.
	s := r.startSender(0)
	s.write("while it is away", 1, 3)
	s.requireAllKept(3)
	r.awaitLines(5*each+3, 1, 3, 4)
	code, said := r.verify(append(dirs, "--output", "json")...)
	var report struct {
		OK    bool
		Hosts []struct {
			Name  string
			OK    bool
			Lacks []struct {
				Origin      string
				First, Last int
			}
		}
	}
	if err := json.Unmarshal([]byte(said), &report); err != nil || code != 5 || report.OK {
		t.Fatalf("exit code %d, %q: %v", code, said, err)
	}
	for i, h := range report.Hosts {
		if h.Name != r.Hosts[i].Name || h.OK != (i != 2) {
			t.Errorf("host %d: %+v", i, h)
		}
	}
	if lacks := report.Hosts[2].Lacks; len(lacks) != 1 || lacks[0].Origin != "MV" || lacks[0].First != each+1 || lacks[0].Last != each+3 {
		t.Errorf("G: %+v", lacks)
	}
	r.start(2)
	r.requireVerdict(0, "5/5 identical: 10,003 messages in 5 runs, MV PA G LA S", append(overNetwork, "--settle", "25s")...)
}

// Hosts that are stopped accept connections and say nothing. They are told from logs
// that differ, and cost one timeout together.
func TestVerifyBesideStoppedHosts(t *testing.T) {
	r := newRing(t)
	r.write()
	for i := range r.hosts {
		r.start(i)
	}
	r.awaitLinks()
	r.hosts[1].signal(t, syscall.SIGSTOP)
	r.hosts[3].signal(t, syscall.SIGSTOP)
	defer r.hosts[1].signal(t, syscall.SIGCONT)
	defer r.hosts[3].signal(t, syscall.SIGCONT)
	begun := time.Now()
	r.requireVerdict(6, "3/3 reachable identical: 0 messages in 0 runs, MV G S\nPA has said nothing for 4s\nLA has said nothing for 4s",
		"--ring", "--config", r.file, "--timeout", "4")
	if took := time.Since(begun); took > 20*time.Second {
		t.Errorf("it took %v", took)
	}
}

// A ring at work is compared too: what comes after the question does not count.
func TestVerifyUnderLoad(t *testing.T) {
	r := startRing(t)
	l := r.startLoad(0, 2)
	l.awaitMore(500)
	for range 3 {
		code, said := r.verify("--ring", "--config", r.file)
		if code != 0 || !strings.HasPrefix(said, "5/5 identical: ") {
			t.Errorf("exit code %d: %q", code, said)
		}
		l.awaitMore(100)
	}
	l.stop()
}
