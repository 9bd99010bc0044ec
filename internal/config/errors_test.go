package config

import (
	"strings"
	"testing"
)

// Every way in which a file can be wrong, the place it is reported at, and the
// whole line that says so.
func TestParseErrors(t *testing.T) {
	long17, long33 := strings.Repeat("x", 17), strings.Repeat("x", 33)
	for _, c := range []struct{ name, text, want string }{
		// What is not a ring file at all.
		{"empty", "", "f: hosts: a ring has at least one host"},
		{"only a comment", "# soon\n", "f: hosts: a ring has at least one host"},
		{"a word", "soon", "f:1:1: must hold keys with values: error_log, forward, hosts, keepalive, limits, log, ports, reconnect, revoked, ring, tls, version, wrapping"},
		{"a list", "- a\n", "f:1:1: must hold keys with values: error_log, forward, hosts, keepalive, limits, log, ports, reconnect, revoked, ring, tls, version, wrapping"},
		{"not YAML", "hosts: [", "f:1:8: sequence end token ']' not found"},
		{"two documents", twoHosts + "---\nring: b\n", "f:5:1: a second document: a ring file has one"},
		{"too large", strings.Repeat("#", 1<<15+1), "f: it is too long for a ring file, which has at most 32768 bytes"},

		// Tabs. The parser calls them spaces, or points behind them.
		{"a tab for an indent", "hosts:\n\t- {name: A, address: 127.0.55.1}\n", "f:2:1: a tab, where only spaces are allowed"},
		{"a tab behind spaces", "hosts:\n  - name: A\n  \taddress: 127.0.55.1\n", "f:3:3: a tab, where only spaces are allowed"},
		{"a tab before spaces", twoHosts + "log:\n  dir: a\n \t fsync: always\n", "f:6:2: a tab, where only spaces are allowed"},
		{"a tab at the beginning", "\t" + twoHosts, "f:1:1: a tab, where only spaces are allowed"},
		{"a tab in an empty line", twoHosts + "\t\n", "f:4:1: a tab, where only spaces are allowed"},
		{"a tab in braces", "hosts:\n  - {name: A,\taddress: 127.0.55.1}\n", "f:2:14: a tab, where only spaces are allowed"},
		{"a tab behind a mark", "\ufeffhosts:\n\t- {name: A, address: 127.0.55.1}\n", "f:2:1: a tab, where only spaces are allowed"},
		{"a tab with Windows line ends", "hosts:\r\n\t- {name: A, address: 127.0.55.1}\r\n", "f:2:1: a tab, where only spaces are allowed"},
		{"a tab in quotes in braces", twoHosts + "log: {dir: \"a\tb\"}\n", "f:4:6: could not find flow mapping end token '}'; there is a tab at column 14 of this line"},
		{"a tab in a comment of another fault", "hosts: [ #\ta\n", "f:1:8: sequence end token ']' not found"},
		{"a tab in quotes", twoHosts + "log:\n  dir: \"a\tb\"\n", `f:5:8: log.dir: "a\tb" has characters that cannot be printed`},
		{"a tab in a name", "hosts:\n  - name: \"A\tB\"\n", `f:2:11: hosts[0].name: "A\tB" is not a host name: 1 to 16 letters, digits and '-'`},

		// Keys.
		{"unknown key", "rings: zog\n" + twoHosts, `f:1:1: unknown key "rings": known are error_log, forward, hosts, keepalive, limits, log, ports, reconnect, revoked, ring, tls, version, wrapping`},
		{"unknown key in a section", twoHosts + "ports:\n  peer: 1\n  clint: 2\n", `f:6:3: unknown key "clint" in ports: known are client, peer`},
		{"unknown key in braces", "hosts:\n  - {name: A, adress: 127.0.55.1}\n", `f:2:15: unknown key "adress" in hosts[0]: known are address, name`},
		{"unknown key of a host", "hosts:\n  - name: A\n    adress: 127.0.55.1\n", `f:3:5: unknown key "adress" in hosts[0]: known are address, name`},
		{"key in capitals", "Ring: zog\n" + twoHosts, `f:1:1: unknown key "Ring": known are error_log, forward, hosts, keepalive, limits, log, ports, reconnect, revoked, ring, tls, version, wrapping`},
		{"key twice", twoHosts + "ring: a\nring: b\n", `f:5:1: mapping key "ring" already defined at [4:1]`},
		{"key twice, quoted", twoHosts + "ring: a\n\"ring\": b\n", `f:5:1: mapping key "ring" already defined at [4:1]`},
		{"key twice, unprintable", "\"\\e\\n\": a\n\"\\e\\n\": b\n", `f:2:1: mapping key "\x1b\n" already defined at [1:1]`},
		{"a merge", twoHosts + "<<: {ring: b}\n", `f:4:1: unknown key "<<": known are error_log, forward, hosts, keepalive, limits, log, ports, reconnect, revoked, ring, tls, version, wrapping`},

		// Shapes.
		{"no value", "ring:\n" + twoHosts, "f:1:1: ring: has no value"},
		{"null", "ring: null\n" + twoHosts, "f:1:1: ring: has no value"},
		{"a list for a value", "ring: [a]\n" + twoHosts, "f:1:7: ring: must be a single plain or quoted value"},
		{"a block for a value", "ring: |\n  a\n" + twoHosts, "f:1:7: ring: must be a single plain or quoted value"},
		{"an anchor", "ring: &a b\n" + twoHosts, "f:1:7: ring: must be a single plain or quoted value"},
		{"a tag", "ring: !!str b\n" + twoHosts, "f:1:7: ring: must be a single plain or quoted value"},
		{"tls, a mode", twoHosts + "tls: {mode: on}\n", `f:4:13: tls.mode: "on" is none of off, accept, require`},
		{"tls, a client", twoHosts + "tls:\n  client: accept\n", `f:5:11: tls.client: "accept" is neither off nor require`},
		{"tls, a key", twoHosts + "tls: {crt: a}\n", `f:4:7: unknown key "crt" in tls: known are ca, cert, client, key, mode`},
		{"tls, braces", twoHosts + "tls: {cert: 'a/{host}'}\n", `f:4:13: tls.cert: "a/{host}" has braces: only {name} is replaced, by the name of the host`},
		{"tls, no file", twoHosts + "tls: {ca: ''}\n", `f:4:11: tls.ca: is empty`},
		{"revoked, a bare name", twoHosts + "revoked: [laptop]\n", `f:4:11: revoked[0]: "laptop" is not host/NAME, client/NAME or a serial number of 16 or more hexadecimal digits`},
		{"revoked, twice", twoHosts + "revoked: [host/A, host/A]\n", `f:4:19: revoked[1]: host/A is revoked[0] too`},
		{"a value for a section", twoHosts + "ports: 55551\n", "f:4:8: ports: must hold keys with values: client, peer"},
		{"hosts no list", "hosts: {A: 127.0.55.1}\n", "f:1:8: hosts: must be a list, each entry beginning with '-'"},
		{"hosts nothing", "hosts:\n", "f:1:1: hosts: has no value"},
		{"hosts a word", "hosts: A\n", "f:1:8: hosts: must be a list, each entry beginning with '-'"},
		{"host nothing", twoHosts + "  -\n", "f:4:5: hosts[2]: must hold keys with values: address, name"},
		{"host a word", "hosts:\n  - A\n", "f:2:5: hosts[0]: must hold keys with values: address, name"},

		// Heading.
		{"version 2", "version: 2\n" + twoHosts, "f:1:10: version: 2 is unknown: this zog reads version 1"},
		{"version v1", "version: v1\n" + twoHosts, `f:1:10: version: "v1" is not a version: a whole number`},
		{"ring empty", "ring: ''\n" + twoHosts, `f:1:7: ring: "" is not a ring name: 1 to 32 letters, digits and '-'`},
		{"ring with a dot", "ring: a.b\n" + twoHosts, `f:1:7: ring: "a.b" is not a ring name: 1 to 32 letters, digits and '-'`},
		{"ring long", "ring: " + long33 + "\n" + twoHosts, `f:1:7: ring: "` + long33 + `" is not a ring name: 1 to 32 letters, digits and '-'`},

		// Hosts.
		{"no hosts", "ring: a\n", "f: hosts: a ring has at least one host"},
		{"hosts empty", "ring: a\nhosts: []\n", "f:2:8: hosts: a ring has at least one host"},
		{"65 hosts", manyHosts(65), "f:2:1: hosts: 65 hosts: a ring has at most 64"},
		{"name missing", "hosts:\n  - {address: 127.0.55.1}\n", "f:2:5: hosts[0].name: is missing"},
		{"address missing", "hosts:\n  - name: A\n", "f:2:5: hosts[0].address: is missing"},
		{"name long", "hosts:\n  - {name: " + long17 + ", address: 127.0.55.1}\n", `f:2:12: hosts[0].name: "` + long17 + `" is not a host name: 1 to 16 letters, digits and '-'`},
		{"name with an underscore", "hosts:\n  - {name: a_b, address: 127.0.55.1}\n", `f:2:12: hosts[0].name: "a_b" is not a host name: 1 to 16 letters, digits and '-'`},
		{"name with an umlaut", "hosts:\n  - {name: ä, address: 127.0.55.1}\n", `f:2:12: hosts[0].name: "ä" is not a host name: 1 to 16 letters, digits and '-'`},
		{"name with a line end", "hosts:\n  - {name: \"a\\nb\", address: 127.0.55.1}\n", `f:2:12: hosts[0].name: "a\nb" is not a host name: 1 to 16 letters, digits and '-'`},
		{"name twice", twoHosts + "  - {name: A, address: 127.0.55.3}\n", "f:4:12: hosts[2].name: A is the name of hosts[0] too"},
		{"name twice but for case", twoHosts + "  - {name: b, address: 127.0.55.3}\n", "f:4:12: hosts[2].name: b is the name of hosts[1] too"},
		{"address twice", twoHosts + "  - {name: C, address: 127.0.55.2}\n", "f:4:24: hosts[2].address: 127.0.55.2 is the address of hosts[1] (B) too"},
		{"address twice in two forms", twoHosts + "  - {name: C, address: '::ffff:127.0.55.2'}\n", "f:4:24: hosts[2].address: 127.0.55.2 is the address of hosts[1] (B) too"},
		{"address a name", "hosts:\n  - {name: A, address: localhost}\n", `f:2:24: hosts[0].address: "localhost" is not an IP address`},
		{"address with a port", "hosts:\n  - {name: A, address: '127.0.55.1:80'}\n", `f:2:24: hosts[0].address: "127.0.55.1:80" is not an IP address`},
		{"address of all", "hosts:\n  - {name: A, address: 0.0.0.0}\n", "f:2:24: hosts[0].address: 0.0.0.0 is not the address of one host, the same everywhere"},
		{"address of many", "hosts:\n  - {name: A, address: 224.0.0.1}\n", "f:2:24: hosts[0].address: 224.0.0.1 is not the address of one host, the same everywhere"},
		{"address of everybody", "hosts:\n  - {name: A, address: 255.255.255.255}\n", "f:2:24: hosts[0].address: 255.255.255.255 is not the address of one host, the same everywhere"},
		{"address of no network", "hosts:\n  - {name: A, address: 0.1.2.3}\n", "f:2:24: hosts[0].address: 0.1.2.3 is not the address of one host, the same everywhere"},
		{"address of many in IPv6", "hosts:\n  - {name: A, address: 'ff02::1'}\n", "f:2:24: hosts[0].address: ff02::1 is not the address of one host, the same everywhere"},
		{"address of a link", "hosts:\n  - {name: A, address: 'fe80::1'}\n", "f:2:24: hosts[0].address: fe80::1 is not the address of one host, the same everywhere"},
		{"IPv4 and IPv6", twoHosts + "  - {name: C, address: '::1'}\n", "f:4:24: hosts[2].address: ::1 cannot be reached from 127.0.55.1 (A): a ring is all IPv4 or all IPv6"},
		{"loopback and not", "hosts:\n  - {name: A, address: '::1'}\n  - {name: B, address: 'fd00::1'}\n", "f:3:24: hosts[1].address: fd00::1 cannot be reached from ::1 (A): only one of them is on loopback"},
		{"address with a zone", "hosts:\n  - {name: A, address: 'fe80::1%eth0'}\n", "f:2:24: hosts[0].address: fe80::1%eth0 is not the address of one host, the same everywhere"},

		// Ports and wrapping.
		{"peer port 0", twoHosts + "ports: {peer: 0}\n", "f:4:15: ports.peer: 0 is not a port: 1 to 65535"},
		{"client port 0", twoHosts + "ports: {client: 0}\n", "f:4:17: ports.client: 0 is not a port: 1 to 65535"},
		{"port 65536", twoHosts + "ports: {client: 65536}\n", `f:4:17: ports.client: "65536" is not a port: 1 to 65535`},
		{"port below 0", twoHosts + "ports: {client: -1}\n", `f:4:17: ports.client: "-1" is not a port: 1 to 65535`},
		{"port a service", twoHosts + "ports: {peer: zog}\n", `f:4:15: ports.peer: "zog" is not a port: 1 to 65535`},
		{"ports equal", twoHosts + "ports: {peer: 7, client: 7}\n", "f:4:26: ports.client: 7 is the peer port too"},
		{"ports equal by default", twoHosts + "ports: {peer: 55552}\n", "f:4:8: ports.client: 55552 is the peer port too"},
		{"wrapping", twoHosts + "wrapping: none\n", `f:4:11: wrapping: "none" is neither uniform nor respective`},
		{"respective not at five", twoHosts + "wrapping: respective\n", "f:4:11: wrapping: respective is for 5 hosts, not for 2"},

		// Times.
		{"timeout above 300s", twoHosts + "keepalive: {timeout: 5m1s}\n", "f:4:22: keepalive.timeout: 301s is more than 300s"},
		{"interval 0", twoHosts + "keepalive: {interval: 0s}\n", "f:4:23: keepalive.interval: 0s is less than 100ms"},
		{"interval below 0", twoHosts + "keepalive: {interval: -1s}\n", "f:4:23: keepalive.interval: -1s is less than 100ms"},
		{"interval is timeout", twoHosts + "keepalive: {interval: 2s, timeout: 2s}\n", "f:4:23: keepalive.interval: 2s is not less than the timeout, 2s"},
		{"timeout below the default interval", twoHosts + "keepalive: {timeout: 4.5s}\n", "f:4:12: keepalive.interval: 5s is not less than the timeout, 4.5s"},
		{"no unit", twoHosts + "keepalive:\n  interval: 15\n", `f:5:13: keepalive.interval: "15" is not a duration, such as 15s, 500ms or 720h`},
		{"interval of a nanosecond", twoHosts + "keepalive: {interval: 1ns}\n", "f:4:23: keepalive.interval: 1ns is less than 100ms"},
		{"forward of a nanosecond", twoHosts + "forward: {interval: 1ns}\n", "f:4:21: forward.interval: 1ns is less than 1ms"},
		{"segment of a nanosecond", twoHosts + "log: {segment_age: 1ns}\n", "f:4:20: log.segment_age: 1ns is less than 1s"},
		{"retained for a nanosecond", twoHosts + "log: {retain_age: 1ns}\n", "f:4:19: log.retain_age: 1ns is less than 1s"},
		{"initial 0", twoHosts + "reconnect: {initial: 0s}\n", "f:4:22: reconnect.initial: 0s is less than 10ms"},
		{"forward below 0", twoHosts + "forward: {interval: -1s}\n", "f:4:21: forward.interval: -1s is negative"},
		{"forward above 250ms", twoHosts + "forward: {interval: 1s}\n", "f:4:21: forward.interval: 1s is more than 250ms"},
		{"max below initial", twoHosts + "reconnect: {initial: 2s, max: 1s}\n", "f:4:31: reconnect.max: 1s is less than initial, 2s"},

		// Log.
		{"dir empty", twoHosts + "log: {dir: ''}\n", "f:4:12: log.dir: is empty"},
		{"dir with a control character", twoHosts + `log: {dir: "a\eb"}` + "\n", `f:4:12: log.dir: "a\x1bb" has characters that cannot be printed`},
		{"dir with another mark", twoHosts + "log: {dir: 'logs/{host}'}\n", `f:4:12: log.dir: "logs/{host}" has braces: only {name} is replaced, by the name of the host`},
		{"dir with half a mark", twoHosts + "log: {dir: '{name}/{name'}\n", `f:4:12: log.dir: "{name}/{name" has braces: only {name} is replaced, by the name of the host`},
		{"dir with a mark in a mark", twoHosts + "log: {dir: '{{name}}'}\n", `f:4:12: log.dir: "{{name}}" has braces: only {name} is replaced, by the name of the host`},
		{"days", twoHosts + "log: {retain_age: 30d}\n", `f:4:19: log.retain_age: "30d" is not a duration, such as 15s, 500ms or 720h`},
		{"fsync", twoHosts + "log: {fsync: sometimes}\n", `f:4:14: log.fsync: "sometimes" is none of always, interval, never`},
		{"fsync_interval 0", twoHosts + "log: {fsync_interval: 0s}\n", "f:4:23: log.fsync_interval: 0s is less than 10ms"},
		{"segment small", twoHosts + "log: {segment_bytes: 4095}\n", "f:4:22: log.segment_bytes: 4095 is less than 4096"},
		{"segment with a unit", twoHosts + "log: {segment_bytes: 64M}\n", `f:4:22: log.segment_bytes: "64M" is not a size: a whole number of bytes`},
		{"segment of no age", twoHosts + "log: {segment_age: -1s}\n", "f:4:20: log.segment_age: -1s is negative"},
		{"retain no age", twoHosts + "log: {retain_age: -1s}\n", "f:4:19: log.retain_age: -1s is negative"},
		{"free less than nothing", twoHosts + "log: {min_free_bytes: -1}\n", "f:4:23: log.min_free_bytes: -1 is negative"},
		{"free no number", twoHosts + "log: {min_free_bytes: 64MiB}\n", `f:4:23: log.min_free_bytes: "64MiB" is not a size: a whole number of bytes`},
		{"retain less than nothing", twoHosts + "log: {retain_bytes: -1}\n", "f:4:21: log.retain_bytes: -1 is negative"},
		{"error log", twoHosts + "error_log: {max_bytes: 100}\n", "f:4:24: error_log.max_bytes: 100 is less than 65536"},
		{"error lines", twoHosts + "error_log: {lines: 0}\n", "f:4:20: error_log.lines: 0 is less than 1"},
		{"error lines of one", twoHosts + "error_log: {lines_per_address: 0}\n", "f:4:32: error_log.lines_per_address: 0 is less than 1"},
		{"clients", twoHosts + "limits: {clients: 0}\n", "f:4:19: limits.clients: 0 is less than 1"},
		{"clients of one", twoHosts + "limits: {clients_per_address: 0}\n", "f:4:31: limits.clients_per_address: 0 is less than 1"},
		{"memory", twoHosts + "limits: {client_memory: 5}\n", "f:4:25: limits.client_memory: 5 is less than 1048576"},
		{"first frame", twoHosts + "limits: {first_frame: 1ms}\n", "f:4:23: limits.first_frame: 1ms is less than 1s"},
		{"copies", twoHosts + "limits: {copies_timeout: 48h}\n", "f:4:26: limits.copies_timeout: 172800s is not between 1s and 86400s"},
		{"surveys", twoHosts + "limits: {surveys: 0}\n", "f:4:19: limits.surveys: 0 is less than 1"},
		{"clients of one name", twoHosts + "limits: {clients_per_name: 0}\n", "f:4:28: limits.clients_per_name: 0 is less than 1"},
		{"handshakes", twoHosts + "limits: {handshakes: 0}\n", "f:4:22: limits.handshakes: 0 is less than 1"},
		{"handshakes of one", twoHosts + "limits: {handshakes_per_address: 0}\n", "f:4:34: limits.handshakes_per_address: 0 is less than 1"},
		{"surveys of one", twoHosts + "limits: {surveys_per_address: 0}\n", "f:4:31: limits.surveys_per_address: 0 is less than 1"},
		{"surveys of one, more than in all", twoHosts + "limits: {surveys: 2, surveys_per_address: 40}\n", "f:4:43: limits.surveys_per_address: 40 is more than surveys, 2"},
		{"surveys, fewer than of one by default", twoHosts + "limits: {surveys: 2}\n", "f:4:9: limits.surveys_per_address: 4 is more than surveys, 2"},
		{"followers", twoHosts + "limits: {followers: 0}\n", "f:4:21: limits.followers: 0 is less than 1"},
		{"followers of one", twoHosts + "limits: {followers_per_address: 0}\n", "f:4:33: limits.followers_per_address: 0 is less than 1"},
		{"followers of one, more than in all", twoHosts + "limits: {followers: 2, followers_per_address: 40}\n", "f:4:47: limits.followers_per_address: 40 is more than followers, 2"},
		{"follower timeout", twoHosts + "limits: {follower_timeout: 1ms}\n", "f:4:28: limits.follower_timeout: 1ms is less than 1s"},
		{"runs", twoHosts + "limits: {runs: 10}\n", "f:4:16: limits.runs: 10 is less than 1000"},
		{"retain less than a segment", twoHosts + "log: {retain_bytes: 5000}\n", "f:4:21: log.retain_bytes: 5000 is less than one segment, 67108864, and error_log.max_bytes, 16777216"},
		{"retain less than a segment and error.log", twoHosts + "log: {retain_bytes: 83886079}\n", "f:4:21: log.retain_bytes: 83886079 is less than one segment, 67108864, and error_log.max_bytes, 16777216"},
		{"segment huge", twoHosts + "log: {segment_bytes: 9223372036854775808}\n", `f:4:22: log.segment_bytes: "9223372036854775808" is not a size: a whole number of bytes`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Parse("f", []byte(c.text))
			if err == nil {
				t.Fatalf("parsed, want error %q\n%+v", c.want, r)
			}
			if got := err.Error(); got != c.want {
				t.Errorf("\n got %s\nwant %s", got, c.want)
			}
		})
	}
}

// What a flag may have made of a ring that was valid.
func TestValidate(t *testing.T) {
	if err := Loopback(5).Validate(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Ring){
		"ports.client: 55551 is the peer port too": func(r *Ring) { r.Ports.Client = r.Ports.Peer },
		"hosts[0].address: is missing":             func(r *Ring) { r.Hosts[0] = Host{Name: "X"} },
		"log.dir: is empty":                        func(r *Ring) { r.Log.Dir = "" },
		"wrapping: respective is for 5 hosts, not for 4": func(r *Ring) {
			r.Wrapping, r.Hosts = Respective, r.Hosts[1:]
		},
	} {
		r := Loopback(5)
		spoil(r)
		if err := r.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
