package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest/told"
)

// backlog is how many messages a ring is filled with.
const backlog = 50_000

// fill has the ring take messages, so that a host that is away lacks them, and
// logs take time to be read.
func fill(ctx context.Context, s *stage) error {
	c, err := s.clientOf(other)
	if err != nil {
		return err
	}
	defer c.Close()
	texts := func(yield func(string) bool) {
		for i := range backlog {
			if !yield(fmt.Sprint("backlog ", i)) {
				return
			}
		}
	}
	_, err = c.SendAll(ctx, texts, func(r client.Result) {
		s.records = append(s.records, told.Message("backlog", uint64(r.Index), s.Name(other), r))
	})
	return err
}

// logged is how many bytes of access.log a host has.
func (s *stage) logged(host int) (bytes int64) {
	segments, _ := filepath.Glob(filepath.Join(s.LogDir(s.Name(host)), "access.log*"))
	for _, name := range segments {
		if info, err := os.Stat(name); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// caughtUp sees to it that the host that was away has nearly all that the other
// one has: its share of what was sent while it was away, at least.
func caughtUp(s *stage, a *attacker) {
	have, want := s.logged(away), s.logged(other)
	if 10*have < 9*want {
		a.fails("%s has %d %% of the log after %v", s.Name(away), 100*have/max(want, 1), s.attack.lasts(s.seconds))
	}
}

// dribble greets a host that has just started before the others do, promises it
// a million messages, and gives it one a second.
func dribble(a *attacker) string {
	const promised = 1_000_000
	run := &pzog.Mark{Origin: a.Name(liar), Boot: 1 << 38, Seq: promised, First: 1}
	next, asked := uint64(1), 0
	a.again(time.Millisecond, func(int) error {
		w, _, err := a.greet(away, run)
		if err != nil {
			return err
		}
		for !w.asked && !a.over() {
			if err := w.send(frame.AppendKeepAlive(nil, a.keepAlive(true), frame.PeerLimit)); err != nil {
				return err
			}
			if _, err := w.next(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				return err
			}
			a.pause(100 * time.Millisecond)
		}
		asked++
		a.drain(w)
		for id := uint64(1); !a.over(); id++ {
			if err := w.send(frame.AppendData(nil, claim(id, run, next, text("dribble", int(next))))); err != nil {
				return err
			}
			next++
			a.pause(time.Second)
		}
		return nil
	})
	return came(nil, "asked %d times, gave %d of %d messages", asked, next-1, promised)
}
