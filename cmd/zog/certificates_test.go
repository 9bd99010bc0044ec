package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
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
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/crashdisk"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/supervisor"
)

// safe is a directory with the certificates of a host.
type safe struct {
	t   *testing.T
	dir string
	ca  *trust.Authority
}

func newSafe(t *testing.T) *safe {
	return &safe{t, t.TempDir(), newCA(t, trust.DefaultCALife)}
}

func newCA(t *testing.T, life time.Duration) *trust.Authority {
	t.Helper()
	ca, err := trust.NewAuthority("zog", time.Now(), life)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

// put writes a certificate with a new key, and the CAs that are trusted. It returns the serial number.
func (s *safe) put(by *trust.Authority, name string, life time.Duration, trusted ...*trust.Authority) string {
	s.t.Helper()
	return s.putAt(time.Now(), by, name, life, trusted...)
}

// putAt is as put, with a certificate that is made at another time.
func (s *safe) putAt(at time.Time, by *trust.Authority, name string, life time.Duration, trusted ...*trust.Authority) string {
	s.t.Helper()
	key, err := trust.NewKey()
	if err != nil {
		s.t.Fatal(err)
	}
	cert, err := by.Issue(key.Public(), trust.Request{Kind: trust.Host, Name: name, Life: life}, at)
	if err != nil {
		s.t.Fatal(err)
	}
	pem, err := trust.EncodeKey(key, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	var cas []byte
	for _, ca := range trusted {
		cas = append(cas, trust.EncodeCerts(ca.Cert)...)
	}
	s.write("ca.crt", cas)
	s.write("own.crt", trust.EncodeCerts(cert))
	s.write("own.key", pem)
	id, err := trust.Identify(cert)
	if err != nil {
		s.t.Fatal(err)
	}
	return id.Serial
}

func (s *safe) write(file string, data []byte) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, file), data, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// load reads the certificates.
func (s *safe) load() *trust.Trust {
	s.t.Helper()
	at := func(file string) string { return filepath.Join(s.dir, file) }
	t, err := trust.Load(trust.Settings{CA: at("ca.crt"), Cert: at("own.crt"), Key: at("own.key")})
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

// watched is a daemon whose certificates are watched, in a bubble.
type watched struct {
	*safe
	*daemon
	network *memnet.Network
	said    diary
	file    *config.Ring // the ring file, as it is read
	last    string       // what was said during the last await
}

// diary is what a daemon says.
type diary struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (d *diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.buf.Write(p)
}

// next returns what was said since the last call.
func (d *diary) next() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.buf.Reset()
	return d.buf.String()
}

func startWatched(t *testing.T, s *safe) *watched {
	t.Helper()
	return startWatchedIn(t, s, config.TLSRequire)
}

func startWatchedIn(t *testing.T, s *safe, mode config.TLSMode) *watched {
	t.Helper()
	w := &watched{safe: s, network: memnet.New()}
	ring := config.Loopback(1)
	ring.Log.Dir = "log"
	ring.TLS = config.TLS{Mode: mode, CA: "ca.crt", Cert: "own.crt", Key: "own.key", Client: config.TLSClientRequire}
	log := logrus.New()
	log.SetOutput(&w.said)
	m := &member{file: filepath.Join(s.dir, "zog.yaml"), ring: ring}
	certs, err := m.watchCertificates(log)
	if err != nil {
		t.Fatal(err)
	}
	host, err := supervisor.Start(supervisor.Options{
		Ring: ring, Log: log, Trust: m.trust,
		Seams: actors.Seams{Dial: w.network.Dial, Listen: w.network.Listen, FS: crashdisk.New("log")},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.daemon = &daemon{
		log: log, host: host, member: m, signals: &signals{stop: make(chan struct{})}, reloads: make(chan struct{}, 1),
		read: func(string) (*config.Ring, error) { return w.file, nil },
	}
	w.file = ring
	w.daemon.certificates = certs
	ended := make(chan struct{})
	go func() { w.daemon.reload(); close(ended) }()
	t.Cleanup(func() {
		close(w.reloads)
		<-ended
		if err := host.Stop(10 * time.Second); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second) // virtual: protoactor's last goroutines end
	})
	return w
}

// shows returns the serial number of the certificate that a handshake shows.
func (w *watched) shows() string {
	w.t.Helper()
	at := netip.AddrPortFrom(w.ring.Hosts[0].Address, w.ring.Ports.Client)
	raw, err := w.network.Dial(context.Background(), at.Addr(), at)
	if err != nil {
		w.t.Fatal(err)
	}
	conn := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{trust.ClientProtocol}})
	defer conn.Close()
	if err := conn.Handshake(); err != nil {
		w.t.Fatal(err)
	}
	id, _ := trust.Of(conn.ConnectionState())
	return id.Serial
}

