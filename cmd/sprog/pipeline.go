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

// sendLines sends a message a line of standard input.
func sendLines(cmd *cobra.Command, s *settings) error {
	soft, hard, release := interruptible(cmd, s.timeout)
	defer release()
	reading, quit := context.WithCancel(soft)
	defer quit()
	input := &lines{from: cmd.InOrStdin()}
	n := &narrator{print: newPrinter(cmd, s, soft), progress: progress{begun: time.Now()}, quit: quit}
	n.outage.set, n.outage.say = s, n.print.say
	c, err := s.client(n.outage.begin)
	if err != nil {
		return err
	}
	defer c.Close()
	if !cli.IsTerminal(input.from) { // nobody is typing there
		n.print.status.Start(n.print.says, n.text)
	}
	summary, err := c.SendAll(hard, input.until(reading), n.tell)
	n.end(err)
	t := s.summed(&summary)
	left, broken := input.rest()
	t.Unread = err != nil && left
	n.print.tally(t)
	switch {
	case n.print.broken != nil:
		return n.print.broken
	case broken != nil:
		return fmt.Errorf("standard input: %w", broken)
	}
	return t.exit()
}

// narrator tells what became of the lines: what went well only if the user
// wants to know.
type narrator struct {
	progress
	print    *printer
	quit     func() // ends the reading of lines
	outage   outage
	troubles troubles
	unsent   int // the first line that was not sent; 0 is none
}

// tell is called for each line, in their order.
func (n *narrator) tell(r client.Result) {
	n.count.Add(1)
	if r.Err == nil {
		n.outage.end(r.Receipt)
	}
	line := r.Index + 1
	if r.Err != nil {
		n.note(line, r.Text, r.Err)
	}
	if n.print.set.verbose {
		result := n.print.set.newResult(time.Now(), r.Text, r.Receipt, r.Err)
		result.Line = line
		n.print.result(result)
	}
	if n.print.broken != nil || status(r.Err) == statusUnsent { // so will the next line be: nobody waits for it
		n.quit()
	}
}

// note counts a line with which not all went well. The first of its kind is told of at
// once, the others in a sum at the end: they may be many, as a window of them when a
// host dies, or a file that is no text. Of refused lines the first few are shown.
func (n *narrator) note(line int, text string, err error) {
	switch status(err) {
	case statusRefused:
		what := " refused: " + reason(err, "")
		if kind := n.troubles.note(line, what); kind.count <= maxExamples {
			n.print.say("line %d%s: %s", line, kind.what, excerpt(text))
		}
	case statusLost:
		n.tellFirst(line, ": "+visible(err.Error()))
	case statusShort:
		n.tellFirst(line, ": "+reason(err, ""))
	case statusUnsent:
		n.unsent = cmp.Or(n.unsent, line)
	}
}

func (n *narrator) tellFirst(line int, what string) {
	if kind := n.troubles.note(line, what); kind.count == 1 {
		n.print.say("%s", kind.text())
	}
}

// end takes the progress away, sums up, and tells why the rest of the input was not sent.
func (n *narrator) end(err error) {
	n.print.status.Stop()
	for _, kind := range n.troubles {
		if kind.count > 1 {
			n.print.say("%s", kind.text())
		}
	}
	if n.unsent > 0 && err != nil {
		n.print.say("stopped at line %d: %s", n.unsent, n.print.set.told(err))
	}
}
