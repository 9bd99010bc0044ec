package zog

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"xlattice.org/zog/bench/system"
	zogclient "xlattice.org/zog/client"
)

// patience is how long an answer may take. It is never needed, but a machine that is
// busy with something else should not make a run fail.
const patience = time.Minute

// Dial implements [system.System].
func (zog) Dial(ctx context.Context, at string, w system.Work) (system.Client, error) {
	host, folder, secure := strings.Cut(at, beforeFolder)
	config := zogclient.Config{
		Hosts: []string{host}, Order: zogclient.Specific,
		MinCopies: w.Copies, Window: w.Window, Timeout: patience,
	}
	if secure {
		var err error
		if config.TLS, err = zogclient.LoadTLS(folder); err != nil {
			return nil, err
		}
	}
	c, err := zogclient.Dial(ctx, config)
	if err != nil {
		return nil, err
	}
	return &client{c}, nil
}

// client implements [system.Streamer] by the two ways that zog's client has.
type client struct{ zog *zogclient.Client }

var _ system.Streamer = (*client)(nil)

// Send implements [system.Client]: it waits for the answer.
func (c *client) Send(text []byte, acked func(error)) error {
	_, err := c.zog.Send(context.Background(), string(text))
	if acked != nil {
		acked(err)
	}
	return err
}

// Flush implements [system.Client]. Nothing is ever left.
func (c *client) Flush(context.Context) error { return nil }

// Stream implements [system.Streamer].
func (c *client) Stream(ctx context.Context, texts iter.Seq[string], acked func(error)) error {
	var report func(zogclient.Result)
	if acked != nil {
		report = func(r zogclient.Result) { acked(r.Err) }
	}
	s, err := c.zog.SendAll(ctx, texts, report)
	if err == nil && (s.Acknowledged != s.Total() || s.Short > 0 || s.Resent > 0) {
		err = fmt.Errorf("not all is well with %d messages: %+v", s.Total(), s)
	}
	return err
}

// Close implements [system.Client].
func (c *client) Close() error { return c.zog.Close() }