// Files that have changed are read within a minute. A bad one changes nothing, and why is said once.
func TestCertificatesAreWatched(t *testing.T) {
	const month = 30 * 24 * time.Hour
	for name, bad := range map[string]struct {
		spoil func(s *safe)
		says  string
	}{
		"no certificate":     {func(s *safe) { s.write("own.crt", []byte("nonsense")) }, "own.crt: there is no certificate in it"},
		"half a certificate": {func(s *safe) { s.write("own.crt", trust.EncodeCerts(s.ca.Cert)[:200]) }, "own.crt: there is no certificate in it"},
		"no key": {func(s *safe) {
			if err := os.Remove(filepath.Join(s.dir, "own.key")); err != nil {
				s.t.Fatal(err)
			}
		}, "own.key: no such file or directory"},
		"other key": {func(s *safe) {
			old, err := os.ReadFile(filepath.Join(s.dir, "own.key"))
			if err != nil {
				s.t.Fatal(err)
			}
			s.put(s.ca, "MV", month, s.ca)
			s.write("own.key", old)
		}, "it is not the key of the certificate in"},
		"other host": {func(s *safe) { s.put(s.ca, "PA", month, s.ca) }, "it is host/PA, not host/MV"},
		"other CA":   {func(s *safe) { s.put(newCA(s.t, month), "MV", month, s.ca) }, "its certificate is signed by another CA"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSafe(t)
				first := s.put(s.ca, "MV", 2*month, s.ca)
				w := startWatched(t, s)
				w.await(3*time.Minute, first)
				bad.spoil(s)
				w.await(3*time.Minute, first, "level=error msg=\"the certificates are not reloaded, the old ones stay in force: ", bad.says)
				w.edit(func(r *config.Ring) { r.Revoked = trust.Revoked{"host/MV"} })
				w.await(time.Second, first, "level=error msg=\"the certificates are not reloaded, the old ones stay in force: ", bad.says)
				w.reloaded("changed=revoked")
				if err := w.trust.Check(time.Now(), trust.Want{}); err == nil {
					t.Error("who is revoked is let in")
				}
				w.edit(func(r *config.Ring) { r.Revoked = nil })
				w.await(time.Second, first, "level=error msg=\"the certificates are not reloaded")
				w.reloaded("changed=revoked")
				second := s.put(s.ca, "MV", 2*month, s.ca)
				w.await(time.Minute, second, "level=info msg=\"certificates reloaded\"")
				third := s.put(s.ca, "MV", 2*month, s.ca)
				w.requestReload()
				w.await(time.Second, third)
				w.reloaded("")
				w.await(3*time.Minute, third)
			})
		})
	}
}

// await lets time pass. The daemon must say one line about its certificates with these words meanwhile, or
// none without words, and show the certificate with this serial number then.
func (w *watched) await(after time.Duration, serial string, words ...string) {
	w.t.Helper()
	time.Sleep(after)
	synctest.Wait()
	w.last = w.said.next()
	var about []string
	for line := range strings.Lines(w.last) {
		if said, _, _ := strings.Cut(line, " file="); strings.Contains(said, "certificate") {
			about = append(about, line)
		}
	}
	switch {
	case len(words) == 0 && len(about) == 0:
	case len(words) == 0 || len(about) != 1:
		w.t.Errorf("it says %q, want one line with %q", about, words)
	default:
		for _, word := range words {
			if !strings.Contains(about[0], word) {
				w.t.Errorf("it says %q, want %q", about[0], word)
			}
		}
	}
	if got := w.shows(); got != serial {
		w.t.Errorf("it shows the certificate %s, want %s", got, serial)
	}
}

