package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/figures"
)

// rig is one run of the program.
type rig struct {
	*settings
	dir      string
	progress io.Writer
}

var (
	errMissed  = errors.New("a bar was missed")
	errSkipped = errors.New("not possible here")
)

// run runs the program in a directory of its own.
func run(ctx context.Context, s *settings, chosen []attack, out, progress io.Writer) error {
	earlier, err := figures.Load[figure](s.before)
	if err != nil {
		return err
	}
	r := &rig{settings: s, progress: progress}
	if r.dir, err = os.MkdirTemp(workspace(), "zog-attack-"); err != nil {
		return err
	}
	var all []figure
	if err = r.prepare(ctx); err == nil {
		all, err = r.measure(ctx, chosen)
	}
	if err == nil {
		err = errors.Join(s.publish(out, all, earlier), s.judge(all))
	}
	if s.keep || err != nil && ctx.Err() == nil && !errors.Is(err, errSkipped) {
		fmt.Fprintf(progress, "logs and output of the programs are kept in %s\n", r.dir)
		return err
	}
	return errors.Join(err, os.RemoveAll(r.dir))
}

// workspace returns the parent of the directory of a run: one in memory, so that times do not depend
// on the disk, unless $TMPDIR is set.
func workspace() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); os.Getenv("TMPDIR") == "" && err == nil && info.IsDir() {
		return memory
	}
	return ""
}

// prepare builds the daemon, unless one was given.
func (r *rig) prepare(ctx context.Context) (err error) {
	r.zog, err = daemons.Program(ctx, r.zog, r.dir, "zog")
	return err
}

// publish prints the figures, and writes them to --record and --page.
func (s *settings) publish(out io.Writer, all, earlier []figure) error {
	var table bytes.Buffer
	s.table(&table, all, earlier)
	_, err := out.Write(table.Bytes())
	if s.page == "" {
		return errors.Join(err, figures.Save(s.record, all))
	}
	page, bad := os.ReadFile(s.page)
	if bad != nil {
		return errors.Join(err, bad)
	}
	text, bad := figures.Between(string(page), s.tableName(), table.String())
	if bad == nil {
		bad = os.WriteFile(s.page, []byte(text), 0o644)
	}
	return errors.Join(err, bad, figures.Save(s.record, all))
}

// judge returns an error if a bar was missed.
func (s *settings) judge(all []figure) error {
	missed := 0
	for i := range all {
		if len(s.missed(&all[i])) > 0 {
			missed++
		}
	}
	if missed == 0 {
		return nil
	}
	return fmt.Errorf("%w: by %d of %d attacks", errMissed, missed, len(all))
}

// measure runs all attacks, one by one: each needs the whole machine.
func (r *rig) measure(ctx context.Context, chosen []attack) (all []figure, err error) {
	for i := range chosen {
		f, err := r.try(ctx, &chosen[i])
		if ctx.Err() != nil {
			return nil, daemons.ErrInterrupted
		}
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}

// try runs an attack, and repeats it if a bar is missed, until the majority of --tries is decided. It
// returns the figure of the last run, which is one of the majority.
func (r *rig) try(ctx context.Context, a *attack) (f figure, err error) {
	for kept, missed := 0, 0; 2*kept < r.tries && 2*missed <= r.tries && kept+missed < r.tries; {
		began := time.Now()
		f, err = r.play(ctx, a)
		if ctx.Err() != nil || errors.Is(err, errSkipped) {
			return f, err
		}
		if err != nil { // an error that ends the run counts as a missed bar
			f.Wrong = append(f.Wrong, strings.ReplaceAll(err.Error(), "\n", " "))
		}
		r.report(&f, time.Since(began))
		if len(r.missed(&f)) > 0 {
			missed++
			continue
		}
		kept++
		if missed == 0 {
			break
		}
	}
	return f, nil
}

// report prints the figure of one run of an attack.
func (r *rig) report(f *figure, took time.Duration) {
	fmt.Fprintf(r.progress, "%s (in %.0f s): %s\n", f.Attack, took.Seconds(), f.Did)
	fmt.Fprintf(r.progress, "    attacked %s ms; other %s ms; new client %s ms; %s MiB, CPU %s %%; error.log %s MiB of %s MiB; verify %s; bars: %s\n",
		byPhase(f.Attacked), byPhase(f.Other), format(f.Newcomer), format(f.Memory), format(f.CPU),
		format(f.ErrorLog), format(f.Logs), f.Verify, verdict(r.missed(f)))
}
