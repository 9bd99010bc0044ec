package e2e

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// readerGone is the exit code of a program of whose results the reader is gone.
const readerGone = 128 + int(syscall.SIGPIPE)

// Whatever writes results ends without a word when their reader is gone, as in
// `sprog -j | true`.
func TestResultsThatNobodyWants(t *testing.T) {
	r := newRing(t)
	r.start(0)
	dev := freeRing(t, 1)
	devRing(t, dev)
	place := strings.NewReplacer("FILE", r.file, "DIR", r.LogDir("MV"), "PORTS", fmt.Sprintf("%d,%d", dev.Ports.Peer, dev.Ports.Client))
	for _, command := range []string{
		"zog version", "zog --help", "zog run -j --name MV --config FILE", "zog config show FILE", "zog config init", "zog config check FILE",
		"zog verify DIR", "zog verify -o json DIR", "zog dev --hosts 1 --ports PORTS --dir dev",
		"sprog -j", "sprog --help", "sprog send --help", "sprog send --config FILE -s MV one", "sprog -i 1ms --config FILE -s MV",
	} {
		t.Run(command, func(t *testing.T) {
			words := strings.Fields(place.Replace(command))
			read, write := pipe(t)
			read.Close()
			p := spawnAs(t, func(cmd *exec.Cmd) { cmd.Stdout = write }, words[0], words[1:]...)
			if code := p.exit(t, patience); code != readerGone {
				t.Errorf("exit code %d, want %d", code, readerGone)
			}
			if said := p.stderr.String(); strings.Contains(said, "pipe") || strings.Contains(said, "gone") {
				t.Errorf("it says %q", said)
			}
		})
	}
}

// pipeline starts a sprog that sends lines without end to host 0, with its results on
// stdout.
func (r *ring) pipeline(stdout *os.File, settle func(*exec.Cmd)) *process {
	r.t.Helper()
	read, write := pipe(r.t)
	go func() {
		for n := 0; ; n++ {
			if _, err := fmt.Fprintf(write, "line %d\n", n); err != nil {
				return
			}
		}
	}()
	return spawnAs(r.t, func(cmd *exec.Cmd) {
		cmd.Stdin, cmd.Stdout = read, stdout
		settle(cmd)
	}, "sprog", "send", "-", "-v", "--config", r.file, "-s", r.Hosts[0].Name)
}

// The reader of a pipeline's results reads a few and leaves. sprog sends no more, and
// sums up on standard error.
func TestAReaderThatLeaves(t *testing.T) {
	r := newRing(t)
	r.start(0)
	read, write := pipe(t)
	p := r.pipeline(write, func(*exec.Cmd) {})
	write.Close() // sprog has its own
	if line, err := bufio.NewReader(read).ReadString('\n'); err != nil || !strings.Contains(line, "line 0") {
		t.Fatalf("%q, %v", line, err)
	}
	read.Close()
	if code := p.exit(t, patience); code != readerGone {
		t.Errorf("exit code %d, want %d", code, readerGone)
	}
	if said := p.stderr.String(); !strings.HasPrefix(said, "sprog: ") || strings.Count(said, "\n") != 1 || !strings.Contains(said, " messages: ") {
		t.Errorf("it says %q", said)
	}
}

// Nobody reads the results, and nobody the diagnostics: a signal ends sprog.
func TestAReaderThatDoesNotRead(t *testing.T) {
	r := newRing(t)
	r.start(0)
	for name, mute := range map[string]bool{"results": false, "all": true} {
		t.Run(name, func(t *testing.T) {
			_, full := fullPipe(t)
			before := len(r.lines(r.path(0, "access.log")))
			p := r.pipeline(full, func(cmd *exec.Cmd) {
				if mute {
					cmd.Stderr = full
				}
			})
			await(t, "messages come", func() bool { return len(r.lines(r.path(0, "access.log"))) > before })
			p.signal(t, os.Interrupt)
			if code := p.exit(t, patience); code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			if said := p.stderr.String(); !mute && (!strings.Contains(said, " messages: ") || !strings.HasSuffix(said, "standard output: it is not read\n")) {
				t.Errorf("it says %q", said)
			}
		})
	}
}

// A disk that is full under the results of a pipeline ends it with the reason.
func TestResultsOnAFullDisk(t *testing.T) {
	r := newRing(t)
	r.start(0)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	r.must(err)
	defer full.Close()
	p := r.pipeline(full, func(*exec.Cmd) {})
	if code := p.exit(t, patience); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if said := p.stderr.String(); !strings.Contains(said, " messages: ") || !strings.Contains(said, "no space left on device") {
		t.Errorf("it says %q", said)
	}
}

// sprog works when nobody can hear its complaints, and sums up.
func TestComplaintsThatNobodyHears(t *testing.T) {
	r := newRing(t)
	r.start(0)
	closedRead, closed := pipe(t)
	closedRead.Close()
	_, full := fullPipe(t)
	for name, stderr := range map[string]*os.File{"closed": closed, "full": full} {
		p := spawnAs(t, func(cmd *exec.Cmd) {
			cmd.Stdin = strings.NewReader("good\nbad\x01\nbad\x02\ngood\n")
			cmd.Stderr = stderr
		}, "sprog", "send", "-", "--config", r.file, "-s", r.Hosts[0].Name)
		if code := p.exit(t, patience); code != 3 || !strings.HasPrefix(p.stdout.String(), "4 messages: 2 acknowledged, 2 refused") {
			t.Errorf("%s: exit code %d, %q", name, code, p.stdout.String())
		}
	}
}
