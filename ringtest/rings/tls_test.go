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
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/messages/pzog"
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

// newHouse returns a ring with tls.mode of which no host runs yet.
func newHouse(t *testing.T, hosts int, mode config.TLSMode) *house {
	t.Helper()
	h := &house{t: t, Network: memnet.New(), ring: config.Loopback(hosts)}
	h.ca = newAuthority(t, h.ring.Ring)
	h.ring.Log.Dir, h.ring.TLS.Mode = "log", mode
	for i := range hosts {
		h.disks = append(h.disks, crashdisk.New("log"))
		h.trust = append(h.trust, h.issue(h.ca, h.of(i), h.ca))
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

// startHouse starts a ring with tls.mode.
func startHouse(t *testing.T, hosts int, mode config.TLSMode) *house {
	t.Helper()
	h := newHouse(t, hosts, mode)
	for range hosts {
		h.start(h.ring)
	}
	return h
}

// start starts the next host, with the ring file that it has.
func (h *house) start(ring *config.Ring) {
	h.t.Helper()
	i := len(h.hosts)
	log := logrus.New()
	log.SetOutput(&h.said)
	host, err := supervisor.Start(supervisor.Options{
		Ring: ring, Self: i, Log: log, Trust: h.trust[i],
		Seams: actors.Seams{Dial: h.Dial, Listen: h.Listen, FS: h.disks[i]},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.hosts = append(h.hosts, host)
}

// with returns the ring file with another tls.mode.
func (h *house) with(mode config.TLSMode) *config.Ring {
	next := *h.ring
	next.TLS.Mode = mode
	return &next
}

// says returns the diagnostics of a host.
func (h *house) says(i int) string {
	var own strings.Builder
	for line := range strings.Lines(h.said.String()) {
		if strings.Contains(line, " host="+h.ring.Hosts[i].Name+" ") {
			own.WriteString(line)
		}
	}
	return own.String()
}

// issue returns the Trust of somebody whose certificate a CA signs, and who trusts others.
func (h *house) issue(by *trust.Authority, r trust.Request, trusted ...*trust.Authority) *trust.Trust {
	return h.issueAt(by, r, time.Now(), nil, trusted...)
}

// issueAt is issue at another time, for somebody who does not let in who is revoked.
func (h *house) issueAt(by *trust.Authority, r trust.Request, at time.Time, revoked trust.Revoked, trusted ...*trust.Authority) *trust.Trust {
	h.t.Helper()
	dir := h.t.TempDir()
	s := trust.Settings{
		Ring: h.ring.Ring, Revoked: revoked,
		CA: filepath.Join(dir, "ca.crt"), Cert: filepath.Join(dir, "own.crt"), Key: filepath.Join(dir, "own.key"),
	}
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
	var cas []byte
	for _, ca := range trusted {
		cas = append(cas, trust.EncodeCerts(ca.Cert)...)
	}
	for name, data := range map[string][]byte{s.CA: cas, s.Cert: trust.EncodeCerts(cert), s.Key: pem} {
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

// of returns what the certificate of a host says.
func (h *house) of(i int) trust.Request {
	return trust.Request{Kind: trust.Host, Name: h.ring.Hosts[i].Name}
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
	return h.file(i, "error.log")
}

// file returns a file of a host, once it is written.
func (h *house) file(i int, name string) string {
	h.t.Helper()
	time.Sleep(2 * time.Second)
	f, err := h.disks[i].OpenFile("log/"+name, os.O_RDONLY)
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
			h.hosts[i].Reload(h.with(mode), h.trust[i])
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

// A client knows the host that is to be at an address: another host of the ring there is not taken.
func TestTheHostAtAnAddress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 2, config.TLSRequire)
		laptop := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca)
		for _, name := range []string{"MV", "PA"} {
			c, err := client.New(client.Config{
				Hosts: []string{h.address(0, false).String()}, Timeout: 3 * time.Second,
				TLSFor: func(string) *tls.Config { return laptop.DialHost(name) },
				Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
					return h.Dial(ctx, netip.MustParseAddr("127.0.0.9"), netip.MustParseAddrPort(address))
				},
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			_, err = c.Send(context.Background(), "is it you")
			if told := name == "PA" && err != nil && strings.Contains(err.Error(), "it is host/MV, not host/PA"); told != (name == "PA") || !told && err != nil {
				t.Errorf("%s: %v", name, err)
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
		time.Sleep(75 * time.Second)
		if log := h.errorLog(0); strings.Count(log, "no TLS handshake in time") != 1 || !strings.Contains(log, "and 1 more from 127.0.0.9") {
			t.Errorf("error.log says %s", log)
		}
	})
}

// A client that may send cannot survey on the same connection, before and after it has sent.
func TestARoleIsNotAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 2, config.TLSRequire)
		sender := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca)
		for _, first := range [][]byte{nil, frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("one\r\n")})} {
			conn, err := tlsconn.Dial(t.Context(), h.dialRaw(0, false), sender.DialHost("MV"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = conn.Write(frame.AppendKeepAlive(first, &pzog.KeepAlive{Version: 1, Survey: true}, frame.ClientLimit))
			said, _ := io.ReadAll(conn)
			if want := "client/laptop has the roles send, and lacks follow"; !strings.Contains(string(said), want) {
				t.Errorf("after %d bytes: it is told %q, and not %q", len(first), said, want)
			}
			conn.Close()
		}
	})
}
