// Package config is the ring file: one YAML text, the same on every host, that
// says who is in the ring, where they listen and how they keep their logs.
//
//	ring, err := config.Parse("house.yaml", data)
//	self, err := ring.Identify("", hostname, addresses)
//
// [Parse] is strict: a key it does not know, a value that cannot work and a
// file without hosts are each one line of error with file, line and column. A
// Ring that came from Parse needs no more checks; one that was changed
// afterwards, by a flag say, is checked again with [Ring.Validate].
//
// Only hosts must be given. [Ring.YAML] writes a ring back with every default
// spelled out and explained, and what it writes parses to an equal Ring.
//
// The package is pure: bytes in, values out. It opens no file, looks up no
// name and asks for no interface; its callers do.
package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Ring is a ring file, normalised: every key has a value, every address is in
// its shortest form. DESIGN section 9 fixes the keys and their defaults.
type Ring struct {
	Version   int    // of the file's format; 1 is the only one
	Ring      string // the ring's name
	Hosts     []Host // in ring order: the next is +1, the last one's +1 is the first
	Ports     Ports
	Wrapping  Wrapping
	Keepalive Keepalive
	Reconnect Reconnect
	Forward   Forward
	Log       Log
	ErrorLog  ErrorLog
	Limits    Limits
}

// Host is one daemon's place in the ring.
type Host struct {
	Name    string     // 1 to 16 letters, digits and '-'; unique, whatever the case
	Address netip.Addr // where it listens, and where it dials from
}

// Ports are the two TCP ports that every host of a ring listens on.
type Ports struct {
	Peer   uint16 // for the ring's other hosts
	Client uint16 // for clients
}

// Wrapping selects one of the two ways in which the original text walks the
// tree of hosts (DESIGN section 4).
type Wrapping string

// The wrappings.
const (
	Uniform    Wrapping = "uniform"    // each hop tells its receiver how far to send on
	Respective Wrapping = "respective" // a hop tells which child of the sender this is; five hosts only
)

// Keepalive bounds the silence on a connection.
type Keepalive struct {
	Interval time.Duration // a KeepAlive is said to each peer so often
	// Timeout is after how long without hearing a word an accepted connection is
	// closed; at most 300 s. A peer that says KeepAlives less often than three times in
	// it has three of its own intervals.
	Timeout time.Duration
}

// Reconnect is the backoff between dials to a host that cannot be reached.
type Reconnect struct {
	Initial time.Duration // from the first dial to the next
	Max     time.Duration // the longest, to a host that was not up for a day; to others 1 s at most
}

// Forward is how messages go on to the other hosts.
type Forward struct {
	// Interval is the least time between two batches to one peer; what comes
	// meanwhile travels in the next. 0 is none.
	Interval time.Duration
}

// Log is how a host keeps its logs. Hosts of one ring may differ in it.
type Log struct {
	Dir           string        // "{name}" in it stands for the host's name
	Fsync         Fsync         // what durable means on this host (DESIGN section 6)
	FsyncInterval time.Duration // between syncs under FsyncInterval; else unused
	SegmentBytes  int64         // size at which access.log is sealed and a new one begun
	SegmentAge    time.Duration // age at which it is; 0 is none
	RetainBytes   int64         // of access.log, sealed ones included, and error.log; beyond it the oldest sealed ones are removed; 0 is no bound
	RetainAge     time.Duration // time after its sealing at which one is removed; 0 is none
	MinFreeBytes  int64         // bytes that must be free on the disk for messages to be taken, or a twentieth of it; 0 is none
}

// Fsync says when a line that was written counts as durable.
type Fsync string

// The fsync policies.
const (
	FsyncAlways   Fsync = "always"   // once synced; lines that wait share one sync
	FsyncInterval Fsync = "interval" // once written; synced every Log.FsyncInterval
	FsyncNever    Fsync = "never"    // once written; the kernel syncs when it likes
)

// The limits that the checks and the error messages share.
const (
	maxHosts       = 64
	maxHostName    = 16
	maxRingName    = 32
	respectiveSize = 5
	minSegment     = 4096
	minInterval    = 100 * time.Millisecond // a shorter one would keep a processor busy
	minPause       = 10 * time.Millisecond
	minForward     = time.Millisecond
	minAge         = time.Second
	maxForward     = 250 * time.Millisecond // well below the time after which what is on its way counts as missing
	maxTimeout     = 300 * time.Second      // the original text: a keep-alive at least every 300 s
)

// defaults is the ring file in which nothing is said: it lacks only hosts.
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
			MinFreeBytes:  64 << 20, // so that a segment can be mended
		},
		ErrorLog: defaultErrorLog(),
		Limits:   defaultLimits(),
	}
}

// Loopback returns the ring that `zog dev` and all tests use: n hosts, 1 to 64,
// at 127.0.55.1 and on, all else as by default (DESIGN section 10). The first
// five bear the names of the original text, the others are h6, h7 and so on.
// With any other n the ring does not pass [Ring.Validate].
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

// Index returns the position in ring order of the host with exactly this name.
func (r *Ring) Index(name string) (int, bool) {
	i := slices.IndexFunc(r.Hosts, func(h Host) bool { return h.Name == name })
	return i, i >= 0
}

// ByAddress returns the position in ring order of the host at an address. An
// IPv4 address is found in its IPv6 form too, which is how a dual-stack
// listener reports it.
func (r *Ring) ByAddress(a netip.Addr) (int, bool) {
	a = a.Unmap()
	i := slices.IndexFunc(r.Hosts, func(h Host) bool { return h.Address == a })
	return i, i >= 0
}

// nameMark stands for the host's name in log.dir.
const nameMark = "{name}"

// LogDir returns the log directory of the host with this name.
func (r *Ring) LogDir(name string) string {
	return strings.ReplaceAll(r.Log.Dir, nameMark, name)
}
