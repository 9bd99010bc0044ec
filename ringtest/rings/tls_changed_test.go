package rings_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/trust"
)

// change is a row of the table of connections that are closed, in docs/operations.md.
type change struct {
	what, client, peer string // what it is, and what a client and a host are told at their next dial
	ofClient, ofPeer   string // in error.log of the host that closes their connections
}

// changes are what closes connections that were let in, in the order of docs/operations.md. MV and PA are
// connected, and a client with MV. make returns what is in force at MV then.
var changes = []struct {
	change
	plain bool // the connections are plain text
	make  func(h *house) (*config.Ring, *trust.Trust)
}{
	{change: change{"both are revoked", "MV refuses our certificate (client/laptop): the reason is in error.log of MV", "TLS: MV refuses our certificate (host/PA): the reason is in error.log of MV",
		"TLS: the certificate of client/laptop with serial number ... is revoked", "TLS: the certificate of host/PA with serial number ... is revoked"},
		make: func(h *house) (*config.Ring, *trust.Trust) {
			return h.ring, h.issueAt(h.ca, h.of(0), time.Now(), trust.Revoked{"client/laptop", "host/PA"}, h.ca)
		}},
	{change: change{"their CA is not trusted any more", "MV does not know the CA that signed our certificate (client/laptop)", "TLS: MV does not know the CA that signed our certificate (host/PA)",
		"TLS: it says that it is client/laptop of ring ..., but its certificate is signed by another CA", "TLS: it says that it is host/PA of ring ..., but its certificate is signed by another CA"},
		make: func(h *house) (*config.Ring, *trust.Trust) {
			return h.ring, h.issue(h.ca, h.of(0), newAuthority(h.t, h.ring.Ring))
		}},
	{change: change{"their certificates expire", "MV says that our certificate (client/laptop) has expired, or is not valid yet", "TLS: MV says that our certificate (host/PA) has expired, or is not valid yet",
		"TLS: the certificate of client/laptop expired on ..., and here it is ...", "TLS: the certificate of host/PA expired on ..., and here it is ..."},
		make: func(h *house) (*config.Ring, *trust.Trust) {
			time.Sleep(lifeOfChanged)
			return h.ring, h.trust[0]
		}},
	{change: change{"`tls.mode` is `require` now, and they speak plain text", "the host takes only TLS", "it refuses this host: plain text where TLS is wanted",
		"this host takes only TLS now", "this host takes only TLS now"}, plain: true,
		make: func(h *house) (*config.Ring, *trust.Trust) { return h.with(config.TLSRequire), h.trust[0] }},
	{change: change{"`tls.mode` is `off` now", "the other side does not speak TLS", "TLS: MV does not speak TLS",
		"this host takes only plain text now", "this host takes only plain text now"},
		make: func(h *house) (*config.Ring, *trust.Trust) { return h.with(config.TLSOff), nil }},
}

// lifeOfChanged is how long the certificates of the client and of PA are valid in tests of changes.
const lifeOfChanged = 5 * time.Minute

// startChanged returns a ring of two hosts that are connected, and a client that is connected with MV.
func startChanged(t *testing.T, plain bool) (*house, *client.Client) {
	t.Helper()
	h := newHouse(t, 2, config.TLSRequire)
	r, pa := laptop, h.of(1)
	r.Life, pa.Life = lifeOfChanged, lifeOfChanged
	h.trust[1] = h.issue(h.ca, pa, h.ca)
	cfg := h.issue(h.ca, r, h.ca).DialHost("")
	mode := config.TLSRequire
	if plain {
		cfg, mode = nil, config.TLSOff
	}
	for range h.disks {
		h.start(h.with(mode))
	}
	if plain {
		h.hosts[0].Reload(h.with(config.TLSAccept), h.trust[0])
	}
	c := h.client(cfg, 0)
	if _, err := c.Send(context.Background(), "one"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Minute)
	if n := strings.Count(h.said.String(), "peer is up"); n != 2 || h.errorLog(0) != "" {
		t.Fatalf("%d links are up; error.log: %s\n%s", n, h.errorLog(0), h.said.String())
	}
	return h, c
}

