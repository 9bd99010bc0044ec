package config

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Digest returns 16 bytes that are equal on two hosts if their ring files have the same
// version, ring name, hosts in order with names and addresses, ports and wrapping. The other
// keys may differ from host to host. Hosts compare their digests when they greet, and warn
// if these differ (docs/protocol.md, 3).
//
// It is the first half of the SHA-256 of these lines, each ending with a newline:
//
//	version 1
//	ring house
//	host MV 127.0.55.1        (one line for each host, in ring order)
//	ports 55551 55552         (peer, client)
//	wrapping uniform
func (r *Ring) Digest() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "version %d\nring %s\n", r.Version, r.Ring)
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, "host %s %s\n", h.Name, h.Address)
	}
	fmt.Fprintf(&b, "ports %d %d\nwrapping %s\n", r.Ports.Peer, r.Ports.Client, r.Wrapping)
	sum := sha256.Sum256(b.Bytes())
	return sum[:sha256.Size/2]
}

// template is the ring file as YAML writes it. It explains every key.
const template = `# A ring of zog daemons. Every host of the ring has the same file. Only hosts is
# required: a key that is left out has its default.

# The version of this file's format.
version: %d

# The name of the ring. Hosts of a ring with another name are refused. Hosts
# whose files differ in hosts, ports or wrapping warn of each other.
ring: %s

# The hosts in ring order: the next line is a host's +1, and the first line that
# of the last host. A name is 1 to 16 letters, digits and '-'. An address is an
# IP address: the host listens on it and dials from it.
hosts:
%s
ports:
  # For the other hosts of the ring.
  peer: %d
  # For clients, such as sprog.
  client: %d

# How hosts tell each other where to forward a message. uniform: the wrapping is
# the distance. respective: it numbers the two children of the sender; for five
# hosts only.
wrapping: %s

keepalive:
  # The interval of keep-alives to each other host. A silent host counts as lost
  # after this time and 2.5s more, but not before 5s.
  interval: %s
  # A connection from a host or a client that is silent for this long is closed,
  # or after three of its own intervals if these are longer. At most 300s.
  timeout: %s

reconnect:
  # The pause between two dials to a host that cannot be reached: first this,
  # then longer each time, up to 1s,
  initial: %s
  # and up to this once that host has been down for a day.
  max: %s

forward:
  # The least time between two batches to one host. Messages that come meanwhile
  # are sent together: fewer packets on a slow network, and up to this much more
  # delay at each hop. 0s is none; at most 250ms.
  interval: %s

log:
  # The directory of access.log and error.log. {name} is replaced by the name of
  # the host. A relative path begins at the working directory of the process.
  dir: %s
  # When a message is durable. always: when it is synced to disk. interval,
  # never: when it is written; a crash of the machine may lose it.
  fsync: %s
  # How often fsync: interval syncs.
  fsync_interval: %s
  # The size in bytes at which access.log is sealed and a new one begins,
  segment_bytes: %d
  # and the age at which that happens too. 0s is no limit.
  segment_age: %s
  # Sealed segments are removed, the oldest first, when all segments together
  # with error_log.max_bytes have more bytes than this,
  retain_bytes: %d
  # or when they were sealed this long ago. 0 and 0s keep them for ever.
  retain_age: %s
  # How many bytes must be free on the disk, or a twentieth of it if that is
  # less. With fewer the host takes no messages until there is room again.
  min_free_bytes: %d

# error.log has one line for everything that arrives and is not a valid message.
error_log:
  # The most bytes of error.log and error.log.1 together: at half of this zog
  # renames error.log to error.log.1, and begins a new one. They count towards
  # log.retain_bytes, if that is set.
  max_bytes: %d
  # Lines a second, in all and about one address, or one /64 of IPv6 addresses.
  # What exceeds them is counted, and so are texts of one client that are
  # refused for the same reason, except for one every 5s. The counts get lines
  # of their own every 5s: "and 4321 more from 127.0.0.1".
  lines: %d
  lines_per_address: %d

# Limits on what clients and peers can make a host hold. docs/security.md says
# what each is for.
limits:
  # Client connections, in all, from one address, and with certificates of one
  # name, which have one client's share of memory and time together.
  clients: %d
  clients_per_address: %d
  clients_per_name: %d
  # Bytes of memory held for all clients together.
  client_memory: %d
  # A connection is closed if its first frame, or a frame that has begun, takes
  # longer than this to arrive.
  first_frame: %s
  # The longest time that an answer may wait for copies.
  copies_timeout: %s
  # Surveys (zog verify --ring) at a time, in all, and from one address or with
  # certificates of one name.
  surveys: %d
  surveys_per_address: %d
  # Clients that follow the log (sprog tail), in all and from one address.
  followers: %d
  followers_per_address: %d
  # The connection of a follower that reads nothing for this long is closed. It
  # goes on from where it was.
  follower_timeout: %s
  # How many runs are taken from peers. A run is what one host took between two
  # starts. Each host of the ring has an equal share.
  runs: %d
  # TLS handshakes a second, in all and from one address. The others wait, for
  # 10s at most. Those from addresses from which somebody was let in go first.
  handshakes: %d
  handshakes_per_address: %d

# Certificates, which zog tls makes. docs/security.md says who may do what.
tls:
  # off: plain text. require: TLS only. accept: both, while the hosts and
  # clients of a ring move from the one to the other.
  mode: %s
  # The certificates of the CA, or of several; and certificate and key of this
  # host. {name} is replaced by its name. A relative path begins at the
  # directory of this file. With off they are not read.
  ca: %s
  cert: %s
  key: %s
  # require: a client needs a certificate, and may do what its roles say. off: a
  # client without one may send and follow.
  client: %s

# Certificates that are not taken any more, although they are valid, such as
# that of a stolen laptop: client/NAME, host/NAME or a serial number of zog tls
# show.
%s`