// edit changes the ring file, and has it read.
func (w *watched) edit(change func(r *config.Ring)) {
	next := *w.file
	change(&next)
	w.file = &next
	w.requestReload()
}

// reloaded fails unless the last await has seen a ring file come into force, with these words.
func (w *watched) reloaded(words string) {
	w.t.Helper()
	for line := range strings.Lines(w.last) {
		if strings.Contains(line, "level=info msg=\"ring file reloaded\"") && strings.Contains(line, words) {
			return
		}
	}
	w.t.Errorf("it says %s, want that the ring file is reloaded, with %s", w.last, words)
}

// A certificate that is not valid now does not replace one that is. It is taken once it is valid, or when the
// old one is not valid either.
func TestCertificatesThatAreNotValidNow(t *testing.T) {
	const kept = "level=error msg=\"the certificates are not reloaded, the old ones stay in force: "
	const hour = time.Hour
	for name, test := range map[string]struct {
		issued time.Duration // when the new one is made, from now on; it becomes valid an hour before
		life   time.Duration
		says   string
		later  bool // it is taken a little later
	}{
		"expired":       {-3 * hour, hour, "own.crt: the certificate of host/MV expired on ", false},
		"not yet valid": {hour + 150*time.Second, 60 * 24 * hour, "own.crt: the certificate of host/MV is not valid before ", true},
	} {
		for _, hangup := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, SIGHUP: %v", name, hangup), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := newSafe(t)
					first := s.put(s.ca, "MV", 40*24*hour, s.ca)
					w := startWatched(t, s)
					w.await(time.Second, first)
					second := s.putAt(time.Now().Add(test.issued), s.ca, "MV", test.life, s.ca)
					after := time.Minute
					if hangup {
						w.requestReload()
						after = time.Second
					}
					w.await(after, first, kept, test.says)
					if hangup {
						w.reloaded("")
					}
					w.await(time.Minute, first)
					if test.later {
						w.await(2*time.Minute, second, "level=info msg=\"certificates reloaded\"")
					} else {
						w.await(2*time.Minute, first)
					}
				})
			})
		}
	}
}

// A host without a valid certificate takes another one all the same.
func TestAnExpiredCertificateIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t)
		ago := time.Now().Add(-3 * time.Hour)
		first := s.putAt(ago, s.ca, "MV", time.Hour, s.ca)
		w := startWatched(t, s)
		w.await(time.Second, first, "level=error msg=\"the certificate of this host has expired on ")
		second := s.putAt(ago.Add(time.Second), s.ca, "MV", time.Hour, s.ca)
		w.requestReload()
		w.await(time.Second, second, "level=error msg=\"the certificate of this host has expired on ")
		w.reloaded("")
	})
}

// Without certificates TLS is not begun, and all else of the ring file is in force.
func TestTLSIsNotBegunWithBadCertificates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t)
		serial := s.put(s.ca, "MV", 60*24*time.Hour, s.ca)
		good, err := os.ReadFile(filepath.Join(s.dir, "own.crt"))
		if err != nil {
			t.Fatal(err)
		}
		s.write("own.crt", []byte("nonsense"))
		w := startWatchedIn(t, s, config.TLSOff)
		for range 2 {
			w.edit(func(r *config.Ring) {
				r.TLS.Mode, r.Keepalive.Interval = config.TLSAccept, r.Keepalive.Interval+time.Second
			})
			time.Sleep(time.Second)
			synctest.Wait()
			said := w.said.next()
			if !strings.Contains(said, "level=error msg=\"the certificates are not loaded, tls.mode stays off: ") || !strings.Contains(said, "own.crt: there is no certificate in it") ||
				!strings.Contains(said, "changed=keepalive.interval") {
				t.Errorf("it says %s", said)
			}
			if w.ring.TLS.Mode != config.TLSOff || w.trust != nil {
				t.Errorf("tls.mode is %s", w.ring.TLS.Mode)
			}
		}
		s.write("own.crt", good)
		w.requestReload()
		w.await(time.Second, serial)
		w.reloaded("changed=tls")
	})
}

