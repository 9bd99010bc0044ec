package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// pipe returns both ends of a pipe, on which a write blocks, as for a program that a
// shell starts.
func pipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	return pipeWith(t, 0)
}

// fullPipe returns a pipe in which there is no room.
func fullPipe(t *testing.T) (read, write *os.File) {
	t.Helper()
	return pipeWith(t, 1<<20) // more than it holds
}

// pipeWith returns a pipe with so many bytes in it, or as many as it holds.
func pipeWith(t *testing.T, bytes int) (read, write *os.File) {
	t.Helper()
	var ends [2]int
	if err := syscall.Pipe2(ends[:], syscall.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	fill := func() error {
		if err := syscall.SetNonblock(ends[1], true); err != nil {
			return err
		}
		for n, err := 0, error(nil); bytes > 0 && err == nil; bytes -= max(n, 0) {
			n, err = syscall.Write(ends[1], make([]byte, min(bytes, 1024)))
		}
		return syscall.SetNonblock(ends[1], false)
	}
	if err := fill(); err != nil {
		t.Fatal(err)
	}
	read, write = os.NewFile(uintptr(ends[0]), "read end"), os.NewFile(uintptr(ends[1]), "write end")
	t.Cleanup(func() { read.Close(); write.Close() })
	return read, write
}

// startAside starts host i with standard error elsewhere, and returns when it takes
// messages.
func (r *ring) startAside(i int, stderr *os.File, args ...string) *process {
	r.t.Helper()
	args = append([]string{"run", "--config", r.file, "--name", r.Hosts[i].Name}, args...)
	p := spawnAs(r.t, func(cmd *exec.Cmd) { cmd.Stderr = stderr }, "zog", args...)
	r.hosts[i] = p
	r.awaitPort(i)
	return p
}

// awaitPort waits until host i takes connections from clients.
func (r *ring) awaitPort(i int) {
	r.t.Helper()
	at := netip.AddrPortFrom(r.Hosts[i].Address, r.Ports.Client).String()
	await(r.t, r.Hosts[i].Name+" takes connections", func() bool {
		conn, err := net.Dial("tcp", at)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// Whatever becomes of a daemon's standard error, the daemon does its work, reloads
// when it is told to, and ends well when it is told to.
func TestLongADaemonThatCannotSayAnything(t *testing.T) {
	closed := func(t *testing.T) *os.File {
		read, write := pipe(t)
		read.Close()
		return write
	}
	full := func(t *testing.T) *os.File {
		_, write := fullPipe(t)
		return write
	}
	noSpace := func(t *testing.T) *os.File {
		file, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	for name, stderr := range map[string]func(*testing.T) *os.File{
		"a closed pipe": closed, "a full pipe that nobody reads": full, "a full disk": noSpace,
	} {
		t.Run(name, func(t *testing.T) {
			r := newRing(t)
			p := r.startAside(0, stderr(t), "-v")
			r.start(1)
			r.requireKept(r.dial(0, false, netip.Addr{}), "before")
			r.awaitLines(1, 0, 1)
			for range 2 { // links that fail and stand again are told of
				r.kill(1)
				r.start(1)
			}
			p.signal(t, syscall.SIGHUP)
			r.requireKept(r.dial(0, false, netip.Addr{}), "behind")
			r.awaitLines(2, 0, 1)
			r.requireSettled(2, 0, 1)
			r.terminate(0)
		})
	}
}

// The second signal ends a daemon also if it can say nothing.
func TestSecondSignalWithoutWords(t *testing.T) {
	r := newRing(t)
	_, write := fullPipe(t)
	p := r.startAside(0, write)
	r.requireKept(r.dial(0, false, netip.Addr{}), "I stay") // so the first one takes seconds
	p.signal(t, syscall.SIGTERM)
	await(t, "it takes no more connections", func() bool {
		conn, err := net.Dial("tcp", netip.AddrPortFrom(r.Hosts[0].Address, r.Ports.Client).String())
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	p.signalAgain(t, syscall.SIGTERM)
	if code := p.exit(t, patience); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}

// A daemon that could say nothing for a while tells how many lines are not there,
// as soon as somebody reads, and goes on.
func TestDroppedLinesAreCounted(t *testing.T) {
	r := newRing(t)
	read, write := fullPipe(t)
	p := r.startAside(0, write, "-v", "--log-format", "json")
	write.Close() // the daemon has its own
	at := netip.AddrPortFrom(r.Hosts[0].Address, r.Ports.Client).String()
	// Each is a line of diagnostics of more than 100 bytes. Some thousand of them are not
	// accepted yet when the last one is made.
	for range 20_000 {
		if conn, err := net.Dial("tcp", at); err == nil {
			fmt.Fprint(conn, "\x01")
			conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := read.Read(buf)
			_, _ = p.stderr.Write(buf[:n])
			if err != nil {
				return
			}
		}
	}()
	await(t, "dropped lines are told of", func() bool {
		return strings.Contains(p.stderr.String(), `{"level":"warning","msg":"`) && strings.Contains(p.stderr.String(), " lines of diagnostics were dropped\"}\n")
	})
	r.terminate(0)
	await(t, "the last line is there", func() bool { return strings.Contains(p.stderr.String(), `"msg":"stopped"`) })
}

// A daemon that is started with its standard streams closed does not write
// diagnostics into the files that it opens instead.
func TestStreamsThatWereClosed(t *testing.T) {
	r := newRing(t)
	p := spawnAs(t, func(cmd *exec.Cmd) {
		script := fmt.Sprintf("exec %s run -v --config %s --name %s 0>&- 1>&- 2>&-", program("zog"), r.file, r.Hosts[0].Name)
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", script}
	}, "zog")
	r.hosts[0] = p
	r.awaitPort(0)
	r.requireKept(r.dial(0, false, netip.Addr{}), "a message")
	p.signal(t, syscall.SIGHUP)
	r.requireReport("what is no message", false, []byte("nonsense"), "")
	r.terminate(0)
	r.requireSettled(1, 0)
	for _, name := range []string{"access.log", "error.log"} {
		for _, line := range r.lines(r.path(0, name)) {
			if strings.Contains(line, "level=") {
				t.Errorf("in %s: %q", name, line)
			}
		}
	}
}
