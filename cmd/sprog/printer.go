package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// printer writes results to standard output, and everything else to standard error. It is
// not safe for concurrent use.
type printer struct {
	set     *settings
	out     io.Writer
	errOut  io.Writer
	width   int // of the column of hosts
	colours palette
	err     error // the first error of writing a result
	status  cli.Status
}

// newPrinter returns a printer for a command. soft ends when a signal ends the command.
func newPrinter(cmd *cobra.Command, set *settings, soft context.Context) *printer {
	p := &printer{set: set, out: cmd.OutOrStdout(), errOut: cmd.ErrOrStderr()}
	p.status.Until(soft.Done(), p.out)
	p.status.Until(soft.Done(), p.errOut)
	p.width = longestShown(set.targets)
	p.colours = palette(cli.ShowsColours(p.out))
	set.warnWith(p.warn)
	return p
}

func (p *printer) result(r result) {
	if p.set.json {
		p.line(marshal(r))
		return
	}
	stamp := ""
	if p.set.stamp {
		stamp = r.Time + " "
	}
	p.line(stamp + r.text(p.width, p.colours))
}

// tally writes the summary to standard output, and also to standard error if standard
// output has failed.
func (p *printer) tally(t *tally) {
	if p.set.json {
		p.line(marshal(t))
	} else {
		p.line(t.text())
	}
	if p.err != nil {
		p.warn("%s", t.text())
	}
}

func (p *printer) line(text string) {
	if p.err != nil {
		return
	}
	p.status.Aside(func() {
		if _, err := fmt.Fprintln(p.out, text); err != nil {
			p.err = fmt.Errorf("results: %w", err)
		}
	})
}

// warn writes a line to standard error.
func (p *printer) warn(format string, args ...any) {
	p.status.Aside(func() {
		// If this fails, there is nowhere to report it.
		_, _ = fmt.Fprintf(p.errOut, "sprog: "+format+"\n", args...)
	})
}
