package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

const twoHosts = "hosts:\n  - {name: A, address: 127.0.55.1}\n  - {name: B, address: 127.0.55.2}\n"

func mustParse(t testing.TB, text string) *Ring {
	t.Helper()
	r, err := Parse("house.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The smallest file gets each of the defaults.
func TestParseDefaults(t *testing.T) {
	want := &Ring{
		Version: 1, Ring: "zog",
		Hosts: []Host{
			{"A", netip.MustParseAddr("127.0.55.1")},
			{"B", netip.MustParseAddr("127.0.55.2")},
		},
		Ports: Ports{55551, 55552}, Wrapping: "uniform",
		Keepalive: Keepalive{5 * time.Second, 300 * time.Second},
		Reconnect: Reconnect{500 * time.Millisecond, 30 * time.Second},
		Log:       Log{Dir: "logs/{name}", Fsync: "always", FsyncInterval: time.Second, SegmentBytes: 67108864, MinFreeBytes: 67108864},
		ErrorLog:  ErrorLog{MaxBytes: 16777216, Lines: 100, LinesPerAddress: 10},
		Limits: Limits{
			Clients: 10_000, ClientsPerAddress: 1_000, ClientsPerName: 100, ClientMemory: 16777216, FirstFrame: 10 * time.Second,
			CopiesTimeout: time.Hour, Surveys: 16, SurveysPerAddress: 4,
			Followers: 1_000, FollowersPerAddress: 250, FollowerTimeout: time.Minute, Runs: 100_000,
			Handshakes: 200, HandshakesPerAddress: 20,
		},
		TLS: TLS{"off", "tls/ca.crt", "tls/hosts/{name}.crt", "tls/hosts/{name}.key", "require"},
	}
	if got := mustParse(t, twoHosts); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseEveryKey(t *testing.T) {
	got := mustParse(t, `
version: 1
ring: attic-2
hosts:
  - name: A
    address: ::ffff:127.0.55.1
  - {name: "010", address: "127.0.55.2"}
ports: {peer: 1, client: 65535}
wrapping: uniform
keepalive: {interval: 100ms, timeout: 2s}
reconnect: {initial: 10ms, max: 10ms}
forward: {interval: 20ms}
log:
  dir: '/var/log/{name}'
  fsync: interval
  fsync_interval: 250ms
  segment_bytes: 4096
  segment_age: 24h
  retain_bytes: 73728
  retain_age: 720h
  min_free_bytes: 1048576
error_log: {max_bytes: 65536, lines: 2, lines_per_address: 1}
limits:
  clients: 3
  clients_per_address: 2
  clients_per_name: 7
  client_memory: 1048576
  first_frame: 1s
  copies_timeout: 2s
  surveys: 5
  surveys_per_address: 4
  followers: 9
  followers_per_address: 8
  follower_timeout: 3s
  runs: 1000
  handshakes: 6
  handshakes_per_address: 5
tls: {mode: accept, ca: /a/ca, cert: c, key: 'k{name}', client: off}
revoked: [client/laptop, "4A:00:00:00:00:00:00:01", 4000000000000001, host/A]
`)
	want := &Ring{
		Version: 1, Ring: "attic-2",
		Hosts: []Host{
			{"A", netip.MustParseAddr("127.0.55.1")},
			{"010", netip.MustParseAddr("127.0.55.2")},
		},
		Ports: Ports{1, 65535}, Wrapping: Uniform,
		Keepalive: Keepalive{100 * time.Millisecond, 2 * time.Second},
		Reconnect: Reconnect{10 * time.Millisecond, 10 * time.Millisecond},
		Forward:   Forward{20 * time.Millisecond},
		Log:       Log{"/var/log/{name}", FsyncInterval, 250 * time.Millisecond, 4096, 24 * time.Hour, 73728, 720 * time.Hour, 1 << 20},
		ErrorLog:  ErrorLog{65536, 2, 1},
		Limits:    Limits{3, 2, 7, 1048576, time.Second, 2 * time.Second, 5, 4, 9, 8, 3 * time.Second, 1000, 6, 5},
		TLS:       TLS{TLSAccept, "/a/ca", "c", "k{name}", TLSClientOff},
		Revoked:   []string{"client/laptop", "4a00000000000001", "4000000000000001", "host/A"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseTheDesignsOwnExample(t *testing.T) {
	got := mustParse(t, `
version: 1
ring: house
hosts:                     # ring order: the next line is +1
  - {name: MV, address: 127.0.55.1}
  - {name: PA, address: 127.0.55.2}
  - {name: G,  address: 127.0.55.3}
  - {name: LA, address: 127.0.55.4}
  - {name: S,  address: 127.0.55.5}
ports: {peer: 55551, client: 55552}
wrapping: uniform          # or respective
keepalive: {interval: 5s, timeout: 300s}
reconnect: {initial: 500ms, max: 30s}
log: {dir: "logs/{name}", fsync: always, segment_bytes: 67108864}
`)
	want := Loopback(5)
	want.Ring = "house"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// The example that ships is the original text's ring, in its order.
func TestDeployedHouse(t *testing.T) {
	data, err := os.ReadFile("../../deploy/house.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got := mustParse(t, string(data))
	want := Loopback(5)
	want.Ring = "house"
	for i, last := range []byte{242, 252, 254, 253, 11} {
		want.Hosts[i].Address = netip.AddrFrom4([4]byte{192, 168, 152, last})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestParseForgives(t *testing.T) {
	for name, text := range map[string]string{
		"byte-order mark":    "\ufeff" + twoHosts,
		"Windows line ends":  strings.ReplaceAll(twoHosts, "\n", "\r\n"),
		"document marks":     "---\n" + twoHosts + "...\n",
		"an empty section":   twoHosts + "ports: {}\n",
		"comments all about": "# a\n" + twoHosts + "# b\nring: zog # c\n# d\n",
	} {
		t.Run(name, func(t *testing.T) {
			if got, want := mustParse(t, text), mustParse(t, twoHosts); !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func manyHosts(n int) string {
	var b strings.Builder
	b.WriteString("hosts:\n")
	for i := range n {
		fmt.Fprintf(&b, "- {name: h%d, address: 127.0.55.%d}\n", i, i+1)
	}
	return b.String()
}

func TestParseErrorIsAnError(t *testing.T) {
	_, err := Parse("house.yaml", []byte(twoHosts+"ports: {peer: 0}\n"))
	var got *Error
	if !errors.As(err, &got) {
		t.Fatalf("%T is not an *Error", err)
	}
	want := Error{"house.yaml", 4, 15, "ports.peer", "0 is not a port: 1 to 65535"}
	if *got != want {
		t.Errorf("got %+v, want %+v", *got, want)
	}
}
