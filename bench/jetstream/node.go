package jetstream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	core "xlattice.org/zog/bench/nats"
	"xlattice.org/zog/bench/peer"
)

// config is what a node is told.
type config struct {
	Host, Hosts   int
	Client, Route int    // ports
	Store         string // directory
	Log           string // file, or none
	Sync          bool   // to the disk, before each acknowledgement
}

func init() { peer.Node("jetstream", run) }

// run is a host: a server, and the consumer that keeps the log.
func run(ctx context.Context, c config) error {
	o, err := core.Options(core.Config{Host: c.Host, Hosts: c.Hosts, Client: c.Client, Route: c.Route})
	if err != nil {
		return err
	}
	o.JetStream, o.StoreDir = true, c.Store
	o.SyncAlways = c.Sync // else the default: every two minutes
	// More than these that wait for the leader are refused. The default of 10,000 is
	// less than a client's window.
	o.StreamMaxBufferedMsgs = 1 << 20
	s, err := core.Serve(o)
	if err != nil {
		return err
	}
	defer s.Shutdown()
	nc, err := nats.Connect(url(c.Host, c.Client))
	if err != nil {
		return err
	}
	defer nc.Close()
	if c.Host == 0 {
		if err := create(ctx, nc, c.Hosts); err != nil {
			return err
		}
	}
	if c.Log == "" {
		peer.Ready()
		<-ctx.Done()
		return nil
	}
	return keep(ctx, nc, c.Log)
}

// create creates the stream.
func create(ctx context.Context, nc *nats.Conn, hosts int) error {
	api, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	return retry(ctx, func() error {
		_, err := api.CreateStream(ctx, jetstream.StreamConfig{
			Name: stream, Subjects: []string{subject}, Storage: jetstream.FileStorage, Replicas: hosts,
		})
		return err
	})
}

// retry tries something until it succeeds: it takes the servers some seconds to
// elect who leads them, and the replicas of a stream to elect who leads those.
func retry(ctx context.Context, try func() error) error {
	for {
		err := try()
		if err == nil {
			return nil
		}
		if failed := pause(ctx); failed != nil {
			return errors.Join(failed, err)
		}
	}
}
