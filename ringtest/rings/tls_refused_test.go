package rings_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// refusal is a row of the tables of refusals in docs/operations.md. Where it has ... there, anything
// may stand.
type refusal struct {
	what string
	told string // what the side is told that dials
	logs string // in error.log of the host that accepts
}

// laptop is a client that may send.
var laptop = trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}

// clientRefusals are who is refused at the client port, in the order of docs/operations.md.
var clientRefusals = []struct {
	refusal
	mode    config.TLSMode // of the host; empty is require
	revoked trust.Revoked
	dial    func(h *house) *tls.Config // nil is plain text
}{
	{refusal: refusal{"no certificate", "MV wants a certificate, and this one has none",
		"TLS: the other side has no certificate"},
		dial: func(h *house) *tls.Config {
			c := h.issue(h.ca, laptop, h.ca).DialHost("")
			c.GetClientCertificate, c.Certificates = nil, nil
			return c
		}},
	{refusal: refusal{"other CA", "MV does not know the CA that signed our certificate (client/laptop)",
		"TLS: it says that it is client/laptop of ring ..., but its certificate is signed by another CA"},
		dial: func(h *house) *tls.Config { return h.issue(newAuthority(h.t, h.ring.Ring), laptop, h.ca).DialHost("") }},
	{refusal: refusal{"other CA of the host", "it says that it is host/MV of ring ..., but its certificate is signed by another CA",
		"TLS: the other side refuses our certificate (host/MV): its log says why"},
		dial: func(h *house) *tls.Config { return h.issue(h.ca, laptop, newAuthority(h.t, h.ring.Ring)).DialHost("") }},
	{refusal: refusal{"other ring", "MV does not know the CA that signed our certificate (client/laptop)",
		"TLS: it says that it is client/laptop of ring barn, but its certificate is signed by another CA"},
		dial: func(h *house) *tls.Config { return h.issue(newAuthority(h.t, "barn"), laptop, h.ca).DialHost("") }},
	{refusal: refusal{"expired", "MV says that our certificate (client/laptop) has expired, or is not valid yet",
		"TLS: the certificate of client/laptop expired on ..., and here it is ..."},
		dial: func(h *house) *tls.Config {
			r := laptop
			r.Life = time.Hour
			return h.issueAt(h.ca, r, time.Now().Add(-3*time.Hour), nil, h.ca).DialHost("")
		}},
	{refusal: refusal{"not yet valid", "MV says that our certificate (client/laptop) has expired, or is not valid yet",
		"TLS: the certificate of client/laptop is not valid before ..., and here it is ...: is a clock wrong?"},
		dial: func(h *house) *tls.Config {
			return h.issueAt(h.ca, laptop, time.Now().Add(48*time.Hour), nil, h.ca).DialHost("")
		}},
	{refusal: refusal{"other host's name", "it is host/MV, not host/PA",
		"TLS: the other side refuses our certificate (host/MV): its log says why"},
		dial: func(h *house) *tls.Config { return h.issue(h.ca, laptop, h.ca).DialHost("PA") }},
	{refusal: refusal{"role missing", "client/reader has the roles follow, and lacks send",
		"client/reader has the roles follow, and lacks send"},
		dial: func(h *house) *tls.Config {
			return h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "reader", Roles: trust.Follow}, h.ca).DialHost("")
		}},
	{refusal: refusal{"revoked", "MV refuses our certificate (client/laptop): the reason is in error.log of MV",
		"TLS: the certificate of client/laptop with serial number ... is revoked"},
		revoked: trust.Revoked{"client/laptop"},
		dial:    func(h *house) *tls.Config { return h.issue(h.ca, laptop, h.ca).DialHost("") }},
	{refusal: refusal{"TLS 1.2", "the other side speaks no TLS 1.3",
		"TLS: the other side speaks no TLS 1.3"},
		dial: func(h *house) *tls.Config {
			c := h.issue(h.ca, laptop, h.ca).DialHost("")
			c.MinVersion, c.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
			return c
		}},
	{refusal: refusal{"the protocol of peers", "the other side speaks another protocol: is this the peer port instead of the client port, or the other way round?",
		"TLS: the other side speaks another protocol: is this the peer port instead of the client port, or the other way round?"},
		dial: func(h *house) *tls.Config { return h.issue(h.ca, laptop, h.ca).DialPeer("MV") }},
	{refusal: refusal{"plain text to a host with TLS", "the host takes only TLS",
		"plain text where TLS is wanted"}},
	{refusal: refusal{"TLS to a host without", "the other side does not speak TLS",
		"looks like TLS: this port speaks pzog"}, mode: config.TLSOff,
		dial: func(h *house) *tls.Config { return h.issue(h.ca, laptop, h.ca).DialHost("") }},
}

