package rings_test

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// refusal reads the last frame of a connection, which says why it is refused.
func (w *wire) refusal() string {
	w.t.Helper()
	f := w.read()
	if f.Kind != frame.Ack || f.Ack.Refused == "" {
		w.t.Fatalf("got %+v, and no refusal", f)
	}
	if f, err := w.try(); err == nil {
		w.t.Errorf("behind the refusal comes %+v", f)
	}
	return f.Ack.Refused
}

// Who is refused learns why, and error.log has it too.
func TestWhoIsRefusedLearnsWhy(t *testing.T) {
	other, wrong := &pzog.KeepAlive{Version: 1, Host: "PA", RingName: "test"}, &pzog.KeepAlive{Version: 1, Host: "G"}
	for name, tt := range map[string]struct {
		stranger, clients bool
		hello             *pzog.KeepAlive
		want              string
	}{
		"a stranger at the peer port":    {true, false, nil, "the address is of no host in the ring"},
		"a host of another ring":         {false, false, other, `another ring: it is of ring test, this host is of ring zog`},
		"a host under another's name":    {false, false, wrong, `name does not fit the address: calls itself G, but its address is that of PA`},
		"a host that says nothing":       {false, false, nil, "no keepAlive in time"},
		"a host at the port for clients": {false, true, wrong, "a peer's keepAlive on the client port"},
		"a host of another version":      {false, false, &pzog.KeepAlive{Version: 9, Host: "PA"}, "version of the protocol is not 1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				r.start(0)
				from, port := r.address(1), r.ring.Ports.Peer
				if tt.stranger {
					from = fromAfar
				}
				if tt.clients {
					port = r.ring.Ports.Client
				}
				w := r.dialPort(from, port)
				w.patience = 10 * time.Second
				if tt.hello != nil {
					w.write(frame.AppendKeepAlive(nil, tt.hello, frame.PeerLimit))
				}
				if got := w.refusal(); got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
				if log := strings.Join(r.errorLines(), "\n"); !strings.Contains(log, tt.want[:12]) {
					t.Errorf("error.log has %q", log)
				}
			})
		})
	}
}

// A host that is refused says why at once, not again for the same reason, and does not
// dial all the time. Once the other greets it dials at once.
func TestARefusedHostSaysWhy(t *testing.T) {
	for name, tt := range map[string]struct {
		answer *pzog.Ack
		said   string
	}{
		"by the other":                {&pzog.Ack{Version: 1, Host: "PA", Delta: true, Refused: "another ring\x1b[2J"}, "it refuses this host"},
		"by itself, for the ring":     {&pzog.Ack{Version: 1, Host: "PA", RingName: "test"}, "another ring"},
		"by itself, for a wrong name": {&pzog.Ack{Version: 1, Host: "G"}, "name does not fit"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				port, err := r.ListenBelow(netip.AddrPortFrom(r.address(1), r.ring.Ports.Peer))
				if err != nil {
					t.Fatal(err)
				}
				defer port.Close()
				r.start(0)
				began := time.Now()
				for range 3 {
					conn, err := port.Accept()
					if err != nil {
						t.Fatal(err)
					}
					defer conn.Close()
					w := &wire{t: t, conn: conn, patience: time.Second}
					w.read() // its hello
					w.write(frame.AppendAck(nil, tt.answer, frame.PeerLimit))
				}
				if took := time.Since(began); took < 50*time.Second {
					t.Errorf("it has dialled three times in %v", took)
				}
				time.Sleep(time.Second)
				if n := r.Said("no messages are exchanged with this peer"); n != 1 || r.Said(tt.said) == 0 {
					t.Errorf("it is said %d times", n)
				}
				r.dialPeer()
				began = time.Now()
				conn, err := port.Accept()
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if took := time.Since(began); took > time.Second {
					t.Errorf("the peer has greeted, and is dialled %v later", took)
				}
			})
		})
	}
}

// Two rings that meet exchange nothing, though all but their names is alike.
func TestTwoRingsMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		r.hosts[1].Reconfigure("ring: test")
		r.start(1)
		r.send(0, "ours")
		r.send(1, "theirs")
		time.Sleep(time.Minute)
		for i, foreign := range []string{"theirs", "ours"} {
			if log := strings.Join(r.lines(i), ""); strings.Contains(log, " "+foreign) {
				t.Errorf("host %d has %q", i, log)
			}
		}
		if n := r.Said("no messages are exchanged with this peer"); n != 2 {
			t.Errorf("it is said %d times", n)
		}
	})
}
