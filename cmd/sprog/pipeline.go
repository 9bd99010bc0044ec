package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
)

// sendLines sends a message a line of standard input.
func sendLines(cmd *cobra.Command, s *settings) error {
	soft, hard, release := interruptible(cmd.Context(), s.timeout)
	defer release()
	c, err := s.client()
	if err != nil {
		return err
	}
	defer c.Close()
	input := &lines{from: cmd.InOrStdin()}
	n := &narrator{print: newPrinter(cmd, s), bar: new(progress)}
	if !isTerminal(input.from) { // nobody is typing there
		n.bar = startProgress(n.print.says)
	}
	summary, err := c.SendAll(hard, input.until(soft), n.tell)
	n.end(err)
	t := s.summed(&summary)
	t.Unread = err != nil && input.left
	n.print.tally(t)
	switch {
	case n.print.broken != nil:
		return n.print.broken
	case input.err != nil:
		return fmt.Errorf("standard input: %w", input.err)
	}
	return t.exit()
}

// narrator tells what became of the lines: what went well only if the user
// wants to know.
type narrator struct {
	print  *printer
	bar    *progress
	lost   span // the newest lines in a row that are unacknowledged
	unsent span
}

// span is some lines in a row, and why they are told of.
type span struct {
	first, last int
	why         error
}

// tell is called for each line, in their order.
func (n *narrator) tell(r client.Result) {
	n.bar.add()
	if r.Err == nil && !n.print.set.verbose && n.lost.first == 0 {
		return
	}
	line, status := r.Index+1, status(r.Err)
	if status != statusLost {
		n.tellLost()
	}
	switch status {
	case statusRefused:
		n.say("line %d: %s", line, visible(r.Err.Error()))
	case statusLost:
		n.lost.add(line, r.Err)
	case statusUnsent:
		n.unsent.add(line, r.Err)
	}
	if n.print.set.verbose {
		result := n.print.set.newResult(time.Now(), r.Text, r.Receipt, r.Err)
		result.Line = line
		n.bar.aside(func() { n.print.result(result) })
	}
}

// end takes the bar away, and tells why the rest of the input was not sent.
func (n *narrator) end(err error) {
	n.tellLost()
	n.bar.stop()
	if n.unsent.first > 0 && err != nil {
		n.print.say("stopped at line %d: %s", n.unsent.first, n.print.set.told(err))
	}
}

// tellLost tells of the lines that are unacknowledged, for they may be many: a
// window of them when a host dies.
func (n *narrator) tellLost() {
	switch l := n.lost; {
	case l.first == 0:
		return
	case l.first == l.last:
		n.say("line %d: %s", l.first, visible(l.why.Error()))
	default:
		n.say("lines %d to %d: %s", l.first, l.last, visible(l.why.Error()))
	}
	n.lost = span{}
}

func (n *narrator) say(format string, args ...any) {
	n.bar.aside(func() { n.print.say(format, args...) })
}

func (s *span) add(line int, why error) {
	if s.first == 0 {
		s.first, s.why = line, why
	}
	s.last = line
}
