// Package config reads, checks and writes the ring file: a YAML file, the same on every host, with
// the hosts of the ring, their addresses and ports, and how they keep their logs.
//
//	ring, err := config.Parse("house.yaml", data)
//	self, err := ring.Identify("", hostname, addresses)
//
// [Parse] is strict: an unknown key, an invalid value and a file without hosts are errors of one
// line, with file, line and column. A Ring from Parse is valid. A Ring that was changed afterwards,
// for example by a flag, is checked with [Ring.Validate].
//
// Only hosts is required. [Ring.YAML] writes a ring with every default and its explanation, and the
// result parses to an equal Ring.
//
// The package is pure. It opens no file, looks up no name and reads no interface address; its
// callers do.
package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ring is a ring file in normal form: every key has a value, and every address is in its shortest
// form.
type Ring struct {
	Version   int    // of the file format; always 1
	Ring      string // the name of the ring
	Hosts     []Host // in ring order: the next one is +1, and the first is +1 of the last
	Ports     Ports
	Wrapping  Wrapping
	Keepalive Keepalive
	Reconnect Reconnect
	Forward   Forward
	Log       Log
	ErrorLog  ErrorLog
	Limits    Limits
	TLS       TLS
	Revoked   []string // certificates that are not taken any more, as names.ParseRevoked returns them
}

// Host is a host of the ring.
type Host struct {
	Name    string     // 1 to 16 letters, digits and '-'; unique without regard to case
	Address netip.Addr // where it listens, and where it dials from
}

// Ports are the TCP ports that every host listens on.
type Ports struct {
	Peer   uint16 // for the other hosts of the ring
	Client uint16 // for clients
}

// Wrapping selects how hosts tell each other where to forward a message (docs/protocol.md, 7).
type Wrapping string

// The wrappings.
const (
	Uniform    Wrapping = "uniform"    // the distance to the receiver's children
	Respective Wrapping = "respective" // which child of the sender the receiver is; for five hosts only
)

// Keepalive limits the silence on a connection.
type Keepalive struct {
	Interval time.Duration // between keep-alives to a peer
	// Timeout is how long an accepted connection may be silent before it is closed; at most
	// 300 s. If three intervals of the other side are longer, these count instead.
	Timeout time.Duration
}

// Reconnect is the backoff of dials to a host that cannot be reached.
type Reconnect struct {
	Initial time.Duration // the first pause
	Max     time.Duration // the longest pause, for a host that was down for a day; 1 s at most for others
}

// Forward is how messages are forwarded to other hosts.
type Forward struct {
	// Interval is the least time between two batches to one peer; messages that come
	// meanwhile are sent together. 0 is no minimum.
	Interval time.Duration
}

// Log is how a host keeps its logs. It may differ between the hosts of a ring.
type Log struct {
	Dir           string        // "{name}" in it is replaced by the name of the host
	Fsync         Fsync         // what durable means on this host
	FsyncInterval time.Duration // between syncs with fsync interval
	SegmentBytes  int64         // size at which access.log is sealed and a new one begins
	SegmentAge    time.Duration // age at which that happens too; 0 is no limit
	RetainBytes   int64         // of all segments and error.log; beyond it the oldest sealed segments are removed; 0 is no limit
	RetainAge     time.Duration // time after sealing at which a segment is removed; 0 is no limit
	MinFreeBytes  int64         // bytes, or a twentieth of the disk if that is less, that must be free for messages to be taken; 0 is none
}

// Fsync says when a line is durable.
type Fsync string

// The fsync policies.
const (
	FsyncAlways   Fsync = "always"   // when it is synced; lines that wait share one sync
	FsyncInterval Fsync = "interval" // when it is written; it is synced every Log.FsyncInterval
	FsyncNever    Fsync = "never"    // when it is written; the kernel decides when to sync it
)

// Limits of values.
const (
	maxHosts       = 64
	respectiveSize = 5
	minSegment     = 4096
	minInterval    = 100 * time.Millisecond // shorter ones would keep a processor busy
	minPause       = 10 * time.Millisecond
	minForward     = time.Millisecond
	minAge         = time.Second
	maxForward     = 250 * time.Millisecond // well below the time after which an unanswered frame counts as lost
	maxTimeout     = 300 * time.Second      // docs/protocol.md, 10
)

// defaults returns a Ring with all defaults and no hosts.
func defaults() *Ring {
	return &Ring{
		Version:   1,
		Ring:      "zog",
		Ports:     Ports{Peer: 55551, Client: 55552},
		Wrapping:  Uniform,
		Keepalive: Keepalive{Interval: 5 * time.Second, Timeout: maxTimeout},
		Reconnect: Reconnect{Initial: 500 * time.Millisecond, Max: 30 * time.Second},
		Log: Log{
			Dir:           "logs/{name}",
			Fsync:         FsyncAlways,
			FsyncInterval: time.Second,
			SegmentBytes:  64 << 20,
			MinFreeBytes:  64 << 20, // so that a segment can be rewritten
		},
		ErrorLog: defaultErrorLog(),
		Limits:   defaultLimits(),
		TLS:      defaultTLS(),
	}
}

// Loopback returns the ring that `zog dev` and the tests use: n hosts at 127.0.55.1 and up, with
// all defaults. The first five have the names of the original text, the others are h6, h7 and so
// on. The ring is valid for n from 1 to 64.
func Loopback(n int) *Ring {
	names := [...]string{"MV", "PA", "G", "LA", "S"}
	r := defaults()
	for i := range n {
		name := "h" + strconv.Itoa(i+1)
		if i < len(names) {
			name = names[i]
		}
		r.Hosts = append(r.Hosts, Host{name, netip.AddrFrom4([4]byte{127, 0, 55, byte(i + 1)})})
	}
	return r
}

// Index returns the index of the host with exactly this name.
func (r *Ring) Index(name string) (int, bool) {
	i := slices.IndexFunc(r.Hosts, func(h Host) bool { return h.Name == name })
	return i, i >= 0
}

// ByAddress returns the index of the host with this address. An IPv4 address may be in IPv6 form, as
// a dual-stack listener reports it.
func (r *Ring) ByAddress(a netip.Addr) (int, bool) {
	a = a.Unmap()
	i := slices.IndexFunc(r.Hosts, func(h Host) bool { return h.Address == a })
	return i, i >= 0
}

// nameMark is replaced by the name of the host in log.dir and the paths of tls.
const nameMark = "{name}"

// LogDir returns the log directory of the host with a name.
func (r *Ring) LogDir(name string) string {
	return strings.ReplaceAll(r.Log.Dir, nameMark, name)
}
