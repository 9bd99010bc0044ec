package main

import (
	"cmp"
	"context"
	"fmt"
	"sync"
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
	c, err := s.client(soft, r.outage.started)
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
	print  *printer
	quit   func() // stops the reading of lines
	outage outage
	unsent int // the number of the first line that was not sent; 0 is none

	mu       sync.Mutex // also a timer uses these
	problems problems
	timer    *time.Timer
}

// tellAfter is how long problems are collected before they are reported the first time. At
// the end of the input they are reported at once.
const tellAfter = time.Second

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

// countProblem counts a line with a problem. A kind of problem is reported a moment after its
// first line, and again at the end if it got more lines, as there may be many: a window of
// them when a host dies, or a file that is not text. Of refused lines the first few are shown.
func (r *lineReporter) countProblem(line int, text string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch status(err) {
	case statusRefused:
		what := " refused: " + reason(err, "")
		problem := r.problems.add(line, what)
		if problem.count <= maxExamples {
			r.print.warn("line %d%s: %s", line, problem.description, excerpt(text))
		}
		if problem.count == 1 { // the example is all there is to tell
			problem.told = 1
		}
	case statusLost:
		r.tellSoon(line, ": "+r.print.set.named(visible(err.Error())))
	case statusShort:
		r.tellSoon(line, ": "+reason(err, ""))
	case statusUnsent:
		r.unsent = cmp.Or(r.unsent, line)
	}
}

func (r *lineReporter) tellSoon(line int, what string) {
	if p := r.problems.add(line, what); p.count == 1 && r.timer == nil {
		r.timer = time.AfterFunc(tellAfter, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.timer = nil
			r.tell(func(p *problem) bool { return p.told == 0 })
		})
	}
}

// tell reports the chosen problems that have lines which were not reported. The caller holds
// mu.
func (r *lineReporter) tell(chosen func(*problem) bool) {
	for _, p := range r.problems {
		if chosen(p) && p.count > p.told {
			r.print.warn("%s", p.text())
			p.told = p.count
		}
	}
}

// finish removes the status line, sums up the problems, and says why the rest of the input
// was not sent.
func (r *lineReporter) finish(err error) {
	r.print.status.Stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil {
		r.timer.Stop() // if it fires all the same it finds nothing to tell
	}
	r.tell(func(*problem) bool { return true })
	if r.unsent > 0 && err != nil {
		r.print.warn("stopped at line %d: %s", r.unsent, r.outage.describe(err))
	}
}