// What closes connections that were let in: those of a client and those between hosts, in both
// directions. What each of them is told when it dials again, and what error.log says.
func TestConnectionsThatWouldNotPassAnyMore(t *testing.T) {
	for _, test := range changes {
		t.Run(test.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, c := startChanged(t, test.plain)
				h.hosts[0].Reload(test.make(h))
				time.Sleep(time.Minute)
				log := h.errorLog(0) // before the client dials again
				_, err := c.Send(context.Background(), "two")
				if err == nil || !matches(err.Error(), test.client) {
					t.Errorf("the client is told %v, want %q", err, test.client)
				}
				for _, want := range []string{"peer is down: it closed the connection: " + test.ofPeer, "no messages are exchanged with this peer: " + test.peer} {
					if said := h.says(1); !matches(said, want) {
						t.Errorf("PA says %s, want %q", said, want)
					}
				}
				if said := h.says(0); !strings.Contains(said, "no messages are exchanged with this peer") {
					t.Errorf("MV goes on with PA on its own connection: %s", said)
				}
				for _, want := range []string{" 127.0.0.9:... " + test.ofClient, " 127.0.55.2:... " + test.ofPeer} {
					if !matches(log, want) {
						t.Errorf("error.log says %s, want %q", log, want)
					}
				}
				if n := h.hosts[0].Counts().Taken.Load(); n != 1 {
					t.Errorf("%d messages were taken", n)
				}
			})
		})
	}
}

// While both are taken, the diagnostics say who speaks plain text yet: at once, and again while the connection is open.
func TestWhoSpeaksPlainTextIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := startChanged(t, true) // the client has connected in accept
		const says = "client 127.0.0.9 speaks plain text"
		said := h.said.String()
		if strings.Count(said, says) != 1 || strings.Count(said, "\"peer is up\"") != 2 || !strings.Contains(said, "tls=false") || strings.Contains(said, "tls=true") {
			t.Errorf("MV says %s", said)
		}
		for range 10 {
			time.Sleep(time.Minute)
			h.hosts[0].Recheck()
		}
		time.Sleep(time.Second)
		if n := strings.Count(h.said.String(), says); n != 2 {
			t.Errorf("it is said %d times in 11 minutes", n)
		}
		for i := range h.hosts {
			h.hosts[i].Reload(h.with(config.TLSRequire), h.issue(h.ca, h.of(i), h.ca))
		}
		time.Sleep(time.Minute)
		if said := h.said.String(); !strings.Contains(said, "tls=true") || strings.Count(said, says) != 2 {
			t.Errorf("MV says %s", said)
		}
	})
}

// A new certificate of the same CA closes nothing, and the next handshake has it.
func TestRenewedUnderLiveConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, c := startChanged(t, false)
		old, _ := h.trust[0].Self()
		next := h.issue(h.ca, h.of(0), h.ca)
		h.hosts[0].Reload(h.ring, next)
		h.hosts[0].Recheck()
		time.Sleep(time.Minute)
		if _, err := c.Send(context.Background(), "two"); err != nil {
			t.Error(err)
		}
		if said := h.said.String(); strings.Count(said, "peer is up") != 2 || strings.Contains(said, "peer is down") {
			t.Errorf("peers connect again: %s", said)
		}
		if log := h.errorLog(0) + h.errorLog(1); log != "" {
			t.Errorf("error.log says %s", log)
		}
		conn := tls.Client(h.dialRaw(0, false), h.issue(h.ca, laptop, h.ca).DialHost(""))
		defer conn.Close()
		if err := conn.Handshake(); err != nil {
			t.Fatal(err)
		}
		shown, _ := trust.Of(conn.ConnectionState())
		if want, _ := next.Self(); shown.Serial != want.Serial || shown.Serial == old.Serial {
			t.Errorf("the certificate has the serial number %s, want %s", shown.Serial, want.Serial)
		}
	})
}

