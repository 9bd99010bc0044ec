package main

import (
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"xlattice.org/zog/bench/report"
)

const reportHelp = `Write what was measured into the documentation.

The results are those that the other commands keep with --record. The tables take the
place of those between the two marks of the page, and the rest of the page stays; the
plot is made anew. What we aim at is computed from the results, and said here as well.`

func newReport() *cobra.Command {
	var results, page, plot string
	cmd := &cobra.Command{
		Use: "report", Short: "Write what was measured into the documentation", Long: reportHelp, Args: cobra.NoArgs,
		Example: `  bench compare --record ../docs/performance.json
  bench latency --record ../docs/performance.json
  bench report`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return renew(cmd.OutOrStdout(), results, page, plot)
		},
	}
	set := cmd.Flags()
	set.StringVar(&results, "results", "../docs/performance.json", "the `FILE` with the results")
	set.StringVar(&page, "page", "../docs/performance.md", "the page, a `FILE`")
	set.StringVar(&plot, "plot", "../docs/performance.svg", "the plot, a `FILE`")
	return cmd
}

func renew(out io.Writer, results, page, plot string) error {
	if _, err := os.Stat(results); err != nil {
		return err
	}
	r, err := report.Read(results)
	if err != nil {
		return err
	}
	old, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	text, err := r.Renew(string(old))
	if err != nil {
		return err
	}
	var svg strings.Builder
	return errors.Join(r.BarsText(out), r.SVG(&svg), os.WriteFile(page, []byte(text), 0o644), os.WriteFile(plot, []byte(svg.String()), 0o644))
}
