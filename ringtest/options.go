package ringtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"xlattice.org/zog/internal/config"
)

// Option changes how a ring is started.
type Option func(*options)

type options struct {
	hosts    int
	seed     uint64
	loopback bool
	down     bool
	others   bool
	sync     time.Duration
	latency  time.Duration
	file     []string
}

// Hosts sets the number of hosts, 1 to 64; otherwise there are 5. The first five
// are MV, PA, G, LA and S, the others h6, h7 and so on.
func Hosts(n int) Option { return func(o *options) { o.hosts = n } }

// Seed sets the seed of all that is left to chance by a [When]; otherwise it is
// drawn, and printed when the test fails. Which goroutine runs first is not in it:
// the same seed is nearly, not wholly, the same run.
func Seed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Loopback lets the hosts use real sockets on 127.0.55.1 and on, and real time,
// instead of a network in memory. The ports are free ones: see [Ring.Addresses].
// It does not belong in a bubble of testing/synctest.
func Loopback() Option { return func(o *options) { o.loopback = true } }

// Down leaves it to the test to start the hosts.
func Down() Option { return func(o *options) { o.down = true } }

// OtherClients says that there are clients beside those of [Ring.Client], such as one
// in the program that is tested: [Ring.RequireSettled] takes what they sent as it is,
// and still requires that all logs are equal and have each message once and in order.
// What they were told [Ring.Told] puts on record.
func OtherClients() Option { return func(o *options) { o.others = true } }

// SyncTakes sets how long a sync of a disk takes, 1 ms unless it is set.
func SyncTakes(d time.Duration) Option { return func(o *options) { o.sync = d } }

// Latency sets how long a byte is under way from one host to another; otherwise it
// takes no time. Clients are near.
func Latency(d time.Duration) Option { return func(o *options) { o.latency = d } }

// File sets keys of the ring file, as YAML and beside hosts and ports:
//
//	ringtest.File("log: {segment_bytes: 4096}")
//
// Given more than once, the texts follow one another; so no key may be in two.
func File(keys string) Option { return func(o *options) { o.file = append(o.file, keys) } }

// gather applies options to the defaults.
func gather(opts []Option) *options {
	o := &options{hosts: 5, seed: rand.Uint64(), sync: time.Millisecond}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// check returns what cannot be.
func (o *options) check() error {
	switch {
	case o.hosts < 1 || o.hosts > 64:
		return fmt.Errorf("Hosts(%d): a ring has 1 to 64 hosts", o.hosts)
	case o.sync < 0:
		return fmt.Errorf("SyncTakes(%v): a sync takes 0 or more", o.sync)
	case o.latency < 0:
		return fmt.Errorf("Latency(%v): a byte takes 0 or more", o.latency)
	case o.loopback && virtual():
		return errors.New("Loopback: real sockets do not belong in a bubble of testing/synctest")
	}
	return nil
}

// ringFile makes the ring file that the options describe.
func (o *options) ringFile() (*config.Ring, error) {
	var b strings.Builder
	b.WriteString("hosts:\n")
	for _, h := range config.Loopback(o.hosts).Hosts {
		fmt.Fprintf(&b, "  - {name: %s, address: %s}\n", h.Name, h.Address)
	}
	for _, keys := range o.file {
		b.WriteString(keys + "\n")
	}
	return config.Parse("ringtest", []byte(b.String()))
}
