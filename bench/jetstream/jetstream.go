// Package jetstream has NATS JetStream do zog's job: a server on each host, one
// stream that all hosts hold a replica of in files, and on each host a consumer that
// writes what the stream has to that host's log.
//
// An acknowledgement says that most replicas hold the message (three of five), never
// that all do: where a Work asks for all hosts, JetStream is asked for less than the
// others are.
package jetstream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

const (
	stream  = "LOG"
	subject = "log"
)

func init() {
	system.Register(js{name: "jetstream", logs: true})
	system.Register(js{name: "jetstream-nologs"})
}

// js implements [system.System].
type js struct {
	name string
	logs bool // each host has a consumer that writes its log
}

// Name implements [system.System].
func (j js) Name() string { return j.name }

// Missing implements [system.System]: the server is linked in.
func (j js) Missing() error { return nil }

// Start implements [system.System]. The clients are sent to the host that leads the
// stream: any other would only pass their messages on.
func (j js) Start(ctx context.Context, dir string, w system.Work) (_ system.Cluster, err error) {
	ports, err := peer.FreePorts(w.Hosts, 2)
	if err != nil {
		return nil, err
	}
	c := &cluster{peer.NewCluster(dir, w), j.logs}
	defer func() {
		if err != nil {
			_ = c.Stop() // the other error tells
		}
	}()
	for i := range w.Hosts {
		node := config{Host: i, Hosts: w.Hosts, Client: ports[0], Route: ports[1], Sync: w.Sync}
		if node.Store, err = c.HostDir(i); err != nil {
			return nil, err
		}
		if j.logs {
			node.Log = c.Log(i)
		}
		if _, err := c.StartNode(i, "jetstream", node); err != nil {
			return nil, err
		}
	}
	if err := c.Await(ctx); err != nil {
		return nil, err
	}
	leader, err := leader(ctx, url(0, ports[0]), w.Hosts)
	c.Addresses = []string{url(leader, ports[0])}
	return c, err
}

// cluster implements [system.Cluster].
type cluster struct {
	*peer.Cluster
	logs bool
}

// Logs implements [system.Cluster].
func (c *cluster) Logs(host int) []string {
	if !c.logs {
		return nil
	}
	return c.Cluster.Logs(host)
}

// url is where a server takes clients.
func url(host, port int) string { return "nats://" + peer.At(host, port) }

// leader says which host leads the stream.
func leader(ctx context.Context, at string, hosts int) (leads int, err error) {
	nc, err := nats.Connect(at)
	if err != nil {
		return 0, err
	}
	defer nc.Close()
	api, err := jetstream.New(nc)
	if err != nil {
		return 0, err
	}
	err = retry(ctx, func() error {
		s, err := api.Stream(ctx, stream)
		if err != nil {
			return err
		}
		is := func(i int) bool { return s.CachedInfo().Cluster.Leader == peer.Host(i) }
		for leads = 0; leads < hosts && !is(leads); leads++ {
		}
		if leads == hosts {
			return errors.New("nobody leads the stream")
		}
		return nil
	})
	return leads, err
}

// pause waits a moment, before something is tried again.
func pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Millisecond):
		return nil
	}
}
