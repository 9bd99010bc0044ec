package daemons

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/config"
)

// The test is its own daemon: it is run as one is.
func TestMain(m *testing.M) {
	if len(os.Args) == 6 && os.Args[1] == "run" {
		os.Exit(pretend(os.Args[5]))
	}
	os.Exit(m.Run())
}

// pretend does what a daemon does that is seen from here. S cannot start, and
// PA ends badly.
func pretend(name string) int {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	if name == "S" {
		fmt.Fprintln(os.Stderr, "no config")
		return 2
	}
	fmt.Fprint(os.Stderr, "taking messages\n", strings.Repeat("peer is up\n", 4))
	<-stop
	fmt.Fprintln(os.Stderr, "stopped")
	if name == "PA" {
		return 3
	}
	return 0
}

// newRing returns a ring of pretended daemons.
func newRing(t *testing.T) *Ring {
	t.Helper()
	r, err := New(t.TempDir(), os.Args[0], config.Loopback(5))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Clear)
	return r
}

// A ring starts, loses hosts, and ends.
func TestRing(t *testing.T) {
	r := newRing(t)
	for i := range 4 { // all but S
		if r.Ready(i) {
			t.Errorf("%s is ready and was not started", r.Name(i))
		}
		if err := r.Start(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	r.Kill(2, 3)
	if r.Ready(2) || !r.Ready(1) {
		t.Error("the wrong ones are killed")
	}
	if err := r.Ended(); err != nil {
		t.Errorf("who was killed counts as ended: %v", err)
	}
	if err := r.Stop(0); err != nil {
		t.Error(err)
	}
	if err := r.Stop(1); err == nil || !strings.Contains(err.Error(), "exit code 3: stopped") {
		t.Errorf("%v", err)
	}
	if left := r.running(); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

// Whoever ends by itself is not waited for.
func TestEnded(t *testing.T) {
	r := newRing(t)
	err := r.Start(t.Context(), 4)
	if err == nil || !strings.Contains(err.Error(), "no config") {
		t.Errorf("%v", err)
	}
}

// Nothing is left running, and nobody waits for what is interrupted.
func TestClear(t *testing.T) {
	r := newRing(t)
	if err := r.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	client, err := Launch(r.Dir, "client", os.Args[0], "run", "", "", "", "client")
	if err != nil {
		t.Fatal(err)
	}
	r.Clients = append(r.Clients, client)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Await(ctx, "never", func() bool { return false }); !errors.Is(err, ErrInterrupted) {
		t.Errorf("%v", err)
	}
	all := r.running()
	r.Clear()
	for _, p := range all {
		if !p.Over() || !errors.Is(p.cmd.Process.Signal(syscall.Signal(0)), os.ErrProcessDone) {
			t.Errorf("%v goes on", p)
		}
	}
}

// Hosts are run where and with what they are told.
func TestInside(t *testing.T) {
	r := newRing(t)
	r.Flags = []string{"--log-format", "json"}
	r.Inside = func(i int, command ...string) []string { return append([]string{"echo", r.Name(i)}, command...) }
	if err := r.Launch(1); err != nil {
		t.Fatal(err)
	}
	p := r.Host(1)
	<-p.ended
	want := []string{"PA " + os.Args[0] + " run --config " + r.File + " --name PA --log-format json"}
	if got := p.Lines(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := p.Signal(syscall.SIGTERM); err == nil {
		t.Error("a signal to who has ended is no error")
	}
	if r.Host(0) != nil {
		t.Error("a host runs that was not started")
	}
}

// The ring file that is written is one.
func TestNew(t *testing.T) {
	r := newRing(t)
	data, err := os.ReadFile(r.File)
	if err != nil {
		t.Fatal(err)
	}
	again, err := config.Parse(r.File, data)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(r.Names(), []string{"MV", "PA", "G", "LA", "S"}) || again.LogDir("G") != r.Dirs()[2] {
		t.Errorf("%v, %v", r.Names(), r.Dirs())
	}
	if _, err := New(filepath.Join(r.Dir, "gone"), "zog", config.Loopback(5)); err == nil {
		t.Error("a directory that is not there is no error")
	}
}

// A port in use is said to be.
func TestListenable(t *testing.T) {
	ring := config.Loopback(5)
	if err := FreePorts(ring); err != nil {
		t.Fatal(err)
	}
	at := netip.AddrPortFrom(ring.Hosts[3].Address, ring.Ports.Client).String()
	l, err := net.Listen("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := Listenable(ring); err == nil || !strings.Contains(err.Error(), at) {
		t.Errorf("%v", err)
	}
}

func TestLaunchFails(t *testing.T) {
	if _, err := Launch(t.TempDir(), "x", filepath.Join(t.TempDir(), "gone")); err == nil {
		t.Error("a program that is not there is no error")
	}
	if _, err := Launch(filepath.Join(t.TempDir(), "gone"), "x", "true"); err == nil {
		t.Error("a directory that is not there is no error")
	}
}

// The ring file that leaves all to defaults says nothing that a program has a
// default for.
func TestARingFileWithOnlyDefaults(t *testing.T) {
	r := newRing(t)
	r.Ports.Peer = 20_001
	if err := r.OnlyDefaults(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(r.File)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := config.Parse(r.File, data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(parsed.Digest(), r.Digest()) || parsed.LogDir("MV") != r.LogDir("MV") || strings.Contains(string(data), "keepalive") {
		t.Errorf("%s", data)
	}
}

// A process has worked for some time, and one that is gone for none.
func TestWhatAProcessHasWorked(t *testing.T) {
	r := newRing(t)
	if err := r.Start(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	p := r.Host(0)
	if p.CPU() < 0 || p.CPU() > Timeout {
		t.Errorf("%v", p.CPU())
	}
	r.Kill(0)
	if p.CPU() != 0 {
		t.Errorf("%v", p.CPU())
	}
}