// A host whose certificate was replaced before it is revoked is dialled again at once, and nobody is
// told that the two refuse each other.
func TestReplacedCertificateRevoked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 2, config.TLSRequire)
		time.Sleep(5 * time.Second)
		old, _ := h.trust[1].Self()
		h.hosts[1].Reload(h.ring, h.issue(h.ca, h.of(1), h.ca))
		h.hosts[0].Reload(h.ring, h.issueAt(h.ca, h.of(0), time.Now(), trust.Revoked{old.Serial}, h.ca))
		time.Sleep(2 * time.Second)
		said := h.said.String()
		if !matches(said, "peer is down: its certificate is not taken any more: TLS: the certificate of host/PA with serial number ... is revoked") ||
			strings.Contains(said, "no messages are exchanged") || strings.Count(said, "peer is up") != 4 {
			t.Errorf("the hosts say %s", said)
		}
	})
}

// No session is resumed: the host gives out no ticket, and takes none that a client has from
// elsewhere. So who is revoked is refused, whatever it has kept.
func TestNoSessionIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		mine := h.issue(h.ca, laptop, h.ca)
		cache := &sessions{LRU: tls.NewLRUClientSessionCache(1)}
		dial := func(raw net.Conn) *tls.Conn {
			cfg := mine.DialHost("")
			cfg.ServerName, cfg.SessionTicketsDisabled, cfg.ClientSessionCache = "mv", false, cache
			conn := tls.Client(raw, cfg)
			if err := conn.Handshake(); err != nil {
				t.Fatal(err)
			}
			return conn
		}
		talk := func(conn *tls.Conn, text string) error {
			defer conn.Close()
			_, _ = conn.Write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte(text + "\r\n")}))
			_, err := io.ReadAtLeast(conn, make([]byte, 64), 4)
			return err
		}
		if err := talk(dial(h.dialRaw(0, false)), "one"); err != nil || cache.given != 0 {
			t.Errorf("%v; %d tickets were given out", err, cache.given)
		}
		elsewhere := netip.MustParseAddrPort("127.0.0.8:1000")
		port, err := h.Listen(elsewhere)
		if err != nil {
			t.Fatal(err)
		}
		defer port.Close()
		go func() { // another host with this certificate, that gives out tickets
			raw, err := port.Accept()
			if err != nil {
				return
			}
			cfg := h.trust[0].DialHost("")
			cfg.ClientAuth, cfg.SessionTicketsDisabled, cfg.VerifyConnection = tls.RequireAnyClientCert, false, nil
			_, _ = tls.Server(raw, cfg).Write(make([]byte, 64))
		}()
		here, err := h.Dial(context.Background(), elsewhere.Addr(), elsewhere)
		if err != nil {
			t.Fatal(err)
		}
		if err := talk(dial(here), "elsewhere"); err != nil || cache.given == 0 {
			t.Fatalf("%v; the other host gives out no ticket", err)
		}
		offered := cache.taken
		conn := dial(h.dialRaw(0, false))
		if cache.taken == offered || conn.ConnectionState().DidResume {
			t.Errorf("offered: %v, resumed: %v", cache.taken > offered, conn.ConnectionState().DidResume)
		}
		if err := talk(conn, "two"); err != nil {
			t.Error(err)
		}
		h.hosts[0].Reload(h.ring, h.issueAt(h.ca, h.of(0), time.Now(), trust.Revoked{"client/laptop"}, h.ca))
		if err := talk(dial(h.dialRaw(0, false)), "three"); err == nil {
			t.Error("who is revoked is let in with a session")
		}
		if log := h.errorLog(0); !matches(log, "TLS: the certificate of client/laptop with serial number ... is revoked") {
			t.Errorf("error.log says %s", log)
		}
	})
}

// sessions counts the tickets that come, and those that are offered.
type sessions struct {
	LRU          tls.ClientSessionCache
	given, taken int
}

func (s *sessions) Get(key string) (*tls.ClientSessionState, bool) {
	state, ok := s.LRU.Get(key)
	if ok && state != nil {
		s.taken++
	}
	return state, ok
}

func (s *sessions) Put(key string, state *tls.ClientSessionState) {
	if state != nil {
		s.given++
		s.LRU.Put(key, state)
	}
}