// YAML returns the ring file of a valid Ring, with every key and an explanation of it. [Parse]
// makes an equal Ring of it.
func (r *Ring) YAML() []byte {
	return fmt.Appendf(nil, template,
		r.Version, yamlScalar(r.Ring), r.hostLines(), r.Ports.Peer, r.Ports.Client, r.Wrapping,
		formatDuration(r.Keepalive.Interval), formatDuration(r.Keepalive.Timeout),
		formatDuration(r.Reconnect.Initial), formatDuration(r.Reconnect.Max), formatDuration(r.Forward.Interval),
		strconv.Quote(r.Log.Dir), r.Log.Fsync, formatDuration(r.Log.FsyncInterval),
		r.Log.SegmentBytes, formatDuration(r.Log.SegmentAge), r.Log.RetainBytes, formatDuration(r.Log.RetainAge), r.Log.MinFreeBytes,
		r.ErrorLog.MaxBytes, r.ErrorLog.Lines, r.ErrorLog.LinesPerAddress,
		r.Limits.Clients, r.Limits.ClientsPerAddress, r.Limits.ClientsPerName, r.Limits.ClientMemory,
		formatDuration(r.Limits.FirstFrame), formatDuration(r.Limits.CopiesTimeout), r.Limits.Surveys, r.Limits.SurveysPerAddress,
		r.Limits.Followers, r.Limits.FollowersPerAddress, formatDuration(r.Limits.FollowerTimeout), r.Limits.Runs,
		r.Limits.Handshakes, r.Limits.HandshakesPerAddress,
		yamlScalar(string(r.TLS.Mode)), strconv.Quote(r.TLS.CA), strconv.Quote(r.TLS.Cert), strconv.Quote(r.TLS.Key), yamlScalar(string(r.TLS.Client)),
		r.revokedLines())
}

// hostLines returns one line for each host, with the addresses aligned.
func (r *Ring) hostLines() string {
	width := 0
	for _, h := range r.Hosts {
		width = max(width, len(yamlScalar(h.Name)))
	}
	var b strings.Builder
	for _, h := range r.Hosts {
		fmt.Fprintf(&b, "  - {name: %-*s address: %s}\n", width+1, yamlScalar(h.Name)+",", yamlScalar(h.Address.String()))
	}
	return b.String()
}

// yamlScalar returns a name or an address for use in YAML: quoted, unless every YAML parser
// reads it as a string without quotes.
func yamlScalar(s string) string {
	switch strings.ToLower(s) {
	case "null", "true", "false", "yes", "no", "on", "off", "y", "n":
		return strconv.Quote(s)
	}
	letter := strings.IndexFunc(s, unicode.IsLetter) == 0
	if ipv4 := strings.Contains(s, "."); (letter || ipv4) && !strings.Contains(s, ":") {
		return s
	}
	return strconv.Quote(s)
}

// formatDuration returns a whole number of seconds as 300s, not 5m0s.
func formatDuration(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return d.String()
}
