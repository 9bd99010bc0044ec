package actors

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/sirupsen/logrus/hooks/test"
)

// A host that is refused for what it is dials rarely, and one that was slow to greet dials soon.
func TestWhatIsARefusal(t *testing.T) {
	for why, want := range map[error]bool{
		refusedError("another ring: it is of ring \"a\""): true,
		refusedError(errGreetingTimeout):                  false,
		fmt.Errorf("%w: it is of ring \"a\"", errRing):    true,
		errName:   true,
		io.EOF:    false,
		errSilent: false,
	} {
		if got := isRefusal(fmt.Errorf("link: %w", why)); got != want {
			t.Errorf("%v: %v", why, got)
		}
	}
}

// A reason for a refusal that comes from another host is shown in a quoted line of diagnostics: it
// has no quotes and nothing unprintable in it.
func TestARefusalHasNoQuotesInQuotes(t *testing.T) {
	log, said := test.NewNullLogger()
	n := testNode(t, 2, func(c *Config) { c.Log = log })
	l := &linkLog{node: n, peer: 1}
	for theirs, want := range map[string]string{
		"test":           "it refuses this host: another ring: it is of ring test, this host is of ring zog",
		"x\x1b[2J\u202e": `it refuses this host: another ring: it is of ring x\\x1b[2J\\xe2\\x80\\xae, this host is of ring zog`,
		`"`:              `it refuses this host: another ring: it is of ring \\\", this host is of ring zog`,
	} {
		said.Reset()
		l.down(refusedError(n.sameRing(theirs).Error()))
		if got := said.LastEntry().Message; got != "no messages are exchanged with this peer: "+want {
			t.Errorf("of %q: %s", theirs, got)
		}
	}
	if got := refusedError(strings.Repeat("x", 1000)).Error(); len(got) > 300 {
		t.Errorf("%d bytes are shown", len(got))
	}
}

// A line about a peer that cannot be reached names the peer, and not the addresses too.
func TestThatAPeerCannotBeReachedIsSaidShortly(t *testing.T) {
	log, said := test.NewNullLogger()
	n := testNode(t, 2, func(c *Config) { c.Log = log })
	at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.55.2:55551"))
	(&linkLog{node: n, peer: 1}).down(fmt.Errorf("link: %w", &net.OpError{
		Op: "dial", Net: "tcp", Source: at, Addr: at, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED),
	}))
	if e := said.LastEntry(); e.Message != "peer cannot be reached: connection refused" || e.Data["peer"] != "PA" {
		t.Errorf("%q, %v", e.Message, e.Data)
	}
}
