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

// Digest returns 16 bytes that are equal on two hosts when their ring files
// agree in what the ring's hosts must agree in: version, ring name, the hosts
// in order with their names and addresses, both ports, and wrapping.
// Keepalive, reconnect and log are not in it: they may differ from host to
// host. Hosts show each other the digest in KeepAlive and Ack, and warn when
// it differs (DESIGN section 3).
//
// It is the first half of the SHA-256 of these lines, each ended by a newline:
//
//	version 1
//	ring house
//	host MV 127.0.55.1        (one line a host, in ring order)
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

// page is the ring file as YAML writes it, with a word on every key for the
// one who meets it first there.
const template = `# A ring of zog daemons. The same file serves on every host of the ring.
# Only hosts must be given: every other key may be left out, and then has its
# default.

# The version of this file's format.
version: %d

# The ring's name. Hosts of another ring are refused. Hosts whose files differ
# in hosts, ports or wrapping warn of each other.
ring: %s

# Ring order: the next line is a host's +1, and after the last comes the first.
# Names are 1 to 16 letters, digits and '-'. Addresses are IP
# addresses. Each host listens on its own and dials from it.
hosts:
%s
ports:
  # For the other hosts of the ring.
  peer: %d
  # For clients, such as sprog.
  client: %d

# How hosts tell each other what to send on. uniform: the wrapping is the
# distance. respective: it numbers the sender's two children; five hosts only.
wrapping: %s

keepalive:
  # Each other host hears a keep-alive so often. A host that falls silent counts
  # as lost after this time and 2.5s more, but not before 5s.
  interval: %s
  # A connection from a host or a client on which nothing was heard for so long
  # is closed. One that says keep-alives less often has three of its intervals.
  # At most 300s.
  timeout: %s

reconnect:
  # The time from one dial to the next to a host that cannot be reached: first
  # this, then longer and longer, at most 1s,
  initial: %s
  # and at most this, once that host was not up for a day.
  max: %s

forward:
  # The least time between two batches to one host. What comes meanwhile goes
  # with the next: fewer packets on a slow network, and up to so much delay at
  # each hop. 0s is none; at most 250ms.
  interval: %s

log:
  # Where access.log and error.log are. {name} stands for the host's name.
  # A relative path begins at the working directory of the process.
  dir: %s
  # When a message counts as kept. always: once it is synced to disk.
  # interval, never: once it is written; a crash of the machine may lose it.
  fsync: %s
  # How often fsync: interval syncs.
  fsync_interval: %s
  # The size in bytes at which access.log is sealed and a new one is begun,
  segment_bytes: %d
  # and the age at which it is, too. 0s is none.
  segment_age: %s
  # Sealed segments are kept for ever, or removed, the oldest first, when all
  # together, with error_log.max_bytes, have more bytes than this,
  retain_bytes: %d
  # or when they were sealed so long ago. 0 and 0s are for ever.
  retain_age: %s
  # So many bytes must be free on the disk, or a twentieth of it where that is
  # less. With fewer the host takes no messages until there is room again.
  min_free_bytes: %d

# error.log has one line for whatever arrived and is not a message.
error_log:
  # The bytes of error.log and error.log.1 together: zog renames error.log to
  # error.log.1 at half of it, and begins a new one. They are part of
  # log.retain_bytes, if that is set.
  max_bytes: %d
  # Lines a second, in all and from one address, or from one /64 of IPv6
  # addresses. What is more is counted, and so are texts of one client that are
  # refused for the same reason, but for one in 5s. The counts are lines of
  # their own, every 5s: "and 4321 more from 127.0.0.1".
  lines: %d
  lines_per_address: %d

# What clients and peers can make a host hold. docs/security.md says what each
# limit is for.
limits:
  # Connections of clients, in all, and from one address.
  clients: %d
  clients_per_address: %d
  # The bytes of memory that are held for all clients together.
  client_memory: %d
  # A connection on which a frame, the first or one that was begun, takes longer
  # than this to come is closed.
  first_frame: %s
  # The longest that a client can have its answer wait for copies.
  copies_timeout: %s
  # Surveys (zog verify --ring) at a time, in all, and from one address.
  surveys: %d
  surveys_per_address: %d
  # The runs that are taken from peers. A run is what one host took between two
  # starts. Each host of the ring has an equal share.
  runs: %d
`

// YAML returns the ring file of a valid Ring, every key spelled out and
// explained. [Parse] makes an equal Ring of it.
func (r *Ring) YAML() []byte {
	return fmt.Appendf(nil, template,
		r.Version, yamlScalar(r.Ring), r.hostLines(), r.Ports.Peer, r.Ports.Client, r.Wrapping,
		formatDuration(r.Keepalive.Interval), formatDuration(r.Keepalive.Timeout),
		formatDuration(r.Reconnect.Initial), formatDuration(r.Reconnect.Max), formatDuration(r.Forward.Interval),
		strconv.Quote(r.Log.Dir), r.Log.Fsync, formatDuration(r.Log.FsyncInterval),
		r.Log.SegmentBytes, formatDuration(r.Log.SegmentAge), r.Log.RetainBytes, formatDuration(r.Log.RetainAge), r.Log.MinFreeBytes,
		r.ErrorLog.MaxBytes, r.ErrorLog.Lines, r.ErrorLog.LinesPerAddress,
		r.Limits.Clients, r.Limits.ClientsPerAddress, r.Limits.ClientMemory,
		formatDuration(r.Limits.FirstFrame), formatDuration(r.Limits.CopiesTimeout), r.Limits.Surveys, r.Limits.SurveysPerAddress, r.Limits.Runs)
}

// hostLines writes a host a line, the addresses in one column.
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

// plain returns a name or an address as it can stand in YAML: quoted unless
// any reader of YAML, this one or another, takes it for a string as it is.
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

// shown writes a duration as people do: 300s, not 5m0s.
func formatDuration(d time.Duration) string {
	if d%time.Second == 0 {
		return strconv.FormatInt(int64(d/time.Second), 10) + "s"
	}
	return d.String()
}
