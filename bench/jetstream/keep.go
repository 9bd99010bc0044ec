package jetstream

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"

	"xlattice.org/zog/bench/peer"
)

// waiting is how many messages may wait for the log. What is more waits in the
// library, and when that has enough, flow control holds back the server.
const waiting = 4096

// keep consumes the stream from its beginning, and writes what comes, until ctx
// ends. An ordered consumer is the lightest that misses nothing: it is in memory, on
// one server, asks for no acknowledgements, and begins again where it was if there
// is a gap or the server is not heard of. The server pushes: when it is asked for
// batches, the hosts take a tenth to a third more processor time.
func keep(ctx context.Context, nc *nats.Conn, file string) error {
	api, err := nc.JetStream()
	if err != nil {
		return err
	}
	log, err := peer.OpenLog(file)
	if err != nil {
		return err
	}
	texts := make(chan []byte, waiting)
	take := func(m *nats.Msg) {
		select {
		case texts <- m.Data:
		case <-ctx.Done():
		}
	}
	err = retry(ctx, func() error {
		_, err := api.Subscribe(subject, take, nats.OrderedConsumer())
		return err
	})
	if err != nil {
		return errors.Join(err, log.Close())
	}
	peer.Ready()
	return errors.Join(write(ctx, log, texts), log.Close())
}

// write writes texts, those that are there at once, until ctx ends.
func write(ctx context.Context, log *peer.Log, texts <-chan []byte) error {
	for {
		select {
		case text := <-texts:
			err := log.Add(text)
			if err == nil && len(texts) == 0 {
				err = log.Write()
			}
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}
