package config

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// rings draws any valid ring.
func rings(t *rapid.T) *Ring {
	duration := func(label string, least, most time.Duration) time.Duration {
		return time.Duration(rapid.Int64Range(int64(least), int64(most)).Draw(t, label))
	}
	r := defaults()
	r.Ring = rapid.StringMatching(`[A-Za-z0-9-]{1,32}`).Draw(t, "ring")
	r.Hosts = rapid.SliceOfNDistinct(rapid.Custom(host(rapid.Bool().Draw(t, "v6"))), 1, 64, func(h Host) string {
		return strings.ToLower(h.Name)
	}).Filter(distinctAddresses).Draw(t, "hosts")
	r.Ports.Peer = rapid.Uint16Range(1, 65534).Draw(t, "peer")
	r.Ports.Client = rapid.Uint16Range(r.Ports.Peer+1, 65535).Draw(t, "client")
	if len(r.Hosts) == respectiveSize && rapid.Bool().Draw(t, "respective") {
		r.Wrapping = Respective
	}
	r.Keepalive.Timeout = duration("timeout", minInterval+1, maxTimeout)
	r.Keepalive.Interval = duration("interval", minInterval, r.Keepalive.Timeout-1)
	r.Reconnect.Max = duration("max", minPause, 1<<62)
	r.Reconnect.Initial = duration("initial", minPause, r.Reconnect.Max)
	r.Log.Dir = rapid.StringOf(rapid.Rune().Filter(func(c rune) bool {
		return isPrintable(string(c)) && c != '{' && c != '}'
	})).Filter(func(s string) bool { return s != "" }).Draw(t, "dir")
	r.Log.Fsync = rapid.SampledFrom([]Fsync{FsyncAlways, FsyncInterval, FsyncNever}).Draw(t, "fsync")
	r.Log.FsyncInterval = duration("fsync_interval", minPause, 1<<62)
	r.Log.SegmentBytes = rapid.Int64Range(minSegment, 1<<40).Draw(t, "segment_bytes")
	r.Log.MinFreeBytes = rapid.Int64Range(0, 1<<50).Draw(t, "min_free_bytes")
	r.Log.RetainBytes = rapid.SampledFrom([]int64{0, 1<<40 + 1<<30, 1 << 50}).Draw(t, "retain_bytes")
	r.Log.SegmentAge = duration("segment_age", minAge, 1<<50)
	r.Log.RetainAge = rapid.SampledFrom([]time.Duration{0, minAge, 1 << 50}).Draw(t, "retain_age")
	some := func(name string, least int) int { return rapid.IntRange(least, 1<<30).Draw(t, name) }
	r.ErrorLog = ErrorLog{int64(some("max_bytes", minErrorLog)), some("lines", 1), some("lines_per_address", 1)}
	r.Limits = Limits{
		some("clients", 1), some("clients_per_address", 1), some("clients_per_name", 1), int64(some("client_memory", minClientMemory)),
		duration("first_frame", time.Second, 1<<62), duration("copies_timeout", time.Second, maxCopiesTimeout),
		some("surveys", 1), some("surveys_per_address", 1),
		some("followers", 1), some("followers_per_address", 1), duration("follower_timeout", time.Second, 1<<62), some("runs", minRuns),
		some("handshakes", 1), some("handshakes_per_address", 1),
	}
	paths := rapid.StringMatching(`[a-z/ ":#'-]{1,20}(\{name\})?[a-z.]{0,4}`)
	r.TLS = TLS{
		rapid.SampledFrom([]TLSMode{TLSOff, TLSAccept, TLSRequire}).Draw(t, "mode"), paths.Draw(t, "ca"), paths.Draw(t, "cert"), paths.Draw(t, "key"),
		rapid.SampledFrom([]TLSClient{TLSClientOff, TLSClientRequire}).Draw(t, "client"),
	}
	entries := rapid.StringMatching(`host/[a-z0-9]{1,16}|client/[a-z0-9][a-z0-9._-]{0,31}|[1-9a-f][0-9a-f]{15,39}`)
	if n := rapid.IntRange(0, 9).Draw(t, "revoked"); n > 0 {
		r.Revoked = rapid.SliceOfNDistinct(entries, n, n, rapid.ID).Draw(t, "entries")
	}
	r.Limits.SurveysPerAddress = min(r.Limits.SurveysPerAddress, r.Limits.Surveys)
	r.Limits.FollowersPerAddress = min(r.Limits.FollowersPerAddress, r.Limits.Followers)
	return r
}

