package main

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
)

// sendLines sends each line of standard input as a message.
func sendLines(cmd *cobra.Command, s *settings) error {
	soft, hard, release := withSignals(cmd, s.timeout)
	defer release()
	reading, quit := context.WithCancel(soft)
	defer quit()
	input := &lines{from: cmd.InOrStdin()}
	r := &lineReporter{print: newPrinter(cmd, s, soft), progress: progress{begun: time.Now()}, quit: quit}
	r.outage.set, r.outage.warn = s, r.print.warn
	c, err := s.client(r.outage.started)
	if err != nil {
		return err
	}
	defer c.Close()
	if !cli.IsTerminal(input.from) { // no person is typing, so a status line disturbs nobody
		r.print.status.Start(r.print.errOut, r.text)
	}
	summary, err := c.SendAll(hard, input.yielding(reading), r.report)
	r.finish(err)
	t := s.tallyOf(&summary)
	left, broken := input.result()
	t.Unread = err != nil && left
	r.print.tally(t)
	switch {
	case r.print.err != nil:
		return r.print.err
	case broken != nil:
		return fmt.Errorf("standard input: %w", broken)
	}
	return t.exit()
}

// lineReporter reports the results of the lines. Lines that were sent without a problem are
// reported only with --verbose.
type lineReporter struct {
	progress
	print    *printer
	quit     func() // stops the reading of lines
	outage   outage
	problems problems
	unsent   int // the number of the first line that was not sent; 0 is none
}

// report is called for each line, in order.
func (r *lineReporter) report(res client.Result) {
	r.count.Add(1)
	if res.Err == nil {
		r.outage.ended(res.Receipt)
	}
	line := res.Index + 1
	if res.Err != nil {
		r.countProblem(line, res.Text, res.Err)
	}
	if r.print.set.verbose {
		result := r.print.set.newResult(time.Now(), res.Text, res.Receipt, res.Err)
		result.Line = line
		r.print.result(result)
	}
	if r.print.err != nil || status(res.Err) == statusUnsent { // the same will happen to the next line, so do not wait for it
		r.quit()
	}
}

// countProblem counts a line with a problem. The first line of a kind is reported at once.
// The others are summed up at the end, as there may be many: a window of them when a host
// dies, or a file that is not text. Of refused lines the first few are shown.
func (r *lineReporter) countProblem(line int, text string, err error) {
	switch status(err) {
	case statusRefused:
		what := " refused: " + reason(err, "")
		if problem := r.problems.add(line, what); problem.count <= maxExamples {
			r.print.warn("line %d%s: %s", line, problem.description, excerpt(text))
		}
	case statusLost:
		r.printFirst(line, ": "+visible(err.Error()))
	case statusShort:
		r.printFirst(line, ": "+reason(err, ""))
	case statusUnsent:
		r.unsent = cmp.Or(r.unsent, line)
	}
}

func (r *lineReporter) printFirst(line int, what string) {
	if problem := r.problems.add(line, what); problem.count == 1 {
		r.print.warn("%s", problem.text())
	}
}

// finish removes the status line, sums up the problems, and says why the rest of the input
// was not sent.
func (r *lineReporter) finish(err error) {
	r.print.status.Stop()
	for _, problem := range r.problems {
		if problem.count > 1 {
			r.print.warn("%s", problem.text())
		}
	}
	if r.unsent > 0 && err != nil {
		r.print.warn("stopped at line %d: %s", r.unsent, r.print.set.describe(err))
	}
}
