package main

import (
	"context"
	"time"
)

// absent is how long no host runs after a client has started.
const absent = 2 * time.Second

// starter starts a client, and returns it with a function that ends its input.
type starter func(s *stage, flags []string) (*client, func(), error)

// oneText starts `sprog send TEXT`.
func oneText(s *stage, flags []string) (*client, func(), error) {
	c, err := s.sprog(s.net.Clients, append([]string{"send", "is anybody there?"}, flags...)...)
	return c, func() {}, err
}

// manyLines starts `sprog send -`.
func manyLines(s *stage, flags []string) (*client, func(), error) {
	f, err := s.startFeed(s.net.Clients, "w", 200, flags...)
	if err != nil {
		return nil, nil, err
	}
	return f.client, f.stopFeeding, nil
}

// started starts a client when no host runs, and then a host.
func started(start starter, flags ...string) runner {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		c, enough, err := start(s, flags)
		if err != nil {
			return nil, err
		}
		return s.measureStart(ctx, c, enough, barWait, func() error { return s.Start(ctx, 0) })
	}
}

// pluggedIn starts a client when no host can be reached, and then plugs one in.
func pluggedIn(start starter, flags ...string) runner {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		if err := s.injectAll(pulledCable, s.consecutive(0, size)...); err != nil {
			return nil, err
		}
		c, enough, err := start(s, flags)
		if err != nil {
			return nil, err
		}
		return s.measureStart(ctx, c, enough, barMany, func() error { return pulledCable.heal(s, 0) })
	}
}

// measureStart brings a host up, and measures the time until the client's first acknowledgement. If
// the client gave up before, it is how long the client had waited.
func (s *stage) measureStart(ctx context.Context, c *client, enough func(), bar float64, comeUp func() error) ([]figure, error) {
	if err := s.sleep(ctx, absent); err != nil {
		return nil, err
	}
	if c.hasEnded() {
		return s.one(c.over.Sub(c.began), false, bar, join("gave up before a host was up", c.problem())), nil
	}
	if err := comeUp(); err != nil {
		return nil, err
	}
	up := time.Now()
	acknowledged := func() bool { return len(c.acknowledged()) > 0 }
	if _, err := s.within(ctx, s.limit, func() bool { return acknowledged() || c.hasEnded() }); err != nil {
		return nil, err
	}
	took, there, gaveUp := time.Since(up), acknowledged(), ""
	if !there && c.hasEnded() {
		gaveUp = "gave up"
	}
	enough()
	wrong, err := s.finish(ctx, c)
	return s.one(took, !there && gaveUp == "", bar, join(gaveUp, wrong)), err
}
