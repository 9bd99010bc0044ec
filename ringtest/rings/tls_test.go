package rings_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sirupsen/logrus"

	"xlattice.org/zog/actors"
	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/supervisor"
)

// house is a ring with certificates, on a network in memory.
type house struct {
	t  *testing.T
	ca *trust.Authority
	*memnet.Network
	ring  *config.Ring
	hosts []*supervisor.Host
	disks []*crashdisk.Disk
	trust []*trust.Trust
	said  lockedBuffer
}

// lockedBuffer is a buffer that several hosts write to.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// newAuthority returns a CA of the ring of these tests that is valid since a day.
func newAuthority(t *testing.T, ring string) *trust.Authority {
	t.Helper()
	ca, err := trust.NewAuthority(ring, time.Now().Add(-24*time.Hour), trust.DefaultCALife)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// startHouse starts a ring with tls.mode.
func startHouse(t *testing.T, hosts int, mode config.TLSMode) *house {
	t.Helper()
	h := &house{t: t, Network: memnet.New(), ring: config.Loopback(hosts)}
	h.ca = newAuthority(t, h.ring.Ring)
	h.ring.Log.Dir, h.ring.TLS.Mode = "log", mode
	for i := range hosts {
		h.disks = append(h.disks, crashdisk.New("log"))
		h.trust = append(h.trust, h.issue(h.ca, trust.Request{Kind: trust.Host, Name: h.ring.Hosts[i].Name}, h.ca))
		h.hosts = append(h.hosts, h.start(i))
	}
	t.Cleanup(func() {
		for _, host := range h.hosts {
			if err := host.Stop(10 * time.Second); err != nil {
				t.Error(err)
			}
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
	return h
}

func (h *house) start(i int) *supervisor.Host {
	h.t.Helper()
	log := logrus.New()
	log.SetOutput(&h.said)
	host, err := supervisor.Start(supervisor.Options{
		Ring: h.ring, Self: i, Log: log, Trust: h.trust[i],
		Seams: actors.Seams{Dial: h.Dial, Listen: h.Listen, FS: h.disks[i]},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return host
}

// issue returns the Trust of somebody whose certificate a CA signs, and who trusts others.
func (h *house) issue(by *trust.Authority, r trust.Request, trusted *trust.Authority) *trust.Trust {
	return h.issueAt(by, r, trusted, time.Now())
}

func (h *house) issueAt(by *trust.Authority, r trust.Request, trusted *trust.Authority, at time.Time) *trust.Trust {
	h.t.Helper()
	dir := h.t.TempDir()
	s := trust.Settings{Ring: h.ring.Ring, CA: filepath.Join(dir, "ca.crt"), Cert: filepath.Join(dir, "own.crt"), Key: filepath.Join(dir, "own.key")}
	key, err := trust.NewKey()
	if err != nil {
		h.t.Fatal(err)
	}
	if r.Life == 0 {
		r.Life = trust.DefaultLife
	}
	cert, err := by.Issue(key.Public(), r, at)
	if err != nil {
		h.t.Fatal(err)
	}
	pem, err := trust.EncodeKey(key, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for name, data := range map[string][]byte{s.CA: trust.EncodeCerts(trusted.Cert), s.Cert: trust.EncodeCerts(cert), s.Key: pem} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	t, err := trust.Load(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

// client returns a client of the hosts with these numbers, all if there are none.
func (h *house) client(config *tls.Config, hosts ...int) *client.Client {
	h.t.Helper()
	cfg := client.Config{TLS: config, Timeout: 3 * time.Second, Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
		return h.Dial(ctx, netip.MustParseAddr("127.0.0.9"), netip.MustParseAddrPort(address))
	}}
	for i := range h.hosts {
		if len(hosts) == 0 || i == hosts[0] {
			cfg.Hosts = append(cfg.Hosts, h.address(i, false).String())
		}
	}
	c, err := client.New(cfg)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	return c
}

func (h *house) address(i int, peer bool) netip.AddrPort {
	port := h.ring.Ports.Client
	if peer {
		port = h.ring.Ports.Peer
	}
	return netip.AddrPortFrom(h.ring.Hosts[i].Address, port)
}

// errorLog returns error.log of a host, once it is written.
func (h *house) errorLog(i int) string {
	h.t.Helper()
	time.Sleep(2 * time.Second)
	f, err := h.disks[i].OpenFile("log/error.log", os.O_RDONLY)
	if err != nil {
		h.t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// A ring of five that requires TLS exchanges messages, and copies are counted.
func TestRingWithTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 5, config.TLSRequire)
		laptop := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca)
		cfg := laptop.DialHost("")
		c := h.client(cfg)
		time.Sleep(5 * time.Second)
		for n := range 100 {
			if _, err := c.Send(context.Background(), fmt.Sprintf("message %d", n)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Second)
		taken, received := uint64(0), uint64(0)
		for _, host := range h.hosts {
			taken += host.Counts().Taken.Load()
			received += host.Counts().Received.Load()
		}
		if taken != 100 || received != 400 {
			t.Errorf("%d taken, %d received; want 100 and 400\n%s", taken, received, h.said.String())
		}
	})
}

// Who is refused, what it is told, and what error.log says.
func TestRefusedByTLS(t *testing.T) {
	send := trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}
	for name, test := range map[string]struct {
		dial       func(h *house) *tls.Config // nil is plain text
		revoked    string
		told, logs string
	}{
		"no certificate": {dial: func(h *house) *tls.Config {
			c := h.issue(h.ca, send, h.ca).DialHost("")
			c.GetClientCertificate, c.Certificates = nil, nil
			return c
		}, told: "wants a certificate, and this one has none", logs: "TLS: the other side has no certificate"},
		"other CA": {dial: func(h *house) *tls.Config {
			return h.issue(newAuthority(h.t, h.ring.Ring), send, h.ca).DialHost("")
		}, told: "does not know the CA that signed the certificate of this one", logs: "signed by another CA"},
		"other CA of the host": {dial: func(h *house) *tls.Config {
			return h.issue(h.ca, send, newAuthority(h.t, h.ring.Ring)).DialHost("")
		}, told: "it says that it is host/MV of ring", logs: "refuses the certificate of this one"},
		"other ring": {dial: func(h *house) *tls.Config {
			barn := newAuthority(h.t, "barn")
			return h.issue(barn, send, h.ca).DialHost("")
		}, told: "does not know the CA", logs: "client/laptop of ring barn"},
		"expired": {dial: func(h *house) *tls.Config {
			r := send
			r.Life = time.Hour
			return h.issueAt(h.ca, r, h.ca, time.Now().Add(-3*time.Hour)).DialHost("")
		}, told: "has expired, or is not valid yet", logs: "client/laptop expired on"},
		"not yet valid": {dial: func(h *house) *tls.Config {
			return h.issueAt(h.ca, send, h.ca, time.Now().Add(48*time.Hour)).DialHost("")
		}, told: "has expired, or is not valid yet", logs: "is not valid before"},
		"other host": {dial: func(h *house) *tls.Config { return h.issue(h.ca, send, h.ca).DialHost("PA") },
			told: "it is host/MV, not host/PA", logs: "refuses the certificate"},
		"role missing": {dial: func(h *house) *tls.Config {
			return h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "reader", Roles: trust.Follow}, h.ca).DialHost("")
		}, told: "client/reader has the roles follow, and lacks send", logs: "client/reader has the roles follow, and lacks send"},
		"revoked": {dial: func(h *house) *tls.Config { return h.issue(h.ca, send, h.ca).DialHost("") }, revoked: "client/laptop",
			told: "refuses the certificate of this one", logs: "is revoked"},
		"TLS 1.2": {dial: func(h *house) *tls.Config {
			c := h.issue(h.ca, send, h.ca).DialHost("")
			c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
			return c
		}, told: "speaks no TLS 1.3", logs: "speaks no TLS 1.3"},
		"the protocol of peers": {dial: func(h *house) *tls.Config { return h.issue(h.ca, send, h.ca).DialPeer("MV") },
			told: "speaks another protocol", logs: "speaks another protocol"},
		"plain text": {told: "the host takes only TLS", logs: "plain text where TLS is wanted"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := startHouse(t, 1, config.TLSRequire)
				if test.revoked != "" {
					next := *h.ring
					next.Revoked = []string{test.revoked}
					h.hosts[0].Reload(&next, h.revoking(0, test.revoked))
				}
				var cfg *tls.Config
				if test.dial != nil {
					cfg = test.dial(h)
				}
				_, err := h.client(cfg).Send(context.Background(), "let me in")
				if err == nil || !strings.Contains(err.Error(), test.told) {
					t.Errorf("it is told %v, want %q", err, test.told)
				}
				if log := h.errorLog(0); !strings.Contains(log, test.logs) {
					t.Errorf("error.log says %s, want %q", log, test.logs)
				}
				if n := h.hosts[0].Counts().Taken.Load(); n != 0 {
					t.Errorf("%d messages were taken", n)
				}
			})
		})
	}
}

