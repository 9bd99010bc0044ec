package e2e

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/record"
)

// inOrder requires that what a daemon says of its start does not come behind what it
// says of its end.
func (p *process) inOrder(t *testing.T) {
	t.Helper()
	said := p.stderr.String()
	if _, end, _ := strings.Cut(said, "stopping; "); strings.Contains(end, "taking messages") || end == "" {
		t.Errorf("it says:\n%s", said)
	}
}

// longLog writes an access.log of so many messages for host i.
func (r *ring) longLog(i, messages int) {
	r.t.Helper()
	r.must(os.MkdirAll(r.LogDir(r.Hosts[i].Name), 0o750))
	file, err := os.Create(r.path(i, "access.log"))
	r.must(err)
	defer file.Close()
	out := bufio.NewWriter(file)
	var f record.Formatter
	for seq := range messages {
		m := record.Record{Origin: r.Hosts[i].Name, Boot: 7, Seq: uint64(seq + 1), Time: 1000, Text: bytes.Repeat([]byte("x"), 200)}
		m.Text = append(m.Text, "\r\n"...)
		_, err := out.Write(f.Append(nil, &m))
		r.must(err)
	}
	r.must(out.Flush())
}

// opened reports whether a process has a file open.
func (p *process) opened(path string) bool {
	dir := fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid)
	fds, _ := os.ReadDir(dir) // it may be gone
	for _, fd := range fds {
		if to, _ := os.Readlink(filepath.Join(dir, fd.Name())); to == path {
			return true
		}
	}
	return false
}

// A long log is being read: SIGTERM ends the daemon well, and the next one finds all
// of it.
func TestLongStopWhileTheLogIsRead(t *testing.T) {
	r := newRing(t)
	const messages = 600_000 // 150 MB
	r.longLog(0, messages)
	p := spawn(t, nil, "zog", "run", "--config", r.file, "--name", r.Hosts[0].Name)
	await(t, "it reads the log", func() bool { return p.opened(r.path(0, "access.log")) })
	p.signal(t, syscall.SIGTERM)
	if code := p.exit(t, patience); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
	p.inOrder(t)
	r.start(0)
	if !strings.Contains(r.hosts[0].stderr.String(), fmt.Sprintf(" records=%d", messages)) || strings.Contains(r.hosts[0].stderr.String(), "level=error") {
		t.Errorf("the next one says:\n%s", r.hosts[0].stderr.String())
	}
}

// A disk hangs when the daemon starts: SIGTERM ends it all the same, by force.
func TestLongStopWhileADiskHangs(t *testing.T) {
	p := stopWhileADiskHangs(t)
	requireForced(t, p, "something hangs: ended by force")
}

// The same with a second signal, which ends it at once.
func TestStopWhileADiskHangs(t *testing.T) {
	p := stopWhileADiskHangs(t)
	p.signalAgain(t, syscall.SIGTERM)
	requireForced(t, p, "terminated again: ended at once")
}

// stopWhileADiskHangs starts a daemon on a disk that hangs, and tells it to stop.
func stopWhileADiskHangs(t *testing.T) *process {
	t.Helper()
	r := newRing(t)
	p := hanging(t, "zog", "run", "--config", r.file, "--name", r.Hosts[0].Name)
	await(t, "it has begun", func() bool { return r.exists(0, ".") })
	p.signal(t, syscall.SIGTERM)
	await(t, "it is stopping", func() bool { return strings.Contains(p.stderr.String(), "stopping") })
	return p
}

// requireForced requires that a daemon ends with 1, and says this.
func requireForced(t *testing.T, p *process, says string) {
	t.Helper()
	if code := p.exit(t, patience); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if said := p.stderr.String(); !strings.Contains(said, says) {
		t.Errorf("it says:\n%s", said)
	}
	p.inOrder(t)
}

// A directory that is in use names the process that has it.
func TestALogDirectoryInUseNamesTheProcess(t *testing.T) {
	r := newRing(t)
	r.start(0)
	again := func() *process {
		p := spawn(t, nil, "zog", "run", "--config", r.file, "--name", r.Hosts[0].Name)
		if code := p.exit(t, patience); code != 2 {
			t.Errorf("exit code %d, want 2", code)
		}
		return p
	}
	want := fmt.Sprintf("in use by another process (pid %d)\n", r.hosts[0].cmd.Process.Pid)
	if said := again().stderr.String(); !strings.HasSuffix(said, want) {
		t.Errorf("it says %q, want %q", said, want)
	}
	r.kill(0)
	r.start(0) // what the dead one has left in the file stops nobody
	want = fmt.Sprintf("in use by another process (pid %d)\n", r.hosts[0].cmd.Process.Pid)
	if said := again().stderr.String(); !strings.HasSuffix(said, want) {
		t.Errorf("after a kill -9 it says %q, want %q", said, want)
	}
}

// startDev starts a zog dev, or what is to run it, in a terminal of its own. It
// returns when the ring takes messages.
func startDev(t *testing.T, before ...string) (p *process, terminal *terminal, r *ring) {
	t.Helper()
	r = &ring{Ring: freeRing(t, 5), t: t}
	devRing(t, r.Ring)
	terminal = openTerminal(t)
	p = spawnAs(t, func(cmd *exec.Cmd) {
		cmd.Args = append(before, program("zog"), "dev", "--dir", "logs", "--ports", fmt.Sprintf("%d,%d", r.Ports.Peer, r.Ports.Client))
		path, err := exec.LookPath(cmd.Args[0])
		r.must(err)
		cmd.Path = path
		terminal.settle(cmd)
	}, "zog")
	terminal.keepHere()
	await(t, "the ring is welcome", func() bool {
		elsewhere, _ := os.ReadFile(filepath.Join(p.cmd.Dir, "nohup.out")) // by nohup
		return strings.Contains(terminal.shown.String()+string(elsewhere), "Ctrl-C ends it.")
	})
	return p, terminal, r
}

// A ring in a terminal ends well when that is closed.
func TestADevelopersRingEndsWithItsTerminal(t *testing.T) {
	p, terminal, _ := startDev(t)
	terminal.hangUp()
	if code := p.exit(t, patience); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// With nohup it stays, as everything does.
func TestADevelopersRingStaysWithNohup(t *testing.T) {
	p, terminal, r := startDev(t, "nohup")
	terminal.hangUp()
	r.requireKept(r.dial(0, false, netip.Addr{}), "still here")
	p.signal(t, syscall.SIGHUP)
	r.requireKept(r.dial(4, false, netip.Addr{}), "and here")
	p.signal(t, syscall.SIGTERM)
	if code := p.exit(t, patience); code != 0 {
		t.Errorf("exit code %d, want 0", code)
	}
}

// A daemon goes on when its terminal is closed, and writes nothing there any more.
func TestADaemonOutlivesItsTerminal(t *testing.T) {
	r := newRing(t)
	terminal := openTerminal(t)
	p := spawnAs(t, terminal.settle, "zog", "run", "-v", "--config", r.file, "--name", r.Hosts[0].Name)
	terminal.keepHere()
	r.hosts[0] = p
	r.awaitPort(0)
	terminal.hangUp()
	r.start(1)
	r.requireKept(r.dial(0, false, netip.Addr{}), "still here")
	r.awaitLines(1, 0, 1)
	r.terminate(0)
}
