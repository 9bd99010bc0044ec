package e2e

import (
	"strings"
	"sync"
	"testing"
)

// Ten thousand messages, through all hosts at once: five logs that are the
// same, with no more Data frames between the hosts than there must be.
func TestEachMessageIsInEveryLogOnce(t *testing.T) {
	const each = 2000
	r := startRing(t)
	senders := make([]*sender, len(r.hosts))
	for i := range senders {
		senders[i] = r.startSender(i)
		senders[i].write("message number", 1, each)
	}
	for _, s := range senders {
		s.requireAllKept(each)
	}
	total := each * len(r.hosts)
	r.awaitLines(total, 0, 1, 2, 3, 4)
	r.requireSettled(total, 0, 1, 2, 3, 4)
	sums := map[string]int{}
	for i := range r.hosts {
		p := r.terminate(i)
		for _, field := range []string{"taken", "received", "forwarded", "duplicates", "early", "refused", "reported"} {
			sums[field] += p.count(t, field)
		}
	}
	for field, want := range map[string]int{
		"taken": total, "received": 4 * total, "forwarded": 4 * total,
		"duplicates": 0, "early": 0, "refused": 0, "reported": 0,
	} {
		if sums[field] != want {
			t.Errorf("%s: %d in all, want %d", field, sums[field], want)
		}
	}
}

// One host is killed while another is sent to: nobody notices, and it catches
// up when it is back.
func TestKilledHostCatchesUp(t *testing.T) {
	const half = 5000
	r := startRing(t)
	s := r.startSender(0)
	s.write("before and while", 1, half)
	await(t, "the stream has reached the victim", func() bool { return len(r.access(4)) > 0 })
	r.kill(4)
	s.write("after", 1, half)
	s.requireAllKept(2 * half)
	r.awaitLines(2*half, 0, 1, 2, 3)
	r.requireSettled(2*half, 0, 1, 2, 3)
	r.start(4)
	r.awaitLines(2*half, 4)
	r.requireSettled(2*half, 0, 1, 2, 3, 4)
}

// The host that is sent to is killed: sprog says what it knows, and that is so.
func TestSprogIsTruthful(t *testing.T) {
	r := startRing(t)
	s := r.startSender(0, "--verbose", "--timeout", "500ms")
	var writing sync.WaitGroup
	writing.Go(func() { // until sprog, which can send no more, has given up
		for n := 0; s.write("on and on", 1000*n+1, 1000*n+1000); n++ {
		}
	})
	await(t, "the stream is at speed", func() bool { return strings.Count(s.stdout.String(), `"ok"`) > 5000 })
	r.kill(0)
	writing.Wait()
	code, acknowledged, sum := s.finish()
	if code != 3 {
		t.Errorf("exit code %d, want 3: %+v", code, sum)
	}
	if sum.Acknowledged != len(acknowledged) || sum.Refused != 0 ||
		sum.Messages != sum.Acknowledged+sum.Unacknowledged+sum.Unsent || sum.Unacknowledged+sum.Unsent == 0 {
		t.Errorf("%+v, and %d lines that say ok", sum, len(acknowledged))
	}
	r.requireAll("the log of the host that was killed", acknowledged, r.access(0))
	r.start(0)
	// Peers may have what it had sent them and not yet logged itself.
	await(t, "all logs are equally long", func() bool {
		for i := range r.hosts {
			if len(r.access(i)) != len(r.access(0)) {
				return false
			}
		}
		return true
	})
	r.requireSettled(len(r.access(0)), 0, 1, 2, 3, 4)
}
