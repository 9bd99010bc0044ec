package main

import (
	"context"
	"errors"
	"strings"

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
median of the ratios to the bare relay, each from one and the same alternation; with
--tls, "of zog" is that to zog without TLS. CPU
is that of all processes, the client's included.

Works:
` + worksHelp

func newCompare() *cobra.Command {
	r, names, scale, peers, tls := &runs{}, []string(nil), 1.0, false, false
	cmd := &cobra.Command{
		Use: "compare", Short: "Have systems do the same works, in turns", Long: compareHelp, Args: cobra.NoArgs,
		Example: `  bench compare                                   # all systems, all works: long
  bench compare --systems relay,zog --works flood
  bench compare --tls
  bench compare --zog ../bin/zog --systems zog --alternations 1 --scale 0.1`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if scale <= 0 {
				return cli.Usage(errors.New("--scale must be over 0"))
			}
			if tls && !cmd.Flags().Changed("systems") {
				r.names = tlsSystems
			}
			if tls && !cmd.Flags().Changed("works") {
				names = tlsWorks
			}
			picked, err := pick(names, scale)
			if err != nil {
				return cli.Usage(err)
			}
			part, kept := report.PartCompare, func() *[]*report.Work { return &r.results.Works }
			switch {
			case peers:
				part, kept = report.PartPeers, func() *[]*report.Work { return &r.results.Peers }
			case tls:
				part, kept = report.PartTLS, func() *[]*report.Work { return &r.results.TLS }
			}
			return r.do(cmd, part, func(ctx context.Context) error { return r.compare(ctx, picked, kept()) })
		},
	}
	r.flags(cmd, 5, defaultSystems()...)
	cmd.Flags().StringSliceVar(&names, "works", workNames(), "what they are to do")
	cmd.Flags().BoolVar(&peers, "peers", false, "keep the results with those of peers, and not with those of the relay and zog alone")
	cmd.Flags().BoolVar(&tls, "tls", false, "compare zog with TLS and zog without, by the works "+strings.Join(tlsWorks, ", ")+", and keep the results by themselves")
	cmd.MarkFlagsMutuallyExclusive("peers", "tls")
	cmd.Flags().Float64Var(&scale, "scale", 1, "so many times the messages of each work")
	return cmd
}

// compare has all systems do the works, and keeps the results.
func (r *runs) compare(ctx context.Context, works []work, kept *[]*report.Work) error {
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
