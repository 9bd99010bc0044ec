package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// runner runs a case.
type runner = func(context.Context, *stage) ([]figure, error)

// after is how long clients go on once a host has fallen silent.
const after = 6 * time.Second

// pipelined makes the host silent to which a `sprog send -` is connected, and the hosts after it.
func pipelined(f fault, silent int, bar float64) runner {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		c, err := s.startFeed(s.net.Clients, "w", 200)
		if err != nil {
			return nil, err
		}
		if err := s.awaitAnswers(ctx, c.client, 200); err != nil {
			return nil, err
		}
		heard := c.received()
		if err := s.injectAll(f, s.consecutive(s.index(heard[len(heard)-1].Host), silent)...); err != nil {
			return nil, err
		}
		if err := s.sleep(ctx, after); err != nil {
			return nil, err
		}
		c.stopFeeding()
		_, err = s.within(ctx, s.limit, c.hasEnded)
		longest, goesOn := c.longestWait(time.Now())
		if err != nil {
			return nil, err
		}
		wrong, err := s.finish(ctx, c.client)
		return s.one(longest, goesOn, bar, wrong), err
	}
}

// consecutive returns n hosts in ring order.
func (s *stage) consecutive(first, n int) (hosts []int) {
	for i := range n {
		hosts = append(hosts, (first+i)%size)
	}
	return hosts
}

// awaitAnswers waits until a client has reported n messages.
func (s *stage) awaitAnswers(ctx context.Context, c *client, n int) error {
	there, err := s.within(ctx, s.limit, func() bool { return len(c.received()) >= n || c.hasEnded() })
	if err == nil && (!there || c.hasEnded()) {
		err = errors.New("sprog gets no answers, although nothing is wrong yet")
	}
	return err
}

// one returns the only figure of a case.
func (s *stage) one(d time.Duration, more bool, bar float64, wrong string) []figure {
	return []figure{{Case: s.trial.name, Seconds: d.Seconds(), More: more, Bar: bar, Wrong: wrong}}
}

// calls is the number of calls of `sprog send TEXT`.
const calls = 6

// oneByOne calls `sprog send TEXT` again and again. With -r each call tries the first host first,
// which is silent.
func oneByOne(f fault, silent int, bar float64) runner {
	return func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		if err := s.injectAll(f, s.consecutive(0, silent)...); err != nil {
			return nil, err
		}
		var longest time.Duration
		failed, said := 0, ""
		for i := range calls {
			c, err := s.sprog(s.net.Clients, "send", "-r", fmt.Sprint("call ", i))
			if err != nil {
				return nil, err
			}
			wrong, err := s.finish(ctx, c)
			if err != nil {
				return nil, err
			}
			if wrong != "" {
				failed++
				said = fmt.Sprintf("%d of %d calls: %s", failed, calls, wrong)
			}
			longest = max(longest, c.over.Sub(c.began))
		}
		return s.one(longest, false, bar, said), nil
	}
}

// repeats is how many messages `sprog -i` sends after a host has fallen silent, ten per second.
const repeats = 60

// repeated runs `sprog -i`, which sends to random hosts, and makes one silent to which it is
// connected.
func repeated(f fault) runner {
	const before = 20
	return func(ctx context.Context, s *stage) ([]figure, error) {
		if err := s.startAll(ctx); err != nil {
			return nil, err
		}
		c, err := s.sprog(s.net.Clients, "-i", "100ms", "-n", fmt.Sprint(before+repeats))
		if err != nil {
			return nil, err
		}
		if err := s.awaitAnswers(ctx, c, before); err != nil {
			return nil, err
		}
		heard := c.received()
		if err := f.inject(s, s.index(heard[len(heard)-1].Host)); err != nil {
			return nil, err
		}
		wrong, err := s.finish(ctx, c)
		return s.one(longestGap(c.received()), false, barWait, wrong), err
	}
}