// revoking returns a new certificate of a host that revokes somebody.
func (h *house) revoking(i int, who string) *trust.Trust {
	h.t.Helper()
	dir := h.t.TempDir()
	s := trust.Settings{Ring: h.ring.Ring, Revoked: trust.Revoked{who}, CA: filepath.Join(dir, "ca.crt"), Cert: filepath.Join(dir, "own.crt"), Key: filepath.Join(dir, "own.key")}
	key, _ := trust.NewKey()
	cert, err := h.ca.Issue(key.Public(), trust.Request{Kind: trust.Host, Name: h.ring.Hosts[i].Name, Life: trust.DefaultLife}, time.Now())
	if err != nil {
		h.t.Fatal(err)
	}
	pem, _ := trust.EncodeKey(key, nil)
	for name, data := range map[string][]byte{s.CA: trust.EncodeCerts(h.ca.Cert), s.Cert: trust.EncodeCerts(cert), s.Key: pem} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			h.t.Fatal(err)
		}
	}
	t, err := trust.Load(s)
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

// A client that is revoked while it is connected is cut off.
func TestRevokedWhileConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		c := h.client(h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca).DialHost(""))
		if _, err := c.Send(context.Background(), "one"); err != nil {
			t.Fatal(err)
		}
		next := *h.ring
		next.Revoked = []string{"client/laptop"}
		h.hosts[0].Reload(&next, h.revoking(0, "client/laptop"))
		time.Sleep(time.Second)
		if _, err := c.Send(context.Background(), "two"); err == nil {
			t.Error("it may still send")
		}
		if log := h.errorLog(0); strings.Count(log, "is revoked") < 2 {
			t.Errorf("error.log does not say that the live connection and the new one are refused: %s", log)
		}
	})
}

