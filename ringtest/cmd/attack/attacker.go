package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/messages/pzog"
)

// liar is the host whose address a lying peer has, attacked and other those that
// honest clients send to, and away the one that some attacks start late.
const (
	attacked = 0
	other    = 1
	away     = 3
	liar     = 4
)

// attacker is who attacks. All of its connections end with the attack.
type attacker struct {
	*stage
	ctx context.Context

	mu       sync.Mutex
	conns    []net.Conn
	failures []string
	messages []check.Message // that it was told something of
}

// anywhere returns an address of this machine that no host has, and no honest
// client: the same for the same n.
func anywhere(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 66, byte(1 + n%250)}) }

// dial connects from an address.
func (a *attacker) dial(from netip.Addr, to netip.AddrPort) (*wire, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: time.Second}
	conn, err := d.DialContext(a.ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	a.track(conn)
	return newWire(conn), nil
}

// track has a connection end with the attack.
func (a *attacker) track(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conns = append(a.conns, conn)
	if a.ctx.Err() != nil {
		_ = conn.Close() // the others are closed already, or will be
	}
}

// client connects to the client port of the attacked host as stranger n.
func (a *attacker) client(n int) (*wire, error) { return a.dial(anywhere(n), a.clientPort(attacked)) }

// clients connects so many strangers, each address with its share of them, until
// the first that cannot.
func (a *attacker) clients(n, addresses int) (all []*wire) {
	for i := range n {
		w, err := a.client(i % addresses)
		if err != nil {
			return all
		}
		all = append(all, w)
	}
	return all
}

// parallel has all connections do something at once, and returns when they have.
func parallel(all []*wire, do func(i int, w *wire)) {
	var working sync.WaitGroup
	for i, w := range all {
		working.Go(func() { do(i, w) })
	}
	working.Wait()
}

// drain reads whatever comes, and forgets it, as long as the connection lasts.
func (a *attacker) drain(w *wire) { go func() { _, _ = io.Copy(io.Discard, w.in) }() }

// close ends all connections.
func (a *attacker) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.conns {
		_ = c.Close() // it may be closed already
	}
}

// over tells whether the time is up.
func (a *attacker) over() bool { return a.ctx.Err() != nil }

// pause lets time go by, unless the time is up.
func (a *attacker) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-a.ctx.Done():
	}
}

// fail notes a bar of this attack that is missed.
func (a *attacker) fail(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures = append(a.failures, fmt.Sprintf(format, args...))
}

// record notes what the attacker was told of a message of its own: what is
// acknowledged has to be kept, whoever sent it.
func (a *attacker) record(m check.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.messages = append(a.messages, m)
}

// keepAlive is what a lying peer says.
func (a *attacker) keepAlive(delta bool, marks ...*pzog.Mark) *pzog.KeepAlive {
	return &pzog.KeepAlive{Version: 1, Host: a.Name(liar), Ring: a.Digest(), Delta: delta, Marks: marks, IntervalMs: 5000}
}

// greet connects to the peer port of a host as the liar, with marks, and returns
// what the host says that it holds.
func (a *attacker) greet(host int, marks ...*pzog.Mark) (*wire, []*pzog.Mark, error) {
	w, err := a.dial(a.Hosts[liar].Address, a.peerPort(host))
	if err != nil {
		return nil, nil, err
	}
	if err := w.send(frame.AppendKeepAlive(nil, a.keepAlive(false, marks...), frame.PeerLimit)); err != nil {
		return nil, nil, err
	}
	theirs, err := w.marks()
	return w, theirs, err
}

// errNoRun says that a host has told of no run of the other honest host.
var errNoRun = errors.New("the other host's run is not known")

// greetForRuns greets the attacked host without a lie, and returns the connection and the
// runs of the other host.
func (a *attacker) greetForRuns() (*wire, []*pzog.Mark, error) {
	w, theirs, err := a.greet(attacked)
	if err != nil {
		return nil, nil, err
	}
	theirs = runsOf(theirs, a.Name(other))
	if len(theirs) == 0 {
		return nil, nil, errNoRun
	}
	return w, theirs, nil
}

// result is what an attack came to, and what ended it.
func result(err error, format string, args ...any) string {
	said := fmt.Sprintf(format, args...)
	if err != nil {
		said += ": " + err.Error()
	}
	return said
}

// loop does something until the time is up, with a pause in between, and returns
// how often it went well.
func (a *attacker) loop(pause time.Duration, do func(round int) error) (done int) {
	for round := 0; !a.over(); round++ {
		if do(round) == nil {
			done++
		}
		a.pause(pause)
	}
	return done
}
