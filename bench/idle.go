package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/trial"
	"xlattice.org/zog/bench/zog"
	"xlattice.org/zog/internal/cli"
)

const idleHelp = `Have five hosts do nothing for a while, and tell what they cost meanwhile.

A turn is one rest, half a minute of it by default, as the first message after it is what
is hard to measure: it needs several turns. Processor time and resident memory are those of the host that had most. The messages
that are sent then, one after the other, are acknowledged when all five have synced
them. Of zog also the size of the program is told, and how long a host by itself takes
from its start until it takes messages.`

// defaultRest is how long hosts do nothing.
const defaultRest = 30 * time.Second

func newIdle() *cobra.Command {
	r, lasts := &runs{}, time.Duration(0)
	cmd := &cobra.Command{
		Use: "idle", Short: "Tell what hosts cost that have nothing to do", Long: idleHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if lasts <= 0 {
				return cli.Usage(errors.New("--lasts must be over 0"))
			}
			return r.do(cmd, report.PartIdle, func(ctx context.Context) error { return r.idle(ctx, lasts) })
		},
	}
	r.flags(cmd, 8, "relay", "zog")
	cmd.Flags().DurationVar(&lasts, "lasts", defaultRest, "how long they do nothing")
	return cmd
}

func (r *runs) idle(ctx context.Context, lasts time.Duration) error {
	r.results.Idle = nil
	w := usual(system.Work{Window: 1, Copies: 5, Sync: true})
	w.Limit += lasts
	turn := func(s system.System) error {
		was, err := trial.Rest(ctx, s, r.dir, w, lasts)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.said, "%.3f %% of a processor\n", 100*slices.Max(was.CPU))
		i := r.results.IdleOf(s.Name())
		i.Rest = lasts.Seconds()
		i.CPU = append(i.CPU, round(100*slices.Max(was.CPU)))
		i.Memory = append(i.Memory, round(float64(slices.Max(was.Memory))/(1<<20)))
		i.First = append(i.First, micros(was.First.Nanoseconds()))
		for _, next := range was.Next {
			i.Next = append(i.Next, micros(next.Nanoseconds()))
		}
		if s.Name() == "zog" {
			return r.start(ctx, i)
		}
		return nil
	}
	skip := func(name, why string) { *r.results.IdleOf(name) = report.Idle{System: name, Skipped: why} }
	if err := r.inTurns(ctx, "idle", turn, skip); err != nil {
		return err
	}
	return report.IdleText(r.results.Idle, r.out)
}

// start adds what is known of zog alone.
func (r *runs) start(ctx context.Context, i *report.Idle) error {
	started, err := zog.Ready(ctx, r.dir)
	if err != nil {
		return err
	}
	program, err := os.Stat(zog.Program)
	if err != nil {
		return err
	}
	i.Start = append(i.Start, round(started.Seconds()*1000))
	i.Program = round(float64(program.Size()) / (1 << 20))
	return nil
}
