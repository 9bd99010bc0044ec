package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/figures"
	"xlattice.org/zog/internal/test/netns"
)

// trial is a case: what is done, and what is measured.
type trial struct {
	name      string
	short     bool // it is one of those of --short
	exclusive bool // it needs the machine for itself
	run       func(context.Context, *stage) ([]figure, error)
}

// rig is one run of the program.
type rig struct {
	*settings
	dir      string
	hosts    []config.Host
	mu       sync.Mutex // of progress
	progress io.Writer
}

// errMissed ends a run in which a bar was missed.
var errMissed = errors.New("a bar was missed")

// run runs the program in a directory of its own.
func run(ctx context.Context, s *settings, chosen []trial, out, progress io.Writer) error {
	before, err := figures.Load[figure](s.before)
	if err != nil {
		return err
	}
	r := &rig{settings: s, progress: progress}
	if r.dir, err = os.MkdirTemp("", "zog-silence-"); err != nil {
		return err
	}
	var all []figure
	if err = r.prepare(ctx); err == nil {
		all, err = r.measure(ctx, chosen)
	}
	if err == nil {
		table(out, all, byCase(before), s.margin.Seconds())
		err = errors.Join(figures.Save(s.record, all), s.judge(all))
	}
	if s.keep || err != nil && ctx.Err() == nil && !errors.Is(err, netns.ErrSkipped) {
		fmt.Fprintf(progress, "logs and output of the programs are kept in %s\n", r.dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}

// judge returns an error if a bar was missed.
func (s *settings) judge(all []figure) error {
	missed := 0
	for i := range all {
		if !all[i].meets(s.margin.Seconds()) {
			missed++
		}
	}
	if missed == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d of %d figures", errMissed, missed, len(all))
}

// prepare reads the ring file, and builds the programs that were not given.
func (r *rig) prepare(ctx context.Context) error {
	data, err := os.ReadFile(r.config)
	if err != nil {
		return err
	}
	ring, err := config.Parse(r.config, data)
	if err != nil {
		return err
	}
	if len(ring.Hosts) != size {
		return fmt.Errorf("%s: the ring must have %d hosts", r.config, size)
	}
	r.hosts = ring.Hosts
	for name, program := range map[string]*string{"zog": &r.zog, "sprog": &r.sprog} {
		if *program, err = daemons.Program(ctx, *program, r.dir, name); err != nil {
			return err
		}
	}
	return nil
}

// size is how many hosts a ring has.
const size = 5

// measure runs all cases, and returns their figures in the order of the cases. It starts with the
// long ones, which are last in the list.
func (r *rig) measure(ctx context.Context, chosen []trial) ([]figure, error) {
	figures, errs := make([][]figure, len(chosen)), make([]error, len(chosen))
	slots := make(chan struct{}, r.atOnce)
	var running sync.WaitGroup
	for i := len(chosen) - 1; i >= 0; i-- {
		if chosen[i].exclusive {
			continue
		}
		slots <- struct{}{}
		running.Go(func() {
			figures[i], errs[i] = r.try(ctx, &chosen[i])
			<-slots
		})
	}
	running.Wait()
	var all []figure
	for i := range chosen {
		if chosen[i].exclusive {
			figures[i], errs[i] = r.try(ctx, &chosen[i])
		}
		all = append(all, figures[i]...)
	}
	if ctx.Err() != nil {
		return nil, daemons.ErrInterrupted
	}
	return all, errors.Join(errs...)
}

// try runs a case, and repeats it if it misses a bar, until the majority of --tries is decided. An
// error that ends a run counts as a missed bar.
func (r *rig) try(ctx context.Context, c *trial) ([]figure, error) {
	var runs [][]figure
	missed := 0
	for 2*missed <= r.tries && len(runs) < r.tries {
		began := time.Now()
		figures, err := r.play(ctx, c)
		if ctx.Err() != nil || errors.Is(err, netns.ErrSkipped) {
			return nil, err
		}
		if err != nil {
			return []figure{{Case: c.name, Wrong: err.Error()}}, nil
		}
		r.report(figures, time.Since(began))
		runs = append(runs, figures)
		if r.judge(figures) != nil {
			missed++
		} else if missed == 0 {
			break
		}
	}
	return median(runs), nil
}

// report prints the figures of one run of a case.
func (r *rig) report(figures []figure, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range figures {
		fmt.Fprintf(r.progress, "%s: %s (in %.0f s)\n", figures[i].Case, &figures[i], took.Seconds())
	}
}
