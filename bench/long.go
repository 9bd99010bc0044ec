package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/internal/cli"
)

const longHelp = `Send texts of 500 bytes as fast as it goes, in many turns, and tell in how many of them a
link falls out of its window.

A host keeps the newest messages in memory for those that follow. A link whose peer is
further behind reads the log instead, which is slower; the daemon says so in its
diagnostics, which are looked at. A turn is one of compare's flood, with longer texts.`

// longText is the size of these texts, in bytes.
const longText = 500

func newLong() *cobra.Command {
	r, messages := &runs{}, 0
	cmd := &cobra.Command{
		Use: "long", Short: "Tell whether links keep up with long texts", Long: longHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if messages < 1 {
				return cli.Usage(errors.New("--messages must be over 0"))
			}
			return r.do(cmd, report.PartLong, func(ctx context.Context) error { return r.long(ctx, messages) })
		},
	}
	r.flags(cmd, report.LongTurns, "zog")
	cmd.Flags().IntVar(&messages, "messages", 300_000, "how many are counted in a turn")
	return cmd
}

func (r *runs) long(ctx context.Context, messages int) error {
	w := usual(system.Work{Messages: messages, Window: window, Copies: 1})
	w.Text = longText
	table := &report.Work{Name: "long", About: fmt.Sprintf(
		"one client, %d texts of %d bytes in each turn, 16,384 under way, acknowledged by the first host, not synced", messages, longText)}
	if err := r.throughput(ctx, table.Name, w, table.Of); err != nil {
		return err
	}
	r.results.Long = table
	return table.LongText(r.out)
}
