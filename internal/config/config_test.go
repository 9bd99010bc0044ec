package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestLoopback(t *testing.T) {
	for n := 1; n <= 64; n++ {
		r := Loopback(n)
		if err := r.Validate(); err != nil {
			t.Errorf("Loopback(%d): %v", n, err)
		}
		if len(r.Hosts) != n {
			t.Errorf("Loopback(%d) has %d hosts", n, len(r.Hosts))
		}
	}
	for _, n := range []int{-1, 0, 65, 1000} {
		if Loopback(n).Validate() == nil {
			t.Errorf("Loopback(%d) is valid", n)
		}
	}
	var got []string
	for _, h := range Loopback(64).Hosts {
		got = append(got, h.Name+" "+h.Address.String())
	}
	for i, want := range map[int]string{
		0: "MV 127.0.55.1", 1: "PA 127.0.55.2", 2: "G 127.0.55.3", 3: "LA 127.0.55.4",
		4: "S 127.0.55.5", 5: "h6 127.0.55.6", 63: "h64 127.0.55.64",
	} {
		if got[i] != want {
			t.Errorf("host %d is %s, want %s", i, got[i], want)
		}
	}
}

func TestLookUps(t *testing.T) {
	r := Loopback(5)
	if i, ok := r.Index("LA"); !ok || i != 3 {
		t.Errorf("Index(LA) = %d, %t", i, ok)
	}
	for _, name := range []string{"", "la", "XX"} {
		if _, ok := r.Index(name); ok {
			t.Errorf("Index(%q) found one", name)
		}
	}
	for _, a := range []string{"127.0.55.4", "::ffff:127.0.55.4"} {
		if i, ok := r.ByAddress(netip.MustParseAddr(a)); !ok || i != 3 {
			t.Errorf("ByAddress(%s) = %d, %t", a, i, ok)
		}
	}
	for _, a := range []netip.Addr{{}, netip.MustParseAddr("127.0.0.1")} {
		if _, ok := r.ByAddress(a); ok {
			t.Errorf("ByAddress(%s) found one", a)
		}
	}
	if got := r.LogDir("LA"); got != "logs/LA" {
		t.Errorf("LogDir(LA) = %s", got)
	}
}

// The digest tells apart what has to be equal, and nothing else.
func TestDigest(t *testing.T) {
	base := string(Loopback(5).Digest())
	if len(base) != 16 {
		t.Fatalf("%d bytes", len(base))
	}
	seen := map[string]string{base: "nothing"}
	for what, change := range map[string]func(*Ring){
		"ring name":   func(r *Ring) { r.Ring = "other" },
		"a host less": func(r *Ring) { r.Hosts = r.Hosts[:4] },
		"order":       func(r *Ring) { slices.Reverse(r.Hosts) },
		"a name":      func(r *Ring) { r.Hosts[2].Name = "H" },
		"an address":  func(r *Ring) { r.Hosts[2].Address = netip.MustParseAddr("127.0.55.9") },
		"peer port":   func(r *Ring) { r.Ports.Peer++; r.Ports.Peer++ },
		"client port": func(r *Ring) { r.Ports.Client++ },
		"wrapping":    func(r *Ring) { r.Wrapping = Respective },
		"version":     func(r *Ring) { r.Version = 2 },
	} {
		r := Loopback(5)
		change(r)
		if other, twice := seen[string(r.Digest())]; twice {
			t.Errorf("%s changed, but the digest is as with %s changed", what, other)
		}
		seen[string(r.Digest())] = what
	}
	r := Loopback(5)
	r.Keepalive, r.Reconnect, r.Log = Keepalive{}, Reconnect{}, Log{}
	if string(r.Digest()) != base {
		t.Error("keepalive, reconnect or log is in the digest")
	}
}

// Other implementations compute the digest too: it may not change.
func TestDigestIsFixed(t *testing.T) {
	if got := fmt.Sprintf("%x", Loopback(5).Digest()); got != "1a08a87b33c6253a31646062332bd0c4" {
		t.Errorf("got %s", got)
	}
}

func TestIdentify(t *testing.T) {
	r := Loopback(5)
	for _, c := range []struct {
		what, name, hostname, addrs string
		want                        int
		err                         string
	}{
		{what: "by name", name: "LA", want: 3},
		{what: "by name in small letters", name: "la", want: 3},
		{what: "name before all else", name: "LA", hostname: "PA", addrs: "127.0.55.1", want: 3},
		{what: "by hostname", hostname: "G", want: 2},
		{what: "by full hostname", hostname: "pa.house.example", want: 1},
		{what: "hostname before address", hostname: "pa", addrs: "127.0.55.1", want: 1},
		{what: "by address", hostname: "box", addrs: "127.0.0.1 ::1 127.0.55.5", want: 4},
		{what: "by address in its long form", addrs: "::ffff:127.0.55.5", want: 4},
		{what: "by one address twice", addrs: "127.0.55.5 127.0.55.5", want: 4},
		{what: "unknown name", name: "XX", hostname: "PA",
			err: `no host "XX" in ring zog: its hosts are MV, PA, G, LA, S`},
		{what: "nothing fits", hostname: "box.example", addrs: "127.0.0.1",
			err: `neither the hostname "box.example" nor an address of this machine is in ring zog: ` +
				"say which host this is with --name, one of MV, PA, G, LA, S"},
		{what: "nothing known",
			err: `neither the hostname "" nor an address of this machine is in ring zog: ` +
				"say which host this is with --name, one of MV, PA, G, LA, S"},
		{what: "two addresses fit", hostname: "box", addrs: "127.0.55.5 127.0.55.1",
			err: "this machine has the addresses of 2 hosts of ring zog: " +
				"say which one this is with --name, one of MV, PA, G, LA, S"},
	} {
		t.Run(c.what, func(t *testing.T) {
			var addrs []netip.Addr
			for a := range strings.FieldsSeq(c.addrs) {
				addrs = append(addrs, netip.MustParseAddr(a))
			}
			i, err := r.Identify(c.name, c.hostname, addrs)
			if c.err != "" {
				if err == nil || err.Error() != c.err {
					t.Errorf("\n got %v\nwant %s", err, c.err)
				}
			} else if err != nil || i != c.want {
				t.Errorf("got %d, %v, want %d", i, err, c.want)
			}
		})
	}
}

// A file of tls is named beside the ring file, or by an absolute path.
func TestTLSFiles(t *testing.T) {
	r := Loopback(2)
	r.TLS.Key = "/etc/keys/{name}/{name}"
	ca, cert, key := r.TLSFiles("/etc/zog", "MV")
	if ca != "/etc/zog/tls/ca.crt" || cert != "/etc/zog/tls/hosts/MV.crt" || key != "/etc/keys/MV/MV" {
		t.Error(ca, cert, key)
	}
	if ca, _, _ := r.TLSFiles(".", "MV"); ca != "tls/ca.crt" {
		t.Error(ca)
	}
}
