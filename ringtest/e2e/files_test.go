package e2e

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// rewrite changes the ring file for hosts that are started from now on.
func (r *ring) rewrite(change func()) {
	r.t.Helper()
	change()
	r.write()
}

// A ring file is changed on a ring at work, and its hosts are restarted one by
// one: a host joins, and the order turns round. Meanwhile the files are not
// equal, messages come all the time, and nothing is lost.
func TestLongARingFileChangesUnderTraffic(t *testing.T) {
	r := newRing(t)
	five := slices.Clone(r.Hosts)
	r.rewrite(func() { r.Hosts = five[:4] })
	r.startSome(0, 1, 2, 3)
	l := r.startLoad(0, 1)
	other := r.startLoad(1, 1)
	l.awaitMore(200)
	r.rewrite(func() { r.Hosts = five })
	r.start(4)
	for i := 3; i >= 0; i-- {
		r.terminate(i)
		r.start(i)
		l.awaitMore(50)
		other.awaitMore(50)
	}
	acknowledged := append(l.stop(), other.stop()...)
	r.requireAll("the log", acknowledged, r.awaitEqual(len(acknowledged), 0, 1, 2, 3, 4))

	l = r.startLoad(0, 1)
	r.rewrite(func() { r.Hosts = turned(five) })
	r.Hosts = five // by which the test counts them
	for i := range five {
		r.terminate(i)
		r.start(i)
		l.awaitMore(50)
	}
	acknowledged = append(acknowledged, l.stop()...)
	r.requireAll("the log", acknowledged, r.awaitEqual(len(acknowledged), 0, 1, 2, 3, 4))
}

func turned[E any](list []E) []E {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}

// Hosts whose ring files differ warn and go on: the tree may miss somebody, the
// marks do not.
func TestUnequalRingFiles(t *testing.T) {
	r := newRing(t)
	r.start(0)
	r.start(1)
	five := r.Hosts
	r.rewrite(func() { r.Hosts = turned(five) })
	r.Hosts = five
	for i := 2; i < 5; i++ {
		r.start(i)
	}
	r.awaitLinks()
	var sent []string
	for i := range r.hosts {
		w := r.dial(i, false, netip.Addr{})
		sent = append(sent, w.push(fmt.Sprint("from ", i), 300, 0)...)
		w.awaitAnswers(t)
	}
	r.awaitLines(len(sent), 0, 1, 2, 3, 4)
	r.requireSettled(len(sent), 0, 1, 2, 3, 4)
	for i, p := range r.hosts {
		if p.says("its ring file differs from ours: compare version, ring, hosts and their order, ports, wrapping") == 0 {
			t.Errorf("%s does not say that the files differ", r.Hosts[i].Name)
		}
	}
}

// A second daemon that calls itself as another does, at another address: no
// host believes it, and what it was given stays with it.
func TestTwoDaemonsWithOneName(t *testing.T) {
	r := newRing(t)
	r.startSome(0, 1, 2, 3)
	five := slices.Clone(r.Hosts)
	r.rewrite(func() { // MV has moved to the address of S, which does not run
		r.Hosts[0].Address, r.Hosts[4].Address = five[4].Address, five[0].Address
	})
	dir := r.Log.Dir
	r.rewrite(func() { r.Log.Dir = filepath.Join(t.TempDir(), "{name}") })
	second := spawn(t, nil, "zog", "run", "--config", r.file, "--name", five[0].Name)
	await(t, "it takes messages", func() bool { return second.says("taking messages") > 0 })
	r.Hosts, r.Log.Dir = five, dir
	r.write()

	r.requireKept(r.dial(4, false, netip.Addr{}), "to the second")
	var sent []string
	for i := range 4 {
		await(t, "it is found out", func() bool {
			said := strings.Join(r.lines(r.path(i, "error.log")), "")
			return strings.Contains(said, "name does not fit the address")
		})
		sent = append(sent, fmt.Sprint("to the true ones ", i))
		r.requireKept(r.dial(i, false, netip.Addr{}), sent[i])
	}
	r.awaitLines(len(sent), 0, 1, 2, 3)
	second.signal(t, syscall.SIGKILL)
	<-second.ended
	r.start(4)
	r.awaitLines(len(sent), 4)
	r.requireSettled(len(sent), 0, 1, 2, 3, 4)
	r.requireAll("the log", sent, r.access(4))
}

// What others do to the files of four hosts at once, while these run, is found
// out, and what is lost with it comes from the fifth.
func TestLongLogsThatOthersTamperWith(t *testing.T) {
	r := startRing(t)
	var sent []string
	for i := range r.hosts {
		w := r.dial(i, false, netip.Addr{})
		sent = append(sent, w.push(fmt.Sprint("from ", i), 100, 0)...)
		w.awaitAnswers(t)
	}
	r.awaitLines(len(sent), 0, 1, 2, 3, 4)
	r.must(os.Remove(r.path(0, "access.log")))
	r.must(os.Truncate(r.path(1, "access.log"), 0)) // as copytruncate does
	r.must(os.Truncate(r.path(2, "access.log"), 1234))
	r.must(os.Rename(r.path(3, "access.log"), r.path(3, segment(1))))
	r.hangup(3) // or it writes on into what was renamed
	for i, found := range []string{"access.log was removed", "access.log was truncated", "access.log was truncated", "access.log was renamed"} {
		await(t, found, func() bool { return strings.Contains(r.hosts[i].stderr.String(), found) })
	}
	for i := range r.hosts {
		await(t, "messages are taken again", func() bool {
			w := r.dial(i, false, netip.Addr{})
			defer w.Close()
			return r.trySome(w, 1) == 1
		})
	}
	r.requireAll("the log", sent, r.awaitEqual(len(sent)+len(r.hosts), 0, 1, 2, 3, 4))
}

// A log directory that cannot be written to is named, and the daemon does not
// start.
func TestAReadOnlyDirectory(t *testing.T) {
	r := newRing(t)
	dir := r.LogDir(r.Hosts[0].Name)
	r.must(os.MkdirAll(dir, 0o550))
	if os.Getuid() == 0 { // whom a mode does not keep from writing
		err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_RDONLY, "size=64k")
		if errors.Is(err, syscall.EPERM) {
			t.Skip("SKIPPED: may mount nothing, and may write anywhere")
		}
		r.must(err)
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
		r.requireRefusal("a file system that is read-only", dir, "read-only file system")
		return
	}
	r.requireRefusal("a directory without the right to write", dir, "permission denied")
}
