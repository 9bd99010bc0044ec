package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest/internal/outcome"
)

// fill sends so many messages of so many digits: more than the window of a host holds.
const (
	backlog = 50_000
	width   = 400
)

// fill sends messages, so that a host that is away lacks them, and logs take time to read.
func fill(ctx context.Context, s *stage) error {
	c, err := s.clientOf(other)
	if err != nil {
		return err
	}
	defer c.Close()
	texts := func(yield func(string) bool) {
		for i := range backlog {
			if !yield(fmt.Sprintf("backlog %0*d", width, i)) {
				return
			}
		}
	}
	_, err = c.SendAll(ctx, texts, func(r client.Result) {
		s.records = append(s.records, outcome.Message("backlog", uint64(r.Index), s.Name(other), r))
	})
	return err
}

// logged returns the number of bytes in the access log of a host.
func (s *stage) logged(host int) (bytes int64) {
	segments, _ := filepath.Glob(filepath.Join(s.LogDir(s.Name(host)), "access.log*"))
	for _, name := range segments {
		if info, err := os.Stat(name); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// watchCatchUp checks that the host that was away gets nearly all that the other one has: at least
// what was sent while it was away. It returns how long that took.
func (a *attacker) watchCatchUp() (took time.Duration) {
	select {
	case <-a.greeted:
	case <-a.ctx.Done():
	}
	began := time.Now()
	share := int64(0)
	for !a.over() {
		if share = 100 * a.logged(away) / max(a.logged(other), 1); share >= 90 {
			return time.Since(began)
		}
		a.pause(100 * time.Millisecond)
	}
	a.fail("%s has %d %% of the log after %v", a.Name(away), share, a.attack.lasts(a.seconds))
	return time.Since(began)
}

// comeBack starts the host that was away. It asks the first peer that greets it for a repair, and
// that is to be the liar: the others are stopped until then.
func comeBack(ctx context.Context, s *stage) error {
	others := []int{attacked, other, other + 1}
	signal := func(sig os.Signal) (err error) {
		for _, i := range others {
			err = errors.Join(err, s.Host(i).Signal(sig))
		}
		return err
	}
	if err := signal(syscall.SIGSTOP); err != nil {
		return err
	}
	err := s.Launch(away)
	if err == nil {
		err = s.Await(ctx, "the liar is not asked", func() bool {
			select {
			case <-s.greeted:
				return true
			default:
				return false
			}
		})
	}
	err = errors.Join(err, signal(syscall.SIGCONT))
	if err != nil {
		return err
	}
	return s.Await(ctx, "", elapsed(500*time.Millisecond)) // the delay of the clients so far is not caused by the attack
}

// dribble greets a host that has just started before the others do, promises a million messages, and
// sends one per second.
func dribble(a *attacker) string {
	const promised = 1_000_000
	run := &pzog.Mark{Origin: a.Name(liar), Boot: 1 << 38, Seq: promised, First: 1}
	next, asked := uint64(1), 0
	caughtUp := make(chan time.Duration)
	go func() { caughtUp <- a.watchCatchUp() }()
	a.loop(time.Millisecond, func(int) error {
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
		if asked++; asked == 1 {
			close(a.greeted)
		}
		a.drain(w)
		for id := uint64(1); !a.over(); id++ {
			if err := w.send(frame.AppendData(nil, forgedData(id, run, next, text("dribble", int(next))))); err != nil {
				return err
			}
			next++
			a.pause(time.Second)
		}
		return nil
	})
	took := <-caughtUp
	return result(nil, "asked %d times, gave %d of %d messages; caught up after %.1f s", asked, next-1, promised, took.Seconds())
}
