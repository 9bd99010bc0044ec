package e2e

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
)

const reloaded = "ring file reloaded"

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

// Which logs were reopened is said by each, and what stands in the way each time that
// somebody asks. A client hears it too, if it is access.log that has no place.
func TestLogsThatCannotBeReopened(t *testing.T) {
	r := newRing(t)
	r.start(0)
	p := r.hosts[0]
	pipe := func(name string) {
		r.must(os.RemoveAll(r.path(0, name)))
		r.must(syscall.Mkfifo(r.path(0, name), 0o600))
	}
	pipe("error.log")
	for n := 1; n <= 2; n++ {
		r.hangup(0)
		await(t, "access.log is reopened", func() bool { return p.says("access.log is reopened") == n })
		await(t, "the trouble is said", func() bool { return p.says("error.log cannot be written; its lines are dropped until it can") == n })
	}
	if p.says("error.log is reopened") > 0 {
		t.Errorf("it says that it has reopened a pipe:\n%s", p.stderr.String())
	}
	r.must(os.Remove(r.path(0, "error.log")))
	r.hangup(0)
	await(t, "error.log is reopened", func() bool { return p.says("error.log is reopened") == 1 })

	pipe("access.log")
	r.hangup(0)
	await(t, "it is not ready", func() bool { return p.says("not ready: messages are refused until access.log can be written") > 0 })
	sprog := spawn(t, nil, "sprog", "send", "--config", r.file, "-s", r.Hosts[0].Name, "--timeout", "200ms", "a message")
	if code := sprog.exit(t, patience); code != 3 {
		t.Errorf("exit code %d, want 3", code)
	}
	const want = "refused  the host cannot write its log: access.log is a named pipe, not a regular file  a message\n"
	if got := sprog.stdout.String(); !strings.HasSuffix(got, want) {
		t.Errorf("a client hears %q, want %q", got, want)
	}
	r.hangup(0)
	await(t, "that is said again", func() bool {
		return p.says("access.log is not reopened: it cannot be written, and is tried again soon") == 1
	})
	r.must(os.Remove(r.path(0, "access.log")))
	await(t, "it is ready again", func() bool { return p.says("ready again: access.log can be written") > 0 })
}