// A ring moves from off to accept to require, host by host, while a client sends: first in plain
// text, then with TLS. Nothing is lost.
func TestMoveToTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 5, config.TLSOff)
		time.Sleep(5 * time.Second)
		sent := 0
		send := func(c *client.Client, n int) {
			t.Helper()
			for range n {
				if _, err := c.Send(context.Background(), fmt.Sprintf("message %d", sent)); err != nil {
					t.Fatalf("message %d: %v", sent, err)
				}
				sent++
				time.Sleep(5 * time.Millisecond)
			}
		}
		to := func(i int, mode config.TLSMode) {
			next := *h.ring
			next.TLS.Mode = mode
			h.hosts[i].Reload(&next, h.trust[i])
		}
		plain := h.client(nil)
		send(plain, 200)
		for i := range h.hosts {
			to(i, config.TLSAccept)
			send(plain, 200)
		}
		protected := h.client(h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca).DialHost(""))
		send(protected, 200)
		for i := range h.hosts {
			to(i, config.TLSRequire)
			send(protected, 200)
		}
		time.Sleep(time.Minute)
		send(protected, 10)
		time.Sleep(5 * time.Second)
		for _, host := range h.hosts {
			if n := host.Counts().Taken.Load() + host.Counts().Received.Load(); n != uint64(sent) {
				t.Errorf("%s has %d of %d\n%s", host.Name(), n, sent, h.said.String())
			}
		}
	})
}

// On the peer port only hosts get through.
func TestPeerPortWithTLS(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 2, config.TLSRequire)
		laptop := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca)
		itself := h.trust[0]
		for says, cfg := range map[string]*tls.Config{
			"TLS: client/laptop is not a host of the ring": laptop.DialPeer("MV"),
			"it has the certificate of this host":          itself.DialPeer("MV"),
		} {
			raw, err := h.Dial(context.Background(), netip.MustParseAddr("127.0.0.9"), h.address(0, true))
			if err != nil {
				t.Fatal(err)
			}
			conn := tls.Client(raw, cfg)
			_ = conn.Handshake()
			_, err = io.ReadAll(conn)
			t.Log(says, err)
			raw.Close()
			if log := h.errorLog(0); !strings.Contains(log, says) {
				t.Errorf("error.log says %s, want %q", log, says)
			}
		}
	})
}

// A side that says nothing is let go after ten seconds, and others are served meanwhile.
func TestSilentHandshakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		began := time.Now()
		for _, peer := range []bool{true, false} {
			raw, err := h.Dial(context.Background(), netip.MustParseAddr("127.0.0.9"), h.address(0, peer))
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			go func() { _, _ = raw.Write([]byte{0x16, 0x03, 0x01}) }()
		}
		c := h.client(h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca).DialHost(""))
		if _, err := c.Send(context.Background(), "meanwhile"); err != nil || time.Since(began) > time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		time.Sleep(12 * time.Second)
		if log := h.errorLog(0); strings.Count(log, "no TLS handshake in time") != 2 {
			t.Errorf("error.log says %s", log)
		}
	})
}
