// Package redis has Redis do zog's job in two ways.
//
// "redis-pubsub": one server, and on each host a subscriber that writes what is
// published. Nothing is kept for those who are away, and the acknowledgement says that
// the server has passed a message on, not that a host has it.
//
// "redis-streams": a server on each host, one of them the primary that takes the
// messages into a stream, and the others its replicas; and on each host a reader of
// its own server's stream. A client can wait until so many replicas have a message,
// in their append-only files if the Work is to sync.
package redis

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// key is the channel, or the stream.
const key = "log"

func init() {
	system.Register(redis{pubsub})
	system.Register(redis{streams})
}

// way is how messages go from the clients to those who write the logs.
type way string

const (
	pubsub  way = "redis-pubsub"
	streams way = "redis-streams"
)

// redis implements [system.System].
type redis struct{ way way }

// Name implements [system.System].
func (r redis) Name() string { return string(r.way) }

// Missing implements [system.System].
func (r redis) Missing() error {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return fmt.Errorf("there is no redis-server, of Debian's package: %w", err)
	}
	return nil
}

// Start implements [system.System].
func (r redis) Start(ctx context.Context, dir string, w system.Work) (_ system.Cluster, err error) {
	if r.way == pubsub && (w.Sync || w.Copies > 1) {
		return nil, fmt.Errorf("only the server acknowledges, and keeps nothing: %w", peer.ErrUnable)
	}
	ports, err := peer.FreePorts(w.Hosts, 1)
	if err != nil {
		return nil, err
	}
	c := peer.NewCluster(dir, w)
	c.Addresses = []string{peer.At(0, ports[0])}
	defer func() {
		if err != nil {
			_ = c.Stop() // the other error tells
		}
	}()
	servers := w.Hosts
	if r.way == pubsub {
		servers = 1
	}
	for i := range servers {
		if err := serve(ctx, c, i, ports[0], w.Sync); err != nil {
			return nil, err
		}
	}
	if err := awaitReplicas(ctx, peer.At(0, ports[0]), servers-1); err != nil {
		return nil, err
	}
	for i := range w.Hosts {
		node := config{Server: peer.At(i%servers, ports[0]), Log: c.Log(i)}
		if _, err := c.StartNode(i, string(r.way), node); err != nil {
			return nil, err
		}
	}
	return c, c.Await(ctx)
}

// serve starts a server, and returns when it can be reached. Chosen for speed: no
// snapshots, an append-only file only where it must be synced (which is never
// rewritten, so that no run has that and another not), no limits of what a
// replica or a subscriber has not read yet (so that nothing is cut off), a backlog
// that is larger than what is under way, and a first synchronization at once and
// without the disk. The rest are the defaults; on two processors, threads for input
// and output only get in the way.
func serve(ctx context.Context, c *peer.Cluster, host, port int, sync bool) error {
	args := []string{
		"--bind", peer.Host(host), "--port", strconv.Itoa(port), "--protected-mode", "no",
		"--save", "", "--daemonize", "no",
		"--client-output-buffer-limit", "replica", "0", "0", "0",
		"--client-output-buffer-limit", "pubsub", "0", "0", "0",
		"--repl-backlog-size", "64mb", "--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0",
		"--appendonly", "no",
	}
	if sync {
		args = append(args[:len(args)-1], "yes", "--appendfsync", "always", "--auto-aof-rewrite-percentage", "0")
	}
	if host > 0 {
		args = append(args, "--replicaof", peer.Host(0), strconv.Itoa(port))
	}
	p, err := c.Start(host, "redis-server", args...)
	if err != nil {
		return err
	}
	return p.Await(ctx, "listening", func() bool {
		conn, err := net.Dial("tcp", peer.At(host, port))
		if err == nil {
			conn.Close() // it was only to be had
		}
		return err == nil
	})
}

// awaitReplicas returns when a primary feeds so many replicas.
func awaitReplicas(ctx context.Context, at string, replicas int) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return err
	}
	defer conn.Close()
	from := newReplies(conn)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := conn.Write(command(nil, "INFO", "replication")); err != nil {
			return err
		}
		info, err := from.bulk()
		if err != nil {
			return err
		}
		if strings.Count(string(info), "state=online") == replicas {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
