package nats

import (
	"context"
	"errors"
	"math"
	"net/url"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"xlattice.org/zog/bench/peer"
)

// Config is what a node is told.
type Config struct {
	Host, Hosts   int
	Client, Route int // ports
	Log           string
}

func init() { peer.Node("nats", run) }

// Options are those of a server that has routes to all others. They are the
// defaults, except for what would lose messages: NATS core cuts off whoever reads
// slower than others write, by what it has pending (64 MiB) or by the time that one
// write takes (10 s). Here nobody is cut off, and a server keeps in memory what its
// subscriber has not read yet.
func Options(c Config) (*server.Options, error) {
	o := &server.Options{
		ServerName:    peer.Host(c.Host),
		Host:          peer.Host(c.Host),
		Port:          c.Client,
		NoSigs:        true,
		NoLog:         true,
		MaxPending:    math.MaxInt32,
		WriteDeadline: time.Minute,
		Cluster:       server.ClusterOpts{Name: "bench", Host: peer.Host(c.Host), Port: c.Route},
	}
	for i := range c.Hosts {
		if i == c.Host {
			continue
		}
		route, err := url.Parse("nats-route://" + peer.At(i, c.Route))
		if err != nil {
			return nil, err
		}
		o.Routes = append(o.Routes, route)
	}
	return o, nil
}

// Serve starts a server, and returns when clients can connect.
func Serve(o *server.Options) (*server.Server, error) {
	s, err := server.NewServer(o)
	if err != nil {
		return nil, err
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		return nil, errors.New("the server does not take connections")
	}
	return s, nil
}

// run is a host: a server and the subscriber that keeps the log.
func run(ctx context.Context, c Config) error {
	o, err := Options(c)
	if err != nil {
		return err
	}
	s, err := Serve(o)
	if err != nil {
		return err
	}
	defer s.Shutdown()
	k, err := subscribe(peer.At(c.Host, c.Client), c.Log)
	if err != nil {
		return err
	}
	if err := awaitInterest(ctx, s, c.Hosts); err != nil {
		return err
	}
	peer.Ready()
	return k.run(ctx)
}

// awaitInterest waits until a server knows that each host wants the messages.
func awaitInterest(ctx context.Context, s *server.Server, hosts int) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for s.GlobalAccount().Interest(subject) < hosts {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}
