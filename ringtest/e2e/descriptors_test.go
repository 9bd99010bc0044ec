package e2e

import (
	"fmt"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// notReloaded is what a daemon says of a ring file that it cannot use.
const notReloaded = "the ring file is not reloaded, the old one stays in force"

// startLimited starts host i under a limit, as the shell sets it.
func (r *ring) startLimited(i int, limit string) {
	r.t.Helper()
	script := fmt.Sprintf("#!/bin/sh\n%s && exec %s \"$@\"\n", limit, program("zog"))
	name := strings.ReplaceAll("zog "+limit, " ", "-")
	if err := os.WriteFile(program(name), []byte(script), 0o700); err != nil {
		r.t.Fatal(err)
	}
	p := spawn(r.t, nil, name, "run", "--config", r.file, "--name", r.Hosts[i].Name)
	r.hosts[i] = p
	await(r.t, r.Hosts[i].Name+" takes messages", func() bool { return p.says("taking messages") > 0 })
}

// A host has some descriptors that clients cannot have: with 256 in all, and more clients
// than that who say nothing, it takes messages, and rotates its log (I8).
func TestFewDescriptors(t *testing.T) {
	r := newRing(t)
	r.Log.SegmentBytes = 4096
	r.write()
	r.startLimited(0, "ulimit -n 256")
	if r.hosts[0].says("at most 192 clients at a time, and not 10000 as limits.clients says: this process may have 256 files open") != 1 {
		t.Error("it does not say how many clients may connect")
	}
	connected := r.dial(0, false, netip.Addr{})
	r.requireKept(connected, "while there is room")
	for range 400 {
		r.dial(0, false, netip.Addr{})
	}
	for i := 1; i < 5; i++ {
		r.start(i)
	}
	r.awaitLinks()
	for n := range 200 {
		r.requireKept(connected, fmt.Sprint("one of two hundred: ", n))
	}
	await(t, "the log is rotated", func() bool { return r.exists(0, segment(2)) })
	newcomer := r.dial(0, false, netip.Addr{})
	r.requireKept(newcomer, "from one who comes now")
	r.awaitEqual(202, 0, 1, 2, 3, 4)
	for _, trouble := range []string{"cannot accept a connection", "not ready: messages are refused until access.log can be written"} {
		if n := r.hosts[0].says(trouble); n > 0 {
			t.Errorf("%d times %q", n, trouble)
		}
	}
	r.terminate(0)
}

// A host with fewer descriptors than it needs itself, which are used up: clients that are
// idle make room for others. It may be unable to reopen its log then: it says so, and
// refuses what it cannot keep (I8). When there are descriptors again all goes on, and
// nothing is lost (I1).
func TestDescriptorsAreUsedUp(t *testing.T) {
	r := newRing(t)
	r.startLimited(0, "ulimit -n 40")
	for i := 1; i < 5; i++ {
		r.start(i)
	}
	r.awaitLinks()
	connected := r.dial(0, false, netip.Addr{})
	r.requireKept(connected, "while there is room")
	kept := 1
	idle := r.useUp(0)
	r.requireKept(connected, "while there is none")
	newcomer := r.dial(0, false, netip.Addr{})
	r.requireKept(newcomer, "from one who comes when there is none")
	kept += 2

	if err := os.Rename(r.path(0, "access.log"), r.path(0, segment(1))); err != nil {
		t.Fatal(err)
	}
	r.hosts[0].signal(t, syscall.SIGHUP)
	await(t, "it has tried", func() bool { // it cannot read the ring file either
		return r.hosts[0].says(reloaded)+strings.Count(r.hosts[0].stderr.String(), notReloaded) > 0
	})
	kept += r.trySome(connected, 20)

	for _, w := range idle {
		w.Close()
	}
	await(t, "there is a new access.log", func() bool { return r.exists(0, "access.log") })
	await(t, "messages are taken again", func() bool {
		w := r.dial(0, false, netip.Addr{})
		defer w.Close()
		n := r.trySome(w, 1)
		kept += n
		return n == 1
	})
	r.awaitEqual(kept, 0, 1, 2, 3, 4)
	if said := r.hosts[0].stderr.String(); strings.Contains(said, "panic") || strings.Contains(said, "goroutine ") {
		t.Error("an actor has failed")
	}
	r.terminate(0)
}

// useUp connects to host i until it can accept no more, and returns the connections:
// clients as many as it lets in, and then peers that do not greet. Nobody waits for the
// host to accept more than one, as each that it cannot accept costs an idle client its place.
func (r *ring) useUp(i int) (idle []*wire) {
	r.t.Helper()
	const clients = 9
	refused := func() bool { return r.hosts[i].says("cannot accept a connection") > 0 }
	for n := 0; !refused() && n < 30; n++ {
		before, from := r.openFiles(i), netip.Addr{}
		if n >= clients {
			from = r.Hosts[1+n%4].Address
		}
		idle = append(idle, r.dial(i, n >= clients, from))
		await(r.t, "one more is accepted, or cannot be", func() bool { return refused() || r.openFiles(i) > before })
	}
	await(r.t, "the descriptors are used up", refused)
	return idle
}

// openFiles is how many files and connections host i has open.
func (r *ring) openFiles(i int) int {
	r.t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.hosts[i].cmd.Process.Pid))
	if err != nil {
		r.t.Fatal(err)
	}
	return len(files)
}

