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

// Hosts sets the number of hosts, from 1 to 64. The default is 5. The first five are MV, PA, G, LA
// and S, the others h6, h7 and so on.
func Hosts(n int) Option { return func(o *options) { o.hosts = n } }

// Seed sets the seed of all random choices of the ring. By default it is random, and printed when
// the test fails. The scheduling of goroutines does not follow from it: runs with the same seed
// are similar, not equal.
func Seed(seed uint64) Option { return func(o *options) { o.seed = seed } }

// Loopback makes the hosts use real sockets, from 127.0.55.1 on, and real time, instead of a
// network in memory. The ports are chosen from those that are free: see [Ring.Addresses]. It cannot
// be used in a bubble of testing/synctest.
func Loopback() Option { return func(o *options) { o.loopback = true } }

// Down starts no host: the test does.
func Down() Option { return func(o *options) { o.down = true } }

// OtherClients says that there are clients besides those of [Ring.Client] and of [Ring.Config], such
// as those of another process in a ring on [Loopback]. [Ring.RequireSettled] then accepts messages
// that are not recorded, and still requires that all logs are equal and have each message once and in
// order.
func OtherClients() Option { return func(o *options) { o.others = true } }

// SyncTakes sets how long a sync of a disk takes. The default is 1 ms.
func SyncTakes(d time.Duration) Option { return func(o *options) { o.sync = d } }

// Latency sets the latency from one host to another. The default is 0, and so is the latency between
// clients and hosts.
func Latency(d time.Duration) Option { return func(o *options) { o.latency = d } }

// File sets keys of the ring file, as YAML, without hosts and ports:
//
//	ringtest.File("log: {segment_bytes: 4096}")
//
// The texts of several File options are joined, so no key may occur twice.
func File(keys string) Option { return func(o *options) { o.file = append(o.file, keys) } }

// apply applies options to the defaults.
func apply(opts []Option) *options {
	o := &options{hosts: 5, seed: rand.Uint64(), sync: time.Millisecond}
	for _, opt := range opts {
		opt(o)
	}
	return o
}

// check returns an error if a ring cannot have the options.
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