// Who is refused at the client port, what it is told, and what error.log says.
func TestRefusedClients(t *testing.T) {
	for _, test := range clientRefusals {
		t.Run(test.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, 1, config.TLSRequire)
				if test.mode != "" {
					h.ring.TLS.Mode = test.mode
				}
				h.trust[0] = h.issueAt(h.ca, h.of(0), time.Now(), test.revoked, h.ca)
				h.start(h.ring)
				var cfg *tls.Config
				if test.dial != nil {
					cfg = test.dial(h)
				}
				_, err := h.client(cfg).Send(context.Background(), "let me in")
				if err == nil || !matches(err.Error(), test.told) {
					t.Errorf("it is told %v, want %q", err, test.told)
				}
				if log := h.errorLog(0); !matches(log, test.logs) {
					t.Errorf("error.log says %s, want %q", log, test.logs)
				}
				if n := h.hosts[0].Counts().Taken.Load(); n != 0 {
					t.Errorf("%d messages were taken", n)
				}
			})
		})
	}
}

// matches reports whether a line of a text has the words of a pattern, with anything for each ... in it.
func matches(text, pattern string) bool {
	for line := range strings.Lines(text) {
		found := true
		for _, part := range strings.Split(pattern, "...") {
			var ok bool
			if _, line, ok = strings.Cut(line, part); !ok {
				found = false
				break
			}
		}
		if found {
			return true
		}
	}
	return false
}

// peerRefusals are hosts that are refused at the peer port, in the order of docs/operations.md: PA dials
// MV.
var peerRefusals = []struct {
	refusal
	modes [2]config.TLSMode           // of MV and PA; empty is require
	mv    func(h *house) *trust.Trust // nil is what MV has
	pa    func(h *house) *trust.Trust // nil is what PA has
}{
	{refusal: refusal{"no certificate", "TLS: MV wants a certificate, and this one has none",
		"TLS: the other side has no certificate"},
		pa: func(h *house) *trust.Trust {
			file := filepath.Join(h.t.TempDir(), "ca.crt")
			if err := os.WriteFile(file, trust.EncodeCerts(h.ca.Cert), 0o600); err != nil {
				h.t.Fatal(err)
			}
			t, err := trust.Load(trust.Settings{CA: file})
			if err != nil {
				h.t.Fatal(err)
			}
			return t
		}},
	{refusal: refusal{"other CA", "TLS: MV does not know the CA that signed our certificate (host/PA)",
		"TLS: it says that it is host/PA of ring ..., but its certificate is signed by another CA"},
		pa: func(h *house) *trust.Trust { return h.issue(newAuthority(h.t, h.ring.Ring), h.of(1), h.ca) }},
	{refusal: refusal{"other CA of the host that is dialled", "TLS: it says that it is host/MV of ring ..., but its certificate is signed by another CA",
		"TLS: the other side refuses our certificate (host/MV): its log says why"},
		pa: func(h *house) *trust.Trust { return h.issue(h.ca, h.of(1), newAuthority(h.t, h.ring.Ring)) }},
	{refusal: refusal{"other ring", "TLS: MV does not know the CA that signed our certificate (host/PA)",
		"TLS: it says that it is host/PA of ring barn, but its certificate is signed by another CA"},
		pa: func(h *house) *trust.Trust { return h.issue(newAuthority(h.t, "barn"), h.of(1), h.ca) }},
	{refusal: refusal{"expired", "TLS: MV says that our certificate (host/PA) has expired, or is not valid yet",
		"TLS: the certificate of host/PA expired on ..., and here it is ..."},
		pa: func(h *house) *trust.Trust {
			r := h.of(1)
			r.Life = time.Hour
			return h.issueAt(h.ca, r, time.Now().Add(-3*time.Hour), nil, h.ca)
		}},
	{refusal: refusal{"not yet valid", "TLS: MV says that our certificate (host/PA) has expired, or is not valid yet",
		"TLS: the certificate of host/PA is not valid before ..., and here it is ...: is a clock wrong?"},
		pa: func(h *house) *trust.Trust { return h.issueAt(h.ca, h.of(1), time.Now().Add(48*time.Hour), nil, h.ca) }},
	{refusal: refusal{"other host's name", "TLS: it is host/PA, not host/MV",
		"TLS: the other side refuses our certificate (host/PA): its log says why"},
		mv: func(h *house) *trust.Trust { return h.issue(h.ca, h.of(1), h.ca) }},
	{refusal: refusal{"the name of the host itself", "it refuses this host: it has the certificate of this host",
		"it has the certificate of this host"},
		pa: func(h *house) *trust.Trust { return h.issue(h.ca, h.of(0), h.ca) }},
	{refusal: refusal{"a name that is not in the ring file", "it refuses this host: its certificate is that of no host in the ring file",
		"its certificate is that of no host in the ring file"},
		pa: func(h *house) *trust.Trust { return h.issue(h.ca, trust.Request{Kind: trust.Host, Name: "X"}, h.ca) }},
	{refusal: refusal{"a client's certificate", "TLS: MV refuses our certificate (client/laptop): the reason is in error.log of MV",
		"TLS: client/laptop is not a host of the ring"},
		pa: func(h *house) *trust.Trust { return h.issue(h.ca, laptop, h.ca) }},
	{refusal: refusal{"revoked", "TLS: MV refuses our certificate (host/PA): the reason is in error.log of MV",
		"TLS: the certificate of host/PA with serial number ... is revoked"},
		mv: func(h *house) *trust.Trust {
			return h.issueAt(h.ca, h.of(0), time.Now(), trust.Revoked{"host/PA"}, h.ca)
		}},
	{refusal: refusal{"plain text to a host with TLS", "it refuses this host: plain text where TLS is wanted",
		"plain text where TLS is wanted"}, modes: [2]config.TLSMode{config.TLSRequire, config.TLSOff}},
	{refusal: refusal{"TLS to a host without", "TLS: MV does not speak TLS",
		"looks like TLS: this port speaks pzog"}, modes: [2]config.TLSMode{config.TLSOff, config.TLSRequire}},
}