// A daemon looks at the time of its certificates at its start and each minute.
func TestExpiryIsWatched(t *testing.T) {
	const soon = "level=warning msg=\"the certificate of this host expires on "
	for life, then := range map[time.Duration]string{
		24*time.Hour + 90*time.Second: soon, // it has been said of the week before
		90 * time.Second:              "level=error msg=\"the certificate of this host has expired on ",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newSafe(t)
			serial := s.put(s.ca, "MV", life, s.ca)
			w := startWatched(t, s)
			w.await(time.Second, serial, soon)
			w.await(time.Minute, serial)
			w.await(time.Minute, serial, then)
			w.await(2*time.Minute, serial)
		})
	}
}

// Each certificate is warned of once when it ends within 30, 7 and 1 days, and when it has ended.
func TestExpiryWarnings(t *testing.T) {
	const day = 24 * time.Hour
	for name, test := range map[string]struct {
		host, ca, other time.Duration // how long they are valid
		at              []time.Duration
		says            []string // at each time, the lines
	}{
		"a host": {host: 100 * day, ca: 1000 * day,
			at:   []time.Duration{0, 70*day - time.Second, 70 * day, 71 * day, 93 * day, 98 * day, 99 * day, 100*day - 1, 100 * day, 200 * day},
			says: []string{"", "", "warning: this host expires", "", "warning: this host expires", "", "warning: this host expires", "", "error: this host has expired", ""}},
		"a host that was off": {host: 100 * day, ca: 1000 * day,
			at: []time.Duration{97 * day, 98 * day, 101 * day}, says: []string{"warning: this host expires", "", "error: this host has expired"}},
		"it starts too late": {host: day, ca: 1000 * day,
			at: []time.Duration{2 * day, 3 * day}, says: []string{"error: this host has expired", ""}},
		"the CA, and hosts end with it": {host: 1000 * day, ca: 100 * day,
			at: []time.Duration{0, 99 * day, 100 * day}, says: []string{"", "warning: this host expires, warning: the CA expires", "error: this host has expired, error: the CA has expired"}},
		"the second CA": {host: 1000 * day, ca: 1000 * day, other: 100 * day,
			at: []time.Duration{0, 80 * day}, says: []string{"", "warning: certificate 2 of the CA expires"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &safe{t, t.TempDir(), newCA(t, test.ca)}
				trusted := []*trust.Authority{s.ca}
				if test.other > 0 {
					trusted = append(trusted, newCA(t, test.other))
				}
				s.put(s.ca, "MV", test.host, trusted...)
				var said bytes.Buffer
				log := logrus.New()
				log.SetOutput(&said)
				watch, now, begin := &certificates{log: log}, s.load(), time.Now()
				for i, at := range test.at {
					for range 2 { // it is said once
						watch.warn(now, begin.Add(at))
					}
					if got := warnings(said.String()); got != test.says[i] {
						t.Errorf("after %v it says %q, want %q", at, got, test.says[i])
					}
					said.Reset()
				}
			})
		})
	}
}

// warnings returns the levels of some lines, and what ends.
func warnings(said string) string {
	var all []string
	for line := range strings.Lines(said) {
		_, rest, _ := strings.Cut(line, "level=")
		level, rest, _ := strings.Cut(rest, " msg=\"")
		what, _, _ := strings.Cut(strings.TrimPrefix(rest, "the certificate of "), " on ")
		if renew := strings.Contains(rest, "zog tls renew makes a new one"); renew != strings.HasPrefix(what, "this host") || renew == strings.Contains(rest, "From one CA to another") {
			what += ", and says " + rest
		}
		all = append(all, fmt.Sprintf("%s: %s", level, what))
	}
	return strings.Join(all, ", ")
}

// A new certificate is warned of anew.
func TestExpiryOfARenewedCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSafe(t)
		var said bytes.Buffer
		log := logrus.New()
		log.SetOutput(&said)
		watch := &certificates{log: log}
		for range 2 {
			s.put(s.ca, "MV", 20*24*time.Hour, s.ca)
			watch.warn(s.load(), time.Now())
			if got := warnings(said.String()); got != "warning: this host expires" {
				t.Errorf("it says %q", got)
			}
			said.Reset()
			time.Sleep(time.Hour)
		}
	})
}
