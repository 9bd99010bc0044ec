package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
)

const reloaded = "logs reopened, ring file reloaded"

// hangup sends SIGHUP to host i and waits until it has done what that asks for.
func (r *ring) hangup(i int) {
	r.t.Helper()
	before := r.hosts[i].says(reloaded)
	r.hosts[i].signal(r.t, syscall.SIGHUP)
	await(r.t, "the logs are reopened", func() bool { return r.hosts[i].says(reloaded) > before })
}

// logrotate under traffic: the old files and the new one hold everything once.
func TestRotateUnderTraffic(t *testing.T) {
	r := startRing(t)
	l := r.startLoad(0, 2)
	for n := 1; n <= 3; n++ {
		l.awaitMore(500)
		if err := os.Rename(r.path(0, "access.log"), r.path(0, segment(n))); err != nil {
			t.Fatal(err)
		}
		l.awaitMore(100) // into the renamed file
		r.hangup(0)
		await(t, "there is a new access.log", func() bool { return r.exists(0, "access.log") })
	}
	l.awaitMore(500)
	acknowledged := l.stop()
	r.terminate(0) // then its log is what it will be
	lines := r.access(0)
	r.requireAll("the log", acknowledged, lines)
	r.awaitLines(len(lines), 1, 2, 3, 4)
	r.requireSettled(len(lines), 0, 1, 2, 3, 4)
	for n := 1; n <= 3; n++ {
		if len(r.lines(r.path(0, segment(n)))) == 0 {
			t.Errorf("%s is empty", segment(n))
		}
	}
}

func TestReload(t *testing.T) {
	r := newRing(t)
	r.start(0)
	p := r.hosts[0]
	said := func(words ...string) func() bool {
		return func() bool {
			for line := range strings.Lines(p.stderr.String()) {
				all := true
				for _, w := range words {
					all = all && strings.Contains(line, w)
				}
				if all {
					return true
				}
			}
			return false
		}
	}

	if err := os.WriteFile(r.file, []byte("hosts: []\nnonsense: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	await(t, "a bad file is an error", said("level=error", "the old one stays in force", "zog.yaml:2:1", "nonsense"))

	r.Keepalive = config.Keepalive{Interval: 3 * time.Second, Timeout: time.Minute}
	r.Hosts = r.Hosts[:4]
	r.write()
	r.hangup(0)
	if !said("level=warning", "need a restart: hosts")() {
		t.Error("that a host is gone needs a restart, and is not said")
	}
	if !said("level=info", "keepalive.interval, keepalive.timeout")() {
		t.Error("the new times are not named")
	}
	r.terminate(0)
}
