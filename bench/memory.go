package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/bench/trial"
	"xlattice.org/zog/internal/cli"
)

const memoryHelp = `Send very many messages as fast as it goes, and sample the memory of the hosts.

Memory is the resident set (VmRSS) of all processes of a host, looked at once a
second. If the second half of the messages needs no more than the first, it does not
grow with them. The logs take 92 bytes a message on each host while this runs.`

func newMemory() *cobra.Command {
	r, messages := &runs{}, 0
	cmd := &cobra.Command{
		Use: "memory", Short: "Tell whether memory grows with what was sent", Long: memoryHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if messages < 1000 {
				return cli.Usage(errors.New("--messages must be 1000 at least"))
			}
			return r.do(cmd, report.PartMemory, func(ctx context.Context) error { return r.memory(ctx, messages) })
		},
	}
	r.flags(cmd, 1, "relay", "zog")
	cmd.Flags().IntVar(&messages, "messages", 20_000_000, "how many")
	return cmd
}

func (r *runs) memory(ctx context.Context, messages int) error {
	r.results.Memory = nil
	w := usual(system.Work{Messages: messages, Window: window, Copies: 1})
	w.Limit = 20 * time.Minute
	turn := func(s system.System) error {
		m, err := trial.Watch(ctx, s, r.dir, w)
		if err != nil {
			return err
		}
		fmt.Fprintf(r.said, "%.0f messages a second\n", m.Rate)
		result := &report.Memory{System: s.Name(), Messages: messages, Rate: m.Rate, First: mebibytes(m.First), Second: mebibytes(m.Second)}
		r.results.Memory = append(r.results.Memory, result)
		return result.Text(r.out)
	}
	return r.inTurns(ctx, "memory", turn, func(string, string) {})
}

func mebibytes(bytes []int64) (all []float64) {
	for _, b := range bytes {
		all = append(all, round(float64(b)/(1<<20)))
	}
	return all
}