// trySome sends up to n messages, each when the one before is answered, until
// the connection is closed, and returns how many were kept. What is refused is
// refused for the disk.
func (r *ring) trySome(w *wire, n int) (kept int) {
	r.t.Helper()
	for i := range n {
		w.last++
		d := frame.Data{ID: w.last, Text: fmt.Appendf(nil, "try %d\r\n", i)}
		if _, err := w.Write(frame.AppendData(nil, &d)); err != nil {
			return kept
		}
		ok, open := w.tryOk()
		switch {
		case !open:
			return kept
		case ok.Refusal == pzog.Refusal_NONE:
			kept++
		case ok.Refusal != pzog.Refusal_STORAGE:
			r.t.Errorf("refused: %+v", ok)
		}
	}
	return kept
}

// tryOk returns the next Ok, or false if the connection was closed.
func (w *wire) tryOk() (frame.Ok, bool) {
	w.t.Helper()
	for chunk := make([]byte, 4096); ; {
		body, n, err := frame.Split(w.buf, frame.PeerLimit)
		if err != nil {
			w.t.Fatal(err)
		}
		var f frame.Frame
		if n > 0 {
			if err := frame.Decode(body, &f); err != nil {
				w.t.Fatal(err)
			}
			w.buf = w.buf[n:]
			if f.Kind == frame.OkKind {
				return f.Ok, true
			}
			continue
		}
		n, err = w.Read(chunk)
		if err != nil && isTimeout(err) {
			w.t.Fatal("neither answered nor closed")
		} else if err != nil {
			return frame.Ok{}, false
		}
		w.buf = append(w.buf, chunk[:n]...)
	}
}

// A file that may grow no more, in the middle of a line: the host refuses what
// it cannot keep (I8), and cuts off what stands there by half.
func TestAFileThatMayGrowNoMore(t *testing.T) {
	r := newRing(t)
	r.startLimited(0, "ulimit -f 8") // blocks of 512 bytes or of 1,024, by the shell
	kept, refused := 0, func() bool {
		return r.hosts[0].says("not ready: messages are refused until access.log can be written") > 0
	}
	for !refused() {
		w := r.dial(0, false, netip.Addr{})
		kept += r.trySome(w, 50)
		w.Close()
		if kept > 1000 {
			t.Fatal("the file grows on")
		}
	}
	r.kill(0)
	if kept == 0 {
		t.Error("nothing was kept")
	}
	r.start(0)
	lines := r.access(0)
	r.requireSound(0, lines)
	if len(lines) < kept {
		t.Errorf("%d lines, and %d were acknowledged", len(lines), kept)
	}
}
