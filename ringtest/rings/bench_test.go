package rings_test

import (
	"context"
	"iter"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/supervisor"
)

// BenchmarkRing measures messages of 48 bytes through a ring of five on
// loopback, all in this process, from the first send until every host has
// logged all.
func BenchmarkRing(b *testing.B) {
	for _, fsync := range []config.Fsync{config.FsyncNever, config.FsyncAlways} {
		b.Run("fsync="+string(fsync), func(b *testing.B) { benchmarkRing(b, fsync) })
	}
}

func benchmarkRing(b *testing.B, fsync config.Fsync) {
	ring := config.Loopback(5)
	ring.Log.Dir, ring.Log.Fsync = filepath.Join(b.TempDir(), "{name}"), fsync
	ring.Ports = config.Ports{Peer: freePort(b), Client: freePort(b)}
	hosts := make([]*supervisor.Host, 5)
	for i := range hosts {
		h, err := supervisor.Start(supervisor.Options{Ring: ring, Self: i})
		if err != nil {
			b.Fatal(err)
		}
		defer h.Stop(10 * time.Second)
		hosts[i] = h
	}
	c, err := client.Dial(context.Background(), client.Config{
		Hosts: []string{netip.AddrPortFrom(ring.Hosts[0].Address, ring.Ports.Client).String()},
	})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	spread(b, c, hosts, 1) // until then some links may not be up
	b.ResetTimer()
	spread(b, c, hosts, b.N)
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// spread sends n messages and waits until all hosts but the first, which took
// them, have them.
func spread(b *testing.B, c *client.Client, hosts []*supervisor.Host, n int) {
	before := make([]uint64, len(hosts))
	for i, h := range hosts {
		before[i] = h.Counts().Received.Load()
	}
	sum, err := c.SendAll(context.Background(), repeat(n), nil)
	if err != nil || sum.Acknowledged != n {
		b.Fatalf("%+v, error %v", sum, err)
	}
	for i, h := range hosts[1:] {
		for h.Counts().Received.Load() < before[i+1]+uint64(n) {
			time.Sleep(time.Millisecond)
		}
	}
}

func repeat(n int) iter.Seq[string] {
	text := strings.Repeat("0123456789", 5)[:46]
	return func(yield func(string) bool) {
		for range n {
			if !yield(text) {
				return
			}
		}
	}
}

// freePort finds a port that nobody has, for now.
func freePort(b testing.TB) uint16 {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.55.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return uint16(l.Addr().(*net.TCPAddr).Port)
}