func host(v6 bool) func(*rapid.T) Host {
	return func(t *rapid.T) Host {
		name := rapid.OneOf(
			rapid.StringMatching(`[A-Za-z0-9-]{1,16}`),
			rapid.SampledFrom([]string{"null", "No", "true", "-", "--", "---", "0x1f", "1e3", "007", "0o17"}),
		).Draw(t, "name")
		if v6 {
			var a [16]byte
			copy(a[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "address"))
			a[0] = 0xfd // unique local: neither multicast nor IPv4 in disguise
			return Host{name, netip.AddrFrom16(a)}
		}
		var a [4]byte
		copy(a[:], rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "address"))
		a[0] = 127
		return Host{name, netip.AddrFrom4(a)}
	}
}

func distinctAddresses(hosts []Host) bool {
	seen := map[netip.Addr]bool{}
	for _, h := range hosts {
		seen[h.Address] = true
	}
	return len(seen) == len(hosts)
}

func TestYAMLRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rings(t)
		got, err := Parse("shown", want.YAML())
		if err != nil {
			t.Fatalf("%v\n%s", err, want.YAML())
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v\n%s", got, want, want.YAML())
		}
		if string(got.Digest()) != string(want.Digest()) {
			t.Fatal("the digest is another")
		}
	})
}

func TestYAMLLooks(t *testing.T) {
	r := Loopback(5)
	r.Hosts[1].Name = "no"
	r.Hosts[2].Address = netip.MustParseAddr("fd00::")
	text := string(r.YAML())
	for _, want := range []string{
		"\nring: zog\n",
		"  - {name: MV,   address: 127.0.55.1}\n  - {name: \"no\", address: 127.0.55.2}\n",
		"  - {name: G,    address: \"fd00::\"}\n",
		"\n  peer: 55551\n",
		"\n  timeout: 300s\n",
		"\n  initial: 500ms\n",
		"\n  dir: \"logs/{name}\"\n",
		"\n  segment_bytes: 67108864\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	for line := range strings.Lines(text) {
		if len(line) > 81 {
			t.Errorf("longer than 80 columns: %s", line)
		}
	}
}

// Whatever is fed in, Parse returns a ring that shows and parses to the same,
// or one line of error that begins with the file's name.
func FuzzParse(f *testing.F) {
	f.Add(string(Loopback(5).YAML()))
	f.Add(twoHosts)
	f.Add("hosts:\n- name: A\n  address: ::1\nlog: {dir: 'it''s', fsync: never}\n")
	f.Add("hosts: [{name: A, address: 127.0.0.1}]\nring: &a b\nwrapping: *a\n<<: *a\n")
	f.Add("? [a]\n: {b: |\n c}\n---\n%YAML 1.2\n...\n!!str \"\\x00\"")
	f.Add("\"\t\\u2028\": 'a\n\n b'\r\nports: {peer: 1_0, client: 0x10}\n")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Parse("f", []byte(text))
		if err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\r\n\x1b") || !strings.HasPrefix(s, "f:") {
				t.Errorf("not one plain line: %q", s)
			}
			return
		}
		again, err := Parse("f", r.YAML())
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Errorf("%v\nthen %+v\nwas  %+v\n%s", err, again, r, r.YAML())
		}
	})
}
