package relay

import (
	"context"
	"io"
	"net"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

func init() { system.Register(bare{}) }

// bare implements [system.System].
type bare struct{}

// Name implements [system.System].
func (bare) Name() string { return "relay" }

// Missing implements [system.System].
func (bare) Missing() error { return nil }

// Start implements [system.System].
func (bare) Start(ctx context.Context, dir string, w system.Work) (system.Cluster, error) {
	ports, err := peer.FreePorts(w.Hosts, 2)
	if err != nil {
		return nil, err
	}
	c := &cluster{Cluster: peer.NewCluster(dir, w), text: w.Text}
	c.Addresses = []string{peer.At(0, ports[0])}
	for i := range w.Hosts {
		_, err := c.StartNode(i, "relay", config{
			Self: i, Hosts: w.Hosts, Ports: ports, Log: c.Log(i), Copies: w.Copies, Sync: w.Sync,
		})
		if err != nil {
			_ = c.Stop() // the other error tells
			return nil, err
		}
	}
	if err := c.Await(ctx); err != nil {
		_ = c.Stop()
		return nil, err
	}
	return c, nil
}

// cluster implements [system.Cluster].
type cluster struct {
	*peer.Cluster
	text int // bytes of each
}

// LineBytes implements [system.Cluster].
func (c *cluster) LineBytes(first, last int) int64 {
	line := stampSize + len(run) + len(" ") + c.text
	return int64(last-first+1)*int64(line) + system.Digits(first, last)
}

// Dial implements [system.System].
func (bare) Dial(ctx context.Context, at string, w system.Work) (system.Client, error) {
	host, err := call(ctx, at, w)
	if err != nil {
		return nil, err
	}
	window := w.Window
	if window == 0 {
		window = defaultWindow
	}
	return &client{host: host, window: uint64(window), paced: w.Rate > 0}, nil
}

// call connects a client. One that is alone blocks its thread while it reads, which
// is what is fastest; many share threads as usual.
func call(ctx context.Context, at string, w system.Work) (io.ReadWriteCloser, error) {
	if w.Clients == 1 && w.Rate == 0 {
		fd, err := dial(ctx, at)
		return &blocking{fd}, err
	}
	return new(net.Dialer).DialContext(ctx, "tcp", at)
}

// defaultWindow is that of zog's client.
const defaultWindow = 16 << 10
