package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
)

// repairRate is the lowest rate, in messages per second, at which a host may catch up.
const repairRate = 10_000

// soak is a run.
type soak struct {
	*settings
	out, progress io.Writer
	began         time.Time
	chance        *rand.Rand
	dir           string
	ring          *daemons.Ring
	ledger        *ledger
	traffic       *traffic
	followers     []*follower
	kills         kills
	heals         []time.Duration
	violations    violations
}

// run runs the program in a directory of its own.
func run(ctx context.Context, s *settings, out, progress io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "zog-soak-")
	if err != nil {
		return err
	}
	k := &soak{settings: s, out: out, progress: progress, began: time.Now(), dir: dir,
		chance: rand.New(rand.NewPCG(s.seed, 0))}
	fmt.Fprintf(out, "seed %d\n", s.seed)
	err = k.perform(ctx)
	if k.keep || err != nil && ctx.Err() == nil {
		fmt.Fprintf(out, "logs, diagnostics and the record are kept in %s\n", dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// perform runs the ring and prints the result. It leaves nothing running.
func (k *soak) perform(ctx context.Context) error {
	if err := k.build(ctx); err != nil {
		return err
	}
	cfg := config.Loopback(size)
	cfg.Log.SegmentBytes = k.segment
	err := daemons.FreePorts(cfg)
	if err != nil {
		return err
	}
	if k.ring, err = daemons.New(k.dir, k.zog, cfg); err != nil {
		return err
	}
	defer k.ring.Clear()
	// The clients end before the daemons, also after an error.
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		if k.traffic != nil {
			k.traffic.done.Wait()
			_ = k.ledger.close() // it may be closed already
		}
	}()
	if err := k.start(ctx); err != nil {
		return err
	}
	defer func() {
		for _, f := range k.followers {
			f.close()
		}
	}()
	k.violations.add(k.cycle(ctx))
	if ctx.Err() != nil {
		return daemons.ErrInterrupted
	}
	k.violations.add(k.finish(ctx))
	return k.printSummary()
}

// build builds the daemon, unless one was given.
func (k *soak) build(ctx context.Context) (err error) {
	k.zog, err = daemons.Program(ctx, k.zog, k.dir, "zog")
	return err
}

// start starts daemons and clients.
func (k *soak) start(ctx context.Context) error {
	for i := range k.ring.Hosts {
		if err := k.ring.Start(ctx, i); err != nil {
			return err
		}
	}
	if err := k.ring.AwaitLinks(ctx); err != nil {
		return err
	}
	var err error
	if k.ledger, err = newLedger(filepath.Join(k.dir, "oks.jsonl"), k.clients); err != nil {
		return err
	}
	for _, dir := range k.ring.Dirs() {
		k.followers = append(k.followers, newFollower(dir, k.clients))
	}
	k.traffic, err = startTraffic(ctx, k.settings, k.ring.Ring, k.ledger)
	return err
}

// cycle runs all cycles, or until the time is up.
func (k *soak) cycle(ctx context.Context) error {
	for k.kills.cycles < k.cycles {
		if time.Since(k.began) > k.limit {
			return fmt.Errorf("only %d of %d cycles in %v", k.kills.cycles, k.cycles, k.limit)
		}
		p := draw(k.chance, size)
		if err := k.runCycle(ctx, &p); err != nil {
			return err
		}
		k.kills.count(&p, size)
		k.printProgress()
	}
	return nil
}

// runCycle runs one cycle.
func (k *soak) runCycle(ctx context.Context, p *plan) error {
	if err := k.wait(ctx, p.traffic); err != nil {
		return err
	}
	k.ring.Kill(p.victims...)
	if err := k.wait(ctx, p.down); err != nil {
		return err
	}
	if err := k.launch(p); err != nil {
		return err
	}
	if p.again > 0 {
		if err := k.wait(ctx, p.again); err != nil {
			return err
		}
		k.ring.Kill(p.victims...)
		if err := k.launch(p); err != nil {
			return err
		}
	}
	return k.heal(ctx, p)
}

func (k *soak) launch(p *plan) error {
	for _, i := range p.victims {
		if err := k.ring.Launch(i); err != nil {
			return err
		}
	}
	return nil
}

// wait waits. A host that ends by itself meanwhile is an error.
func (k *soak) wait(ctx context.Context, d time.Duration) error {
	end := time.Now().Add(d)
	return k.ring.Await(ctx, "", func() bool { return !time.Now().Before(end) })
}
