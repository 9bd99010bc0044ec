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
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/messages/pzog"
)

// Honest clients send to attacked and other. Some attacks start away late. A lying peer has the
// address of liar.
const (
	attacked = 0
	other    = 1
	away     = 3
	liar     = 4
)

// attacker carries out an attack. All its connections end with the attack.
type attacker struct {
	*stage
	ctx context.Context

	mu       sync.Mutex
	conns    []net.Conn
	failures []string
	messages []check.Message // of its own whose results it knows
}

// anywhere returns a loopback address that no host and no honest client has; n selects it.
func anywhere(n int) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 66, byte(1 + n%250)}) }

// dial connects from an address.
func (a *attacker) dial(from netip.Addr, to netip.AddrPort) (*wire, error) {
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0)), Timeout: time.Second}
	conn, err := d.DialContext(a.ctx, "tcp", to.String())
	if err != nil {
		return nil, err
	}
	a.track(conn)
	if config := a.dialled(to); config != nil {
		within, cancel := context.WithTimeout(a.ctx, timeout)
		defer cancel()
		protected, err := tlsconn.Dial(within, conn, config)
		if err != nil {
			return nil, err
		}
		return newWire(protected), nil
	}
	return newWire(conn), nil
}

// track closes a connection at the end of the attack.
func (a *attacker) track(conn net.Conn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.conns = append(a.conns, conn)
	if a.ctx.Err() != nil {
		_ = conn.Close() // close may have run already
	}
}

// client connects to the client port of the attacked host, from address n.
func (a *attacker) client(n int) (*wire, error) { return a.dial(anywhere(n), a.clientPort(attacked)) }

// clients opens n connections from so many addresses, and stops at the first that fails.
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

// parallel calls do for all connections at once, and waits for it.
func parallel(all []*wire, do func(i int, w *wire)) {
	var working sync.WaitGroup
	for i, w := range all {
		working.Go(func() { do(i, w) })
	}
	working.Wait()
}

// drain reads and discards what arrives, until the connection ends.
func (a *attacker) drain(w *wire) { go func() { _, _ = io.Copy(io.Discard, w.in) }() }

// close ends all connections.
func (a *attacker) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range a.conns {
		_ = c.Close() // it may be closed already
	}
}

// over says whether the time of the attack is up.
func (a *attacker) over() bool { return a.ctx.Err() != nil }

// pause sleeps, but not beyond the end of the attack.
func (a *attacker) pause(d time.Duration) {
	select {
	case <-time.After(d):
	case <-a.ctx.Done():
	}
}

// fail records a bar of this attack that is missed.
func (a *attacker) fail(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.failures = append(a.failures, fmt.Sprintf(format, args...))
}

// record records the result of a message of the attacker: if it was acknowledged, the logs must have it.
func (a *attacker) record(m check.Message) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.messages = append(a.messages, m)
}

// keepAlive returns a KeepAlive of a lying peer.
func (a *attacker) keepAlive(delta bool, marks ...*pzog.Mark) *pzog.KeepAlive {
	return &pzog.KeepAlive{Version: 1, Host: a.Name(liar), Ring: a.Digest(), Delta: delta, Marks: marks, IntervalMs: 5000}
}

// greet connects to the peer port of a host as the liar, with marks, and returns the marks of the
// host.
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

// errNoRun says that a host has no marks of the other honest host's runs.
var errNoRun = errors.New("the other host's run is not known")

// greetForRuns greets the attacked host without lying, and returns the connection and the marks of
// the other host's runs.
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

// result describes the result of an attack, with the error that ended it.
func result(err error, format string, args ...any) string {
	text := fmt.Sprintf(format, args...)
	if err != nil {
		text += ": " + err.Error()
	}
	return text
}

// loop calls do until the time is up, with a pause between the calls, and returns how often it
// succeeded.
func (a *attacker) loop(pause time.Duration, do func(round int) error) (done int) {
	for round := 0; !a.over(); round++ {
		if do(round) == nil {
			done++
		}
		a.pause(pause)
	}
	return done
}
