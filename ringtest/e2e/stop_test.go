package e2e

import (
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
)

// SIGTERM under load: what was acknowledged is in the log, and the peers have
// it too.
func TestStopUnderLoad(t *testing.T) {
	r := startRing(t)
	l := r.startLoad(0, 3)
	l.awaitMore(2000)
	stopped := r.terminate(0)
	acknowledged := l.stop()
	lines := r.access(0)
	r.requireAll("its log", acknowledged, lines)
	r.awaitLines(len(lines), 1, 2, 3, 4)
	r.requireSettled(len(lines), 0, 1, 2, 3, 4)
	if n := stopped.count(t, "taken"); n != len(lines) {
		t.Errorf("it says that it took %d messages, its log has %d", n, len(lines))
	}
}

// The second signal does not wait. A client that does not hang up holds up the
// first.
func TestSecondSignalStopsAtOnce(t *testing.T) {
	r := newRing(t)
	r.start(0)
	r.requireKept(r.dial(0, false, netip.Addr{}), "I stay")
	p := r.hosts[0]
	p.signal(t, os.Interrupt)
	await(t, "it is stopping", func() bool { return strings.Contains(p.stderr.String(), "stopping") })
	p.signalAgain(t, syscall.SIGTERM)
	if code := p.exit(t, stopWithin); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if said := p.stderr.String(); !strings.Contains(said, "terminated again: ended at once") {
		t.Errorf("it does not say why:\n%s", said)
	}
}