// Which hosts are refused at the peer port, what the host that dials logs, and what error.log of
// the other one says.
func TestRefusedPeers(t *testing.T) {
	for _, test := range peerRefusals {
		t.Run(test.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t, 2, config.TLSRequire)
				for i, other := range []func(*house) *trust.Trust{test.mv, test.pa} {
					if other != nil {
						h.trust[i] = other(h)
					}
					mode := test.modes[i]
					if mode == "" {
						mode = config.TLSRequire
					}
					h.start(h.with(mode))
				}
				time.Sleep(time.Minute)
				if said := h.says(1); !matches(said, "no messages are exchanged with this peer: "+test.told) {
					t.Errorf("PA says %s, want %q", said, test.told)
				}
				if log := h.errorLog(0); !matches(log, test.logs) {
					t.Errorf("error.log says %s, want %q", log, test.logs)
				}
				if said := h.said.String(); strings.Contains(said, "peer is up") {
					t.Errorf("they exchange messages: %s", said)
				}
			})
		})
	}
}

// A host that is refused is said once, however often it is dialled, also if the reason has to do with the time.
func TestARefusedPeerIsSaidOnce(t *testing.T) {
	for says, made := range map[string]time.Duration{"expired on": -3 * time.Hour, "is not valid before": 48 * time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse(t, 2, config.TLSRequire)
			r := h.of(0)
			r.Life = time.Hour
			h.trust[0] = h.issueAt(h.ca, r, time.Now().Add(made), nil, h.ca)
			for range h.disks {
				h.start(h.ring)
			}
			time.Sleep(10 * time.Minute)
			if said := h.says(1); strings.Count(said, "no messages are exchanged with this peer") != 1 || !strings.Contains(said, "TLS: the certificate of host/MV "+says) {
				t.Errorf("PA says %s", said)
			}
		})
	}
}

// The peer port speaks TLS 1.3 only, too.
func TestPeerPortWithTLS12(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		cfg := h.issue(h.ca, h.of(0), h.ca).DialPeer("MV")
		cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		conn := tls.Client(h.dialRaw(0, true), cfg)
		defer conn.Close()
		if err := trust.Explain(conn.Handshake()); err == nil || err.Error() != "the other side speaks no TLS 1.3" {
			t.Error(err)
		}
		if log := h.errorLog(0); !matches(log, "TLS: the other side speaks no TLS 1.3") {
			t.Errorf("error.log says %s", log)
		}
	})
}

// docs/operations.md has all rows of these tests, in their words.
func TestRefusalsAreExplained(t *testing.T) {
	page, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	clients, peers, closed := [][]string{}, [][]string{}, [][]string{}
	for _, r := range clientRefusals {
		clients = append(clients, []string{r.what, r.told, r.logs})
	}
	for _, r := range peerRefusals {
		peers = append(peers, []string{r.what, r.told, r.logs})
	}
	for _, c := range changes {
		closed = append(closed, []string{c.what, c.client, c.peer, c.ofClient, c.ofPeer})
	}
	for _, rows := range [][][]string{clients, peers, closed} {
		var want strings.Builder
		for _, row := range rows {
			want.WriteString("| " + row[0] + " | `" + strings.Join(row[1:], "` | `") + "` |\n")
		}
		if !strings.Contains(string(page), "|\n"+want.String()+"\n") {
			t.Errorf("docs/operations.md lacks this table:\n%s", want.String())
		}
	}
}

// dialRaw returns a connection to a port of a host, from an address of no host.
func (h *house) dialRaw(i int, peer bool) net.Conn {
	h.t.Helper()
	raw, err := h.Dial(context.Background(), netip.MustParseAddr("127.0.0.9"), h.address(i, peer))
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}
