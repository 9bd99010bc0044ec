package client

import (
	"context"
	"errors"
	"slices"
	"time"

	"xlattice.org/zog/internal/frame"
)

// keeper keeps a stream supplied with a lane to a host that takes its texts, and
// sends again what is open. It has something to do only when all is not well.
type keeper struct {
	client *Client
	stream *stream
	lane   *lane // the stream's; nil when another is to be found
	host   int   // the client's number of the host that it leads to
	unbind func() bool
	hosts  []string
	data   frame.Data // scratch
	body   []byte     // scratch

	// Since when nothing was taken of what is to be sent again, and how much had
	// been taken then.
	since time.Time
	taken int
}

// run returns when all texts of the sequence have their verdicts; or it gives up
// and says why, and then those have theirs that were sent.
func (k *keeper) run(ctx context.Context) error {
	for {
		done, err := k.await(ctx)
		if err == nil && !done {
			err = k.renew(ctx)
		}
		if err != nil {
			k.fail(err)
		}
		if done || err != nil {
			k.leave()
			return err
		}
	}
}

// await waits until there is something to do, or nothing any more.
func (k *keeper) await(ctx context.Context) (done bool, err error) {
	s := k.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case ctx.Err() != nil:
			return false, why(ctx)
		case s.troubled, s.wanted && !s.open:
			return false, nil
		case s.finished && s.docket.final == s.drawn:
			return true, nil
		}
		s.keeping.Wait()
	}
}

// renew leaves the lane that there is. It finds another if one is needed, and
// sends on it what is open, before the feeder may use it.
func (k *keeper) renew(ctx context.Context) error {
	if err := k.quit(ctx); err != nil {
		return err
	}
	var failed error // of a search that found a host down for as long as it may; not if one only rests
	for {
		t := k.review(time.Now())
		switch {
		case len(t.open) == 0 && !t.wanted:
			return nil
		case failed != nil && !t.again:
			return failed
		}
		err := k.find(ctx, &t)
		switch {
		case err == nil:
			return k.resend(ctx, t.open)
		case ctx.Err() != nil:
			return why(ctx)
		case !t.again, errors.Is(err, ErrClosed):
			return err
		case errors.As(err, new(*downError)) && !time.Now().Before(t.late):
			failed = err
		}
	}
}

// quit leaves the lane, once all that is on it has a verdict.
func (k *keeper) quit(ctx context.Context) error {
	s := k.stream
	pushed := 0
	if k.lane != nil {
		pushed = k.lane.close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	for s.judged < pushed {
		if ctx.Err() != nil {
			return why(ctx)
		}
		s.keeping.Wait()
	}
	if s.unfit {
		k.client.rest(k.host)
	}
	s.judged, s.unfit, s.troubled = 0, false, false
	s.docket.begin()
	k.leave()
	return nil
}

// leave ends the use of the lane.
func (k *keeper) leave() {
	if k.lane != nil {
		k.unbind()
		k.lane = nil
	}
}

// task is what a new lane is for.
type task struct {
	open   []stretch // to be sent again
	again  bool      // a host had some of these
	lost   bool      // and may have taken them
	passed time.Time // and passed on, until then
	wanted bool      // the feeder waits
	until  time.Time // a host is to be found
	late   time.Time // what a host had is given up
}

// review gives up what is too old or was tried for too long, and says what is to
// be done for the rest.
func (k *keeper) review(now time.Time) task {
	s, timeout := k.stream, k.client.cfg.Timeout
	s.mu.Lock()
	defer s.mu.Unlock()
	s.docket.giveUp(func(v *verdict) bool {
		e, lost := v.err.(*lostError)
		return lost && now.Sub(e.since) >= ResendWithin
	})
	again, oldest, passed := s.docket.tried()
	if !again || s.taken != k.taken {
		k.since = time.Time{}
	}
	if k.since.IsZero() {
		k.since, k.taken = now, s.taken
	}
	late := k.since.Add(timeout)
	if again && !now.Before(late) {
		s.docket.giveUp(func(v *verdict) bool { return !v.unsent })
		again, late = false, now.Add(timeout)
	}
	if !again {
		k.since = time.Time{}
	}
	s.tell()
	until := late
	if end := oldest.Add(ResendWithin); again && !oldest.IsZero() && end.Before(late) {
		until = end
	}
	return task{s.docket.open(), again, again && !oldest.IsZero(), passed, s.wanted, until, late}
}

// find takes a connection to the host whose turn it is.
func (k *keeper) find(ctx context.Context, t *task) error {
	search, cancel := context.WithDeadlineCause(ctx, t.until, ErrTimeout)
	defer cancel()
	if t.lost {
		if err := k.client.headStart(search, t.passed); err != nil {
			return err
		}
	}
	i, cn, err := k.client.connect(search, t.again)
	if err != nil {
		return err
	}
	k.host, k.lane, k.unbind = i, k.stream.enter(cn), context.AfterFunc(ctx, cn.nudge)
	if !slices.Contains(k.hosts, cn.host) {
		k.hosts = append(k.hosts, cn.host)
	}
	return nil
}

// resend sends what is open, and then gives the lane to the feeder.
func (k *keeper) resend(ctx context.Context, open []stretch) error {
	whole := true
	for _, o := range open {
		for place := o.place; place < o.place+o.n && whole; place++ {
			whole = k.push(ctx, place, o.lost)
		}
	}
	s := k.stream
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return why(ctx)
	case !whole:
		s.troubled = true
	case !s.troubled:
		s.open, s.wanted = true, false
		s.feeding.Broadcast()
	}
	return nil
}

// push sends one text, which was lost before or not, and reports whether it went.
func (k *keeper) push(ctx context.Context, place int, lost bool) bool {
	it := k.stream.at(place)
	k.body, _ = wrap(k.body[:0], it.text)
	k.data = frame.Data{Text: k.body, TimeoutMS: serverWait(k.client.cfg.Timeout)}
	k.stream.name(&k.data, place)
	if lost {
		it.resends++ // before its verdict can come: then it is the teller's
	}
	if k.lane.push(ctx, &k.data) == nil {
		return true
	}
	if lost {
		it.resends--
	}
	return false
}

// fail ends the sending for the reason given. What is on its way, or was, has the
// verdict that is known, and later ones are ignored.
func (k *keeper) fail(reason error) {
	s := k.stream
	pushed, lost := 0, verdict{}
	if k.lane != nil {
		pushed = k.lane.close()
		lost = verdict{host: k.lane.conn.host, err: &lostError{host: k.lane.conn.host, cause: reason}}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.judged < pushed {
		s.docket.judge(pushed-s.judged, lost)
	}
	s.docket.begin()
	s.docket.end(reason)
	s.open, s.failed = false, reason
	s.feeding.Broadcast()
	s.tell()
}
