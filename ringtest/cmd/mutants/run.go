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

// errHangs ends the trial of one mutant, errLimit that of all.
var (
	errHangs = errors.New("its time is up")
	errLimit = errors.New("--limit is reached")
)

// run tries the chosen mutants, says what was found, and stores it if that is
// asked for. The error says what is wrong.
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
	defer os.RemoveAll(dir) // it holds nothing that anybody needs
	if chosen, err = raceable(ctx, chosen, progress); err != nil {
		return err
	}
	t := &trial{settings: s, progress: progress, found: make(results)}
	for i := range min(s.jobs, len(chosen)) {
		tree, err := plant(".", names, filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		t.trees = append(t.trees, tree)
	}
	err = t.stages(ctx, chosen)
	fmt.Fprint(out, t.summary(chosen))
	if s.write {
		err = errors.Join(err, store(t.found))
	}
	return errors.Join(err, t.verdict(chosen))
}

// raceable leaves out the mutants that need the race detector where there is
// none.
func raceable(ctx context.Context, ms []*Mutant, progress io.Writer) ([]*Mutant, error) {
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
			fmt.Fprintf(progress, "NOT TRIED, as there is no C compiler and so no race detector: %s\n", m.Name)
		} else {
			kept = append(kept, m)
		}
	}
	return kept, nil
}

// trial is the trying of many mutants.
type trial struct {
	settings *settings
	progress io.Writer
	trees    []*tree // one for each that are tried at a time
	ports    sync.Mutex

	mu    sync.Mutex
	found results
	done  int
	wrong error
}

// stages tries all mutants with the tests of their packages, those that survive with all
// tests, and those that survive that with the chaos.
func (t *trial) stages(ctx context.Context, ms []*Mutant) error {
	if err := t.stage(ctx, named(ms), ms); err != nil {
		return err
	}
	alive := t.survivors(ms)
	if len(alive) == 0 {
		return nil
	}
	if err := t.stage(ctx, rest(), alive); err != nil {
		return err
	}
	if alive = t.survivors(ms); len(alive) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(t.trees[0].dir, chaosFolder)); err != nil {
		t.say("NO CHAOS: there is no %s; %d mutants are tried with the tests alone", chaosFolder, len(alive))
		return nil
	}
	return t.stage(ctx, last(), alive)
}

func (t *trial) survivors(ms []*Mutant) (alive []*Mutant) {
	for _, m := range ms {
		if r, tried := t.found[m.Name]; tried && r.Caught == nil {
			alive = append(alive, m)
		}
	}
	return alive
}

// stage sees that the copy is sound, and tries mutants on all trees at once.
func (t *trial) stage(ctx context.Context, s stage, ms []*Mutant) error {
	for _, c := range s.sound {
		t.say("not changed: %s", c.what)
		caught, err := t.trees[0].try(ctx, &c)
		if err == nil && caught != nil {
			err = fmt.Errorf("the copy fails as it is: %s", caught)
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
				t.note(m, len(ms), func() (*catch, error) { return t.one(ctx, tree, m, s.checks(m)) })
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
	return cmp.Or(context.Cause(ctx), t.wrong)
}

// note records what becomes of a mutant.
func (t *trial) note(m *Mutant, of int, try func() (*catch, error)) {
	began := time.Now()
	caught, err := try()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if err != nil {
		t.wrong = errors.Join(t.wrong, fmt.Errorf("%s: %w", m.Name, err))
		t.say("%d/%d %s: not tried: %v", t.done, of, m.Name, err)
		return
	}
	t.found[m.Name] = result{Change: m.change(), Caught: caught}
	t.say("%d/%d %s: %s, %v", t.done, of, m.Name, caught, time.Since(began).Round(time.Second))
}

// one tries a mutant in a tree, which is as before when it returns.
func (t *trial) one(ctx context.Context, in *tree, m *Mutant, checks []check) (caught *catch, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, t.settings.each, errHangs)
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
		t.ports.Lock()
		defer t.ports.Unlock()
	}
	return in.try(ctx, c)
}

func (t *trial) say(format string, a ...any) { fmt.Fprintf(t.progress, format+"\n", a...) }

// summary says what was found, survivors last.
func (t *trial) summary(ms []*Mutant) string {
	alive := t.survivors(ms)
	said := fmt.Sprintf("%d mutants, %d caught, %d survived\n", len(ms), len(t.found)-len(alive), len(alive))
	if left := len(ms) - len(t.found); left > 0 {
		said += fmt.Sprintf("not tried: %d\n", left)
	}
	for _, m := range alive {
		said += fmt.Sprintf("survived: %s: %s\n", m.Name, m.Breaks)
	}
	return said
}

// verdict is an error unless all were caught.
func (t *trial) verdict(ms []*Mutant) error {
	if alive := t.survivors(ms); len(alive) > 0 {
		return fmt.Errorf("%d mutants were not caught", len(alive))
	}
	return nil
}
