package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// errTimeout ends the trial of one mutant, errLimit the trial of all.
var (
	errTimeout = errors.New("the time for the mutant is up")
	errLimit   = errors.New("--limit is reached")
)

// run tries the chosen mutants, prints the results, and stores them with --write. It returns an
// error unless all were caught.
func run(ctx context.Context, s *settings, chosen []*Mutant, out, progress io.Writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.limit, errLimit)
	defer cancel()
	names, err := files(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mutants-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if chosen, err = supported(ctx, chosen, progress); err != nil {
		return err
	}
	t := &trial{settings: s, progress: progress, found: make(results)}
	for i := range min(s.jobs, len(chosen)) {
		tree, err := copyTree(".", names, filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		t.trees = append(t.trees, tree)
	}
	err = t.runStages(ctx, chosen)
	fmt.Fprint(out, t.summary(chosen))
	if s.write {
		err = errors.Join(err, saveResults(t.found))
	}
	return errors.Join(err, t.verdict(chosen))
}

// supported leaves out the mutants that need the race detector, unless there is one.
func supported(ctx context.Context, ms []*Mutant, progress io.Writer) ([]*Mutant, error) {
	cgo, err := exec.CommandContext(ctx, "go", "env", "CGO_ENABLED").Output()
	if err != nil {
		return nil, fmt.Errorf("go env: %w", err)
	}
	if strings.TrimSpace(string(cgo)) == "1" {
		return ms, nil
	}
	var kept []*Mutant
	for _, m := range ms {
		if m.Race {
			fmt.Fprintf(progress, "NOT TRIED, there is no C compiler and so no race detector: %s\n", m.Name)
		} else {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// trial is the trial of many mutants.
type trial struct {
	settings *settings
	progress io.Writer
	trees    []*tree // as many as mutants are tried at a time
	alone    sync.Mutex

	mu    sync.Mutex
	found results
	done  int
	err   error
}

// runStages tries all mutants with the tests of their packages, the survivors with all tests, and
// the survivors of these with chaos.
func (t *trial) runStages(ctx context.Context, ms []*Mutant) error {
	if err := t.runStage(ctx, packageStage(ms), ms); err != nil {
		return err
	}
	alive := t.survivors(ms)
	if len(alive) == 0 {
		return nil
	}
	if err := t.runStage(ctx, allTestsStage(), alive); err != nil {
		return err
	}
	if alive = t.survivors(ms); len(alive) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(t.trees[0].dir, chaosFolder)); err != nil {
		t.logf("NO CHAOS: there is no %s; %d mutants are tried with the tests alone", chaosFolder, len(alive))
		return nil
	}
	return t.runStage(ctx, chaosStage(), alive)
}

func (t *trial) survivors(ms []*Mutant) (alive []*Mutant) {
	for _, m := range ms {
		if r, tried := t.found[m.Name]; tried && r.Caught == nil {
			alive = append(alive, m)
		}
	}
	return alive
}

// runStage checks that the unchanged copy passes, and then tries mutants on all trees at once.
func (t *trial) runStage(ctx context.Context, s stage, ms []*Mutant) error {
	for _, c := range s.baseline {
		t.logf("unchanged copy: %s", c.what)
		caught, err := t.trees[0].try(ctx, &c)
		if err == nil && caught != nil {
			err = fmt.Errorf("the unchanged copy fails: %s", caught)
		}
		if err != nil {
			return err
		}
	}
	t.done = 0
	queue := make(chan *Mutant)
	var workers sync.WaitGroup
	for _, tree := range t.trees {
		workers.Go(func() {
			for m := range queue {
				t.record(m, len(ms), func() (*catch, error) { return t.tryMutant(ctx, tree, m, s.checks(m)) })
			}
		})
	}
	for _, m := range ms {
		if ctx.Err() == nil {
			queue <- m
		}
	}
	close(queue)
	workers.Wait()
	return cmp.Or(context.Cause(ctx), t.err)
}

// record tries a mutant and records the result.
func (t *trial) record(m *Mutant, of int, try func() (*catch, error)) {
	began := time.Now()
	caught, err := try()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if err != nil {
		t.err = errors.Join(t.err, fmt.Errorf("%s: %w", m.Name, err))
		t.logf("%d/%d %s: not tried: %v", t.done, of, m.Name, err)
		return
	}
	t.found[m.Name] = result{Change: m.change(), Caught: caught}
	t.logf("%d/%d %s: %s, %v", t.done, of, m.Name, caught, time.Since(began).Round(time.Second))
}

// tryMutant tries a mutant in a tree, and restores the tree.
func (t *trial) tryMutant(ctx context.Context, in *tree, m *Mutant, checks []check) (caught *catch, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.settings.each, errTimeout)
	defer cancel()
	restore, err := in.mutate(m)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, restore()) }()
	if err := in.vet(ctx, m.folder()); err != nil {
		return nil, err
	}
	for i := range checks {
		if caught, err = t.check(ctx, in, &checks[i]); caught != nil || err != nil {
			return caught, err
		}
	}
	return nil, nil
}

// check runs one check; those that may start whole programs run one at a time.
func (t *trial) check(ctx context.Context, in *tree, c *check) (*catch, error) {
	if c.alone {
		t.alone.Lock()
		defer t.alone.Unlock()
	}
	return in.try(ctx, c)
}

func (t *trial) logf(format string, a ...any) { fmt.Fprintf(t.progress, format+"\n", a...) }

// summary counts the results, and lists the survivors.
func (t *trial) summary(ms []*Mutant) string {
	alive := t.survivors(ms)
	text := fmt.Sprintf("%d mutants, %d caught, %d survived\n", len(ms), len(t.found)-len(alive), len(alive))
	if left := len(ms) - len(t.found); left > 0 {
		text += fmt.Sprintf("not tried: %d\n", left)
	}
	for _, m := range alive {
		text += fmt.Sprintf("survived: %s: %s\n", m.Name, m.Breaks)
	}
	return text
}

// verdict returns an error unless all mutants were caught.
func (t *trial) verdict(ms []*Mutant) error {
	if alive := t.survivors(ms); len(alive) > 0 {
		return fmt.Errorf("%d mutants were not caught", len(alive))
	}
	return nil
}
