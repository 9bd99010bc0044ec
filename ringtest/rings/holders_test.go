package rings_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/trust"
)

// dialTLS connects to the client port of the first host from an address, and makes the handshake.
func (h *house) dialTLS(from netip.Addr, cfg *tls.Config) (*tls.Conn, error) {
	h.t.Helper()
	raw, err := h.Dial(context.Background(), from, h.address(0, false))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { raw.Close() })
	conn := tls.Client(raw, cfg)
	return conn, conn.Handshake()
}

// limit changes the limits of the first host.
func (h *house) limit(change func(*config.Limits)) {
	next := *h.ring
	change(&next.Limits)
	h.ring = &next
	h.hosts[0].Reload(h.ring, h.trust[0])
}

// A certificate has so many connections, wherever they come from: the oldest that says nothing makes
// room, and is told why. One with other roles is another one.
func TestConnectionsOfOneCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 1, config.TLSRequire)
		h.limit(func(l *config.Limits) { l.ClientsPerName = 3 })
		stolen := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca)
		reader := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Follow}, h.ca)
		var all []*wire
		for n := range 5 {
			who := stolen
			if n == 4 {
				who = reader
			}
			conn, err := h.dialTLS(stranger(n), who.DialHost("MV"))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, &wire{t: t, conn: conn, patience: time.Second})
			time.Sleep(time.Second)
		}
		all[0].requireToldWhy("closed to make room for another: it was idle")
		for n, w := range all[1:] {
			if !w.open() {
				t.Errorf("connection %d is closed", n+1)
			}
		}
	})
}

// A stolen certificate that is used from 200 addresses gets no more than one client's share of turns
// and memory: an honest client beside it is answered at once.
func TestAStolenCertificateHasOneShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := startHouse(t, 2, config.TLSRequire)
		if err := h.hosts[1].Stop(time.Second); err != nil {
			t.Fatal(err)
		}
		h.hosts = h.hosts[:1] // there is no second copy
		h.limit(func(l *config.Limits) {
			l.ClientsPerName, l.Handshakes, l.HandshakesPerAddress, l.ClientMemory = 300, 1000, 1000, 1<<20
		})
		stolen := h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "laptop", Roles: trust.Send}, h.ca).DialHost("MV")
		var flood []byte
		for id := uint64(1); id <= 2000; id++ {
			flood = frame.AppendData(flood, &frame.Data{ID: id, Text: []byte(strings.Repeat("x", 100) + "\r\n"), MinCopies: 2, TimeoutMS: 1 << 30})
		}
		for n := range 200 {
			conn, err := h.dialTLS(stranger(n), stolen)
			if err != nil {
				t.Fatal(err)
			}
			go func() { _, _ = conn.Write(flood) }() // the copies are waited for, and hold memory
		}
		time.Sleep(10 * time.Second)
		taken := h.hosts[0].Counts().Taken.Load()
		if limit := uint64(h.ring.Limits.ClientMemory / 2 / 130); taken == 0 || taken > limit {
			t.Errorf("%d messages of the stolen certificate are taken, of at most %d", taken, limit)
		}
		honest := h.client(h.issue(h.ca, trust.Request{Kind: trust.Client, Name: "desk", Roles: trust.Send}, h.ca).DialHost(""))
		for n := range 100 {
			if _, err := honest.Send(context.Background(), fmt.Sprintf("message %d", n)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
