package redis

import (
	"context"
	"errors"
	"fmt"
	"net"

	"xlattice.org/zog/bench/peer"
)

// config is what a node is told: it is the one who writes a host's log.
type config struct {
	Server string // that it reads from
	Log    string // file
}

func init() {
	peer.Node(string(pubsub), func(ctx context.Context, c config) error { return run(ctx, c, subscribe) })
	peer.Node(string(streams), func(ctx context.Context, c config) error { return run(ctx, c, follow) })
}

// run connects to a server, and has read do all until ctx ends.
func run(ctx context.Context, c config, read func(net.Conn, *peer.Log) error) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.Server)
	if err != nil {
		return err
	}
	defer conn.Close()
	log, err := peer.OpenLog(c.Log)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	err = errors.Join(read(conn, log), log.Close())
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// subscribe writes what is published: a batch is what is there to be read.
func subscribe(conn net.Conn, log *peer.Log) error {
	if _, err := conn.Write(command(nil, "SUBSCRIBE", key)); err != nil {
		return err
	}
	from := newReplies(conn)
	for {
		err := published(from, log)
		if err == nil && !from.more() {
			err = log.Write()
		}
		if err != nil {
			return err
		}
	}
}

// published takes one push: kind, channel, and text or the number of subscriptions.
func published(from replies, log *peer.Log) error {
	if n, err := from.array(); err != nil || n != 3 {
		return fmt.Errorf("a push of %d values: %w", n, err)
	}
	kind, err := from.bulk()
	if err != nil {
		return err
	}
	subscribed := string(kind) == "subscribe"
	if _, err := from.bulk(); err != nil {
		return err
	}
	if subscribed {
		peer.Ready()
		_, _, err = from.head()
		return err
	}
	text, err := from.bulk()
	if err != nil {
		return err
	}
	return log.Add(text)
}

// entries is how many of a stream are asked for at a time.
const entries = "10000"

// follow writes what the stream of the host's own server has, from its beginning,
// and waits for more when there is none. A batch is an answer.
func follow(conn net.Conn, log *peer.Log) error {
	from := newReplies(conn)
	last := "0-0"
	peer.Ready()
	for {
		_, err := conn.Write(command(nil, "XREAD", "COUNT", entries, "BLOCK", "0", "STREAMS", key, last))
		if err != nil {
			return err
		}
		if last, err = taken(from, log); err == nil {
			err = log.Write()
		}
		if err != nil {
			return err
		}
	}
}

// taken takes an answer, and returns the id of its last entry: an array of one
// stream, which is its key and an array of its entries.
func taken(from replies, log *peer.Log) (last string, err error) {
	if n, err := from.array(); err != nil || n != 1 {
		return "", fmt.Errorf("%d streams: %w", n, err)
	}
	if n, err := from.array(); err != nil || n != 2 {
		return "", fmt.Errorf("a stream of %d values: %w", n, err)
	}
	if _, err := from.bulk(); err != nil {
		return "", err
	}
	n, err := from.array()
	if err == nil && n == 0 {
		err = errors.New("no entries")
	}
	for i := 0; i < n && err == nil; i++ {
		last, err = entry(from, log, i == n-1)
	}
	return last, err
}

// entry takes an entry, which is its id and an array of its field and the text. It
// returns the id of the last one.
func entry(from replies, log *peer.Log, last bool) (id string, err error) {
	if n, err := from.array(); err != nil || n != 2 {
		return "", fmt.Errorf("an entry of %d values: %w", n, err)
	}
	name, err := from.bulk()
	if err != nil {
		return "", err
	}
	if last {
		id = string(name)
	}
	if n, err := from.array(); err != nil || n != 2 {
		return "", fmt.Errorf("%d fields and values: %w", n, err)
	}
	if _, err := from.bulk(); err != nil {
		return "", err
	}
	text, err := from.bulk()
	if err != nil {
		return "", err
	}
	return id, log.Add(text)
}
