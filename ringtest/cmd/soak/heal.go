package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"xlattice.org/zog/internal/test/check"
)

// heal waits until the hosts that were started take messages and each log has all that was
// acknowledged before, and records how long that took.
func (k *soak) heal(ctx context.Context, p *plan) error {
	began := time.Now()
	goal := k.ledger.acknowledged()
	backlog, err := k.lacking(goal)
	if err != nil {
		return err
	}
	allowed := k.settings.heal + time.Duration(backlog)*time.Second/repairRate
	var broken error
	err = k.ring.Await(ctx, fmt.Sprintf("cycle %d: the logs are not complete", k.kills.cycles+1), func() bool {
		var lacking int
		lacking, broken = k.lacking(goal)
		return broken != nil || lacking == 0 && k.ready(p)
	})
	if err := errors.Join(err, broken); err != nil {
		return err
	}
	took := time.Since(began)
	k.heals = append(k.heals, took)
	if took > allowed {
		k.violations.add(fmt.Errorf("cycle %d, %d killed: the logs are complete after %v; %v are allowed, as a host lacked %d messages",
			k.kills.cycles+1, len(p.victims), round(took), round(allowed), backlog))
	}
	return nil
}

func (k *soak) ready(p *plan) bool {
	return !slices.ContainsFunc(p.victims, func(i int) bool { return !k.ring.Ready(i) })
}

// lacking returns the highest number of acknowledged messages that a log lacks.
func (k *soak) lacking(goal []int) (most int, err error) {
	for _, f := range k.followers {
		if err := f.poll(); err != nil {
			return 0, err
		}
		most = max(most, f.lacks(k.ledger, goal))
	}
	return most, nil
}

// finish ends the traffic, waits until the logs are equal, stops the daemons and checks the logs.
func (k *soak) finish(ctx context.Context) error {
	if err := k.traffic.finish(); err != nil {
		return err
	}
	if err := k.ledger.close(); err != nil {
		return err
	}
	if err := k.awaitEqualLogs(ctx); err != nil {
		k.violations.add(err) // the checker reports the details
	}
	for i := range k.ring.Hosts {
		if err := k.ring.Stop(i); err != nil {
			k.violations.add(err)
		}
	}
	return k.check()
}

// awaitEqualLogs waits until all logs have all that was acknowledged, and are equally long.
func (k *soak) awaitEqualLogs(ctx context.Context) error {
	goal := k.ledger.acknowledged()
	err := k.ring.Await(ctx, "the logs do not become equal", func() bool {
		lacking, err := k.lacking(goal)
		return err == nil && lacking == 0 && k.equallyLong()
	})
	if err != nil {
		return fmt.Errorf("the ring does not settle: %w", err)
	}
	return nil
}

func (k *soak) equallyLong() bool {
	first, err := k.followers[0].size()
	for _, f := range k.followers[1:] {
		size, bad := f.size()
		if err = errors.Join(err, bad); size != first {
			return false
		}
	}
	return err == nil
}

// check compares the logs with what the clients know.
func (k *soak) check() error {
	c, err := check.New(&k.ledger.record, check.Config{Hosts: k.ring.Names(), Settled: true})
	if err != nil {
		return err
	}
	for i, dir := range k.ring.Dirs() {
		if err := c.Log(i).ReadDir(os.DirFS(dir)); err != nil {
			return err
		}
	}
	report := c.Report()
	fmt.Fprint(k.out, report)
	return report.Err()
}
