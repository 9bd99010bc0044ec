package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/trial"
	"xlattice.org/zog/bench/zog"
	"xlattice.org/zog/internal/cli"
)

// runs are what all commands that measure have in common: who, how often, where.
type runs struct {
	zog          string
	names        []string
	alternations int
	below        string
	record       string
	look         time.Duration

	systems []system.System
	dir     string
	out     io.Writer
	said    io.Writer
	results *report.Results
	failed  error
}

// flags declares their flags.
func (r *runs) flags(cmd *cobra.Command, alternations int, systems ...string) {
	set := cmd.Flags()
	set.StringVar(&r.zog, "zog", "", "zog's daemon, a `PROGRAM`; without it, it is built from the source beside this")
	set.StringSliceVar(&r.names, "systems", systems, "which systems, in the order of their turns")
	set.IntVar(&r.alternations, "alternations", alternations, "how often each system has its turn")
	set.StringVar(&r.below, "dir", "", "an existing `DIRECTORY` in which the hosts' files are for the time of a run; the system's one for temporary files if not given")
	set.StringVar(&r.record, "record", "", "a `FILE` in which results are kept, for the command report; what is there of this command is replaced")
	set.DurationVar(&r.look, "look", time.Second, "how long the machine is looked at before, to tell whether it is quiet; 0 is not at all")
}

// do looks whether the machine is quiet, calls measure with a directory that is removed
// again, and keeps its results, which are that part of all.
func (r *runs) do(cmd *cobra.Command, part string, measure func(ctx context.Context) error) (err error) {
	ctx := cmd.Context()
	r.out, r.said = cmd.OutOrStdout(), cmd.ErrOrStderr()
	if r.alternations < 1 || r.look < 0 {
		return cli.Usage(errors.New("--alternations must be over 0, and --look not under it"))
	}
	for _, name := range r.names {
		s, err := system.Find(name)
		if err != nil {
			return cli.Usage(err)
		}
		r.systems = append(r.systems, s)
	}
	r.results = &report.Results{}
	if r.record != "" {
		if r.results, err = report.Read(r.record); err != nil {
			return cli.Usage(err)
		}
	}
	if r.dir, err = os.MkdirTemp(r.below, "zog-bench-"); err != nil {
		return cli.Usage(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(r.dir)) }()
	if zog.Program = r.zog; r.zog == "" && (slices.Contains(r.names, zog.Plain) || slices.Contains(r.names, zog.WithTLS)) {
		if zog.Program, err = zog.Build(ctx, r.dir); err != nil {
			return err
		}
	}
	if err := r.watched(ctx, part, measure); err != nil {
		return err
	}
	if r.record != "" {
		if err := r.results.Write(r.record, time.Now()); err != nil {
			return err
		}
	}
	return r.failed
}

// inTurns gives each system its turns. A system that this machine lacks, or that does
// not offer what is asked for, is skipped, which is said loudly; one that fails has no
// more turns, and in the end the exit code is 1.
func (r *runs) inTurns(ctx context.Context, what string, turn func(s system.System) error, skip func(name, why string)) error {
	out := map[system.System]bool{}
	for alternation := range r.alternations {
		for _, s := range r.systems {
			if out[s] {
				continue
			}
			err := s.Missing()
			missing := err != nil
			if !missing {
				fmt.Fprintf(r.said, "%s, %s, %d of %d: ", what, s.Name(), alternation+1, r.alternations)
				err = turn(s)
			}
			if ctx.Err() != nil {
				return errors.Join(err, ctx.Err())
			}
			if err == nil {
				continue
			}
			out[s] = true
			fmt.Fprintf(r.said, "\nSKIPPED: %s: %v\n", s.Name(), err)
			skip(s.Name(), err.Error())
			if !missing && !errors.Is(err, peer.ErrUnable) {
				r.failed = errors.Join(r.failed, fmt.Errorf("%s: %s: %w", what, s.Name(), err))
			}
		}
	}
	return nil
}

// throughput gives each system its turns at a work, and adds to its series.
func (r *runs) throughput(ctx context.Context, what string, w system.Work, of func(system string) *report.Series) error {
	turn := func(s system.System) error {
		result, err := trial.Run(ctx, s, r.dir, w)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.said, "%.0f messages a second\n", result.Rate)
		series := of(s.Name())
		series.Acks = result.NoLogs
		series.Rates = append(series.Rates, math.Round(result.Rate))
		series.Acked = append(series.Acked, math.Round(result.Acked))
		series.CPU = append(series.CPU, round(result.CPU))
		series.Client = append(series.Client, round(result.Client))
		series.Peak = append(series.Peak, round(float64(slices.Max(result.Peak))/(1<<20)))
		if result.Windowed {
			series.OutOfWindow = append(series.OutOfWindow, result.OutOfWindow)
		}
		return nil
	}
	return r.inTurns(ctx, what, turn, func(name, why string) { *of(name) = report.Series{System: name, Skipped: why} })
}

// round leaves three digits behind the point.
func round(v float64) float64 { return math.Round(v*1000) / 1000 }
