package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

// printer writes results to standard output, and all else to standard error. It
// is for one goroutine at a time.
type printer struct {
	set     *settings
	out     io.Writer
	says    io.Writer
	width   int // of the column of hosts
	colours palette
	broken  error // the first failure to write a result
	status  cli.Status
}

// newPrinter returns a printer for a command that a signal ends, which ends soft.
func newPrinter(cmd *cobra.Command, set *settings, soft context.Context) *printer {
	p := &printer{set: set, out: cmd.OutOrStdout(), says: cmd.ErrOrStderr()}
	p.status.Until(soft.Done(), p.out)
	p.status.Until(soft.Done(), p.says)
	p.width = longestShown(set.targets)
	p.colours = paletteFor(p.out)
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

// tally writes the sum to standard output, or where that is broken, for a person to
// standard error.
func (p *printer) tally(t *tally) {
	if p.set.json {
		p.line(marshal(t))
	} else {
		p.line(t.text())
	}
	if p.broken != nil {
		p.say("%s", t.text())
	}
}

func (p *printer) line(text string) {
	if p.broken != nil {
		return
	}
	p.status.Aside(func() {
		if _, err := fmt.Fprintln(p.out, text); err != nil {
			p.broken = fmt.Errorf("results: %w", err)
		}
	})
}

// say is for what is not a result.
func (p *printer) say(format string, args ...any) {
	p.status.Aside(func() {
		// If standard error is gone there is nobody to tell.
		_, _ = fmt.Fprintf(p.says, "sprog: "+format+"\n", args...)
	})
}
