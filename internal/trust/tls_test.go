package trust

import (
	"crypto/ecdsa"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// side is what one side of a handshake sees.
type side struct {
	state tls.ConnectionState
	err   error // of the handshake, or of the first read after it
}

// shake lets two sides greet each other, as far as they get. Each sends one byte, which the other
// one reads: a client is told that it is refused when it reads.
func shake(client, server *tls.Config) (c, s side) {
	a, b := net.Pipe()
	done := make(chan side)
	go func() { done <- greet(tls.Server(b, server)) }()
	c = greet(tls.Client(a, client))
	return c, <-done
}

func greet(conn *tls.Conn) (s side) {
	defer conn.NetConn().Close()
	if s.err = conn.Handshake(); s.err != nil {
		return s
	}
	s.state = conn.ConnectionState()
	wrote := make(chan struct{})
	go func() { _, _ = conn.Write([]byte{1}); close(wrote) }()
	_, s.err = io.ReadFull(conn, make([]byte, 1))
	<-wrote
	return s
}

// always returns a Trust that is always in force.
func always(t *Trust) func() *Trust { return func() *Trust { return t } }

// inYears runs a test whose clock stands at day.
func inYears(t *testing.T, test func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(day))
		test(t)
	})
}

// Who gets through a handshake on which port, and what each side is told.
func TestHandshakes(t *testing.T) {
	house, barn, fake := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("barn", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	mv, pa := trusting(house.host("MV"), nil, house), trusting(house.host("PA"), nil, house)
	laptop := trusting(house.client("laptop", Send), nil, house)
	short := house.issue(Request{Kind: Client, Name: "short", Roles: Send, Life: time.Second}, day.Add(-time.Hour))
	early := house.issue(Request{Kind: Client, Name: "early", Roles: Send}, day.Add(2*time.Hour))
	optional := *mv
	optional.optional = true
	strict := *mv
	strict.revoked = Revoked{"client/laptop", "host/PA"}
	old := laptop.DialHost("MV")
	old.MinVersion, old.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
	unnamed := laptop.DialHost("MV")
	unnamed.NextProtos, unnamed.VerifyConnection = nil, nil // a client that does not mind

	const through = ""
	peers, clients := PeerServer(always(mv)), ClientServer(always(mv))
	for name, test := range map[string]struct {
		client         *tls.Config
		server         *tls.Config
		dialled, asked string // what each side says
	}{
		"a peer":                       {pa.DialPeer("MV"), peers, through, through},
		"a client":                     {laptop.DialHost("MV"), clients, through, through},
		"a client of any host":         {laptop.DialHost(""), clients, through, through},
		"a host as a client":           {pa.DialHost("MV"), clients, through, through},
		"a client without certificate": {trusting(issued{}, nil, house).DialHost("MV"), ClientServer(always(&optional)), through, through},
		"an optional certificate":      {laptop.DialHost("MV"), ClientServer(always(&optional)), through, through},

		"no certificate":             {trusting(issued{}, nil, house).DialHost("MV"), clients, "wants a certificate, and this one has none", "the other side has no certificate"},
		"no certificate, a peer":     {trusting(issued{}, nil, house).DialPeer("MV"), peers, "wants a certificate, and this one has none", "the other side has no certificate"},
		"other CA":                   {trusting(barn.host("PA"), nil, house).DialPeer("MV"), peers, "does not know the CA that signed our certificate (", "host/PA of ring barn, but its certificate is signed by another CA"},
		"other CA, the same name":    {trusting(fake.host("PA"), nil, house).DialPeer("MV"), peers, "does not know the CA", "signed by another CA"},
		"other CA, optional":         {trusting(barn.client("a", Admin), nil, house).DialHost("MV"), ClientServer(always(&optional)), "does not know the CA", "signed by another CA"},
		"other CA, of the host":      {trusting(pa.issued(), nil, fake).DialPeer("MV"), peers, "host/MV of ring house, but its certificate is signed by another CA", "refuses our certificate ("},
		"other host":                 {trusting(pa.issued(), nil, house).DialPeer("G"), peers, "it is host/MV, not host/G", "refuses our certificate ("},
		"other host, by a client":    {laptop.DialHost("G"), clients, "it is host/MV, not host/G", "refuses our certificate ("},
		"a client on the peer port":  {laptop.DialPeer("MV"), peers, "refuses our certificate (", "client/laptop is not a host of the ring"},
		"a client that plays a host": {laptop.DialHost("MV"), ClientServer(always(trusting(house.client("b", Send), nil, house))), "client/b is not a host", "refuses our certificate ("},
		"expired":                    {trusting(short, nil, house).DialHost("MV"), clients, "has expired, or is not valid yet", "client/short expired on 2026-11-30 11:00 UTC"},
		"not yet valid":              {trusting(early, nil, house).DialHost("MV"), clients, "has expired, or is not valid yet", "client/early is not valid before 2026-11-30 13:00 UTC"},
		"revoked":                    {laptop.DialHost("MV"), ClientServer(always(&strict)), "refuses our certificate (", "client/laptop with serial number"},
		"a revoked peer":             {pa.DialPeer("MV"), PeerServer(always(&strict)), "refuses our certificate (", "host/PA with serial number"},
		"TLS 1.2":                    {old, clients, "speaks no TLS 1.3", "the other side speaks no TLS 1.3"},
		"the other port":             {laptop.DialHost("MV"), peers, "speaks another protocol", "the other side speaks another protocol"},
		"no protocol":                {unnamed, clients, "refuses our certificate (", "it does not speak zog-client/1"},
	} {
		t.Run(name, func(t *testing.T) {
			inYears(t, func(t *testing.T) {
				c, s := shake(test.client, test.server)
				for _, end := range []struct {
					of   string
					err  error
					says string
				}{{"client", laptop.Explain(c.err, time.Now(), "MV"), test.dialled}, {"server", mv.Explain(s.err, time.Now(), ""), test.asked}} {
					if (end.err == nil) != (end.says == through) || end.err != nil && !strings.Contains(end.err.Error(), end.says) {
						t.Errorf("the %s says %v, want %q", end.of, end.err, end.says)
					}
				}
			})
		})
	}
}

// issued returns the own certificate with its key.
func (t *Trust) issued() issued { return issued{t.chain[0], t.cert.PrivateKey.(*ecdsa.PrivateKey)} }

// Both sides know who the other one is.
func TestOf(t *testing.T) {
	house := must(NewAuthority("house", day, DefaultCALife))
	mv, laptop := trusting(house.host("MV"), nil, house), trusting(house.client("laptop", Send), nil, house)
	mv.optional = true
	inYears(t, func(t *testing.T) {
		c, s := shake(laptop.DialHost("MV"), ClientServer(always(mv)))
		host, ok := Of(c.state)
		client, too := Of(s.state)
		if !ok || !too || host.Who() != "host/MV" || client.Who() != "client/laptop" || client.Roles != Send {
			t.Errorf("%+v, %+v: %v, %v", host, client, c.err, s.err)
		}
		_, s = shake(trusting(issued{}, nil, house).DialHost("MV"), ClientServer(always(mv)))
		if id, ok := Of(s.state); ok || s.err != nil {
			t.Errorf("without a certificate: %+v, %v", id, s.err)
		}
	})
}

// No session is resumed, as the certificates would not be looked at again.
func TestNoSessionIsResumed(t *testing.T) {
	house := must(NewAuthority("house", day, DefaultCALife))
	mv, laptop := trusting(house.host("MV"), nil, house), trusting(house.client("laptop", Send), nil, house)
	cache := tls.NewLRUClientSessionCache(10)
	inYears(t, func(t *testing.T) {
		for range 3 {
			config := laptop.DialHost("MV")
			config.ServerName, config.ClientSessionCache, config.SessionTicketsDisabled = "mv", cache, false
			c, s := shake(config, ClientServer(always(mv)))
			if c.err != nil || s.err != nil || c.state.DidResume || s.state.DidResume {
				t.Fatalf("%v, %v: resumed %v", c.err, s.err, c.state.DidResume)
			}
		}
		if _, ok := cache.Get("mv"); ok {
			t.Error("a ticket was given out")
		}
	})
}

// A reload is seen by the next handshake, without a new listener: another certificate, another CA
// and another list of revoked ones.
func TestReload(t *testing.T) {
	house, next := must(NewAuthority("house", day, DefaultCALife)), must(NewAuthority("house", day, DefaultCALife))
	pa := trusting(house.host("PA"), nil, house, next)
	now := trusting(house.host("MV"), nil, house)
	server := PeerServer(func() *Trust { return now })
	inYears(t, func(t *testing.T) {
		c, s := shake(pa.DialPeer("MV"), server)
		if c.err != nil || s.err != nil {
			t.Fatal(c.err, s.err)
		}
		before, _ := Of(c.state)
		now = trusting(next.host("MV"), nil, house, next)
		c, s = shake(pa.DialPeer("MV"), server)
		if after, _ := Of(c.state); c.err != nil || s.err != nil || after.Serial == before.Serial {
			t.Errorf("with a new certificate: %v, %v", c.err, s.err)
		}
		live := s.state
		now = trusting(next.host("MV"), Revoked{"host/PA"}, house, next)
		if _, s = shake(pa.DialPeer("MV"), server); s.err == nil {
			t.Error("who is revoked is let in")
		}
		if _, err := now.Verify(live.PeerCertificates, time.Now(), Want{Kind: Host}); err == nil {
			t.Error("a live connection of who is revoked would stay")
		}
		now = trusting(next.host("MV"), nil, next)
		if _, s = shake(pa.DialPeer("MV"), server); s.err == nil {
			t.Error("the old CA is trusted")
		}
	})
}

// A side that speaks plain text is told from one with a wrong certificate.
func TestPlainText(t *testing.T) {
	house := must(NewAuthority("house", day, DefaultCALife))
	mv := trusting(house.host("MV"), nil, house)
	for name, config := range map[string]func(net.Conn) *tls.Conn{
		"a server": func(c net.Conn) *tls.Conn { return tls.Server(c, PeerServer(always(mv))) },
		"a client": func(c net.Conn) *tls.Conn { return tls.Client(c, mv.DialPeer("PA")) },
	} {
		a, b := net.Pipe()
		go func() {
			go func() { _, _ = io.Copy(io.Discard, a) }()
			_, _ = a.Write([]byte("\x0a\x04zog1 and more"))
		}()
		err := mv.Explain(config(b).Handshake(), day, "")
		if err == nil || err.Error() != "the other side does not speak TLS" {
			t.Errorf("%s says %v", name, err)
		}
		a.Close()
		b.Close()
	}
}

// The configuration of a listener lets nobody in by itself.
func TestTheOuterConfigurationHasNoCertificate(t *testing.T) {
	house := must(NewAuthority("house", day, DefaultCALife))
	mv := trusting(house.host("MV"), nil, house)
	outer := PeerServer(always(mv))
	outer.GetConfigForClient = nil
	if c, s := shake(mv.DialPeer("MV"), outer); c.err == nil || s.err == nil {
		t.Error("a handshake without certificates")
	}
}
