package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/internal/cli"
)

const compareHelp = `Have systems do the same works, each in its turn, again and again.

A turn is: start five hosts on 127.0.55.1 to 127.0.55.5 and a process of clients,
warm up, send all messages to the first host, wait until the logs of all hosts have
all lines and the client has all acknowledgements, look at every line of every log,
and remove all. The time is from the first message to that moment.

The table has medians over the turns, and the least and the most. "of relay" is the
median of the ratios to the bare relay, each from one and the same alternation. CPU
is that of all processes, the client's included.

Works:
` + worksHelp

func newCompare() *cobra.Command {
	r, names, scale, peers := &runs{}, []string(nil), 1.0, false
	cmd := &cobra.Command{
		Use: "compare", Short: "Have systems do the same works, in turns", Long: compareHelp, Args: cobra.NoArgs,
		Example: `  bench compare                                   # all systems, all works: long
  bench compare --systems relay,zog --works flood
  bench compare --zog ../bin/zog --systems zog --alternations 1 --scale 0.1`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if scale <= 0 {
				return cli.Usage(errors.New("--scale must be over 0"))
			}
			picked, err := pick(names, scale)
			if err != nil {
				return cli.Usage(err)
			}
			part := report.PartCompare
			if peers {
				part = report.PartPeers
			}
			return r.do(cmd, part, func(ctx context.Context) error { return r.compare(ctx, picked, peers) })
		},
	}
	r.flags(cmd, 5, defaultSystems()...)
	cmd.Flags().StringSliceVar(&names, "works", workNames(), "what they are to do")
	cmd.Flags().BoolVar(&peers, "peers", false, "keep the results with those of peers, and not with those of the relay and zog alone")
	cmd.Flags().Float64Var(&scale, "scale", 1, "so many times the messages of each work")
	return cmd
}

// compare has all systems do the works.
func (r *runs) compare(ctx context.Context, works []work, peers bool) error {
	kept := &r.results.Works
	if peers {
		kept = &r.results.Peers
	}
	*kept = nil
	for _, w := range works {
		table := &report.Work{Name: w.name, About: w.about}
		if err := r.throughput(ctx, w.name, w.Work, table.Of); err != nil {
			return err
		}
		*kept = append(*kept, table)
		if err := table.Text(r.out); err != nil {
			return err
		}
	}
	return nil
}
