package main

import (
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
	soft, quit := context.WithCancel(soft)
	defer quit()
	c, err := s.client()
	if err != nil {
		return err
	}
	defer c.Close()
	input := &lines{from: cmd.InOrStdin()}
	n := &narrator{print: newPrinter(cmd, s), bar: new(progress), quit: quit}
	if !cli.IsTerminal(input.from) { // nobody is typing there
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
	quit   func() // called when results cannot be written: no more lines are sent
	row    span   // the newest lines in a row of which the same is to be told
	unsent span
}

// span is some lines in a row, and what is to be told of them.
type span struct {
	first, last int
	what        string
}

// tell is called for each line, in their order.
func (n *narrator) tell(r client.Result) {
	n.bar.add()
	if r.Err == nil && !n.print.set.verbose && n.row.first == 0 {
		return
	}
	line := r.Index + 1
	n.note(line, r.Err)
	if n.print.set.verbose {
		result := n.print.set.newResult(time.Now(), r.Text, r.Receipt, r.Err)
		result.Line = line
		n.bar.aside(func() { n.print.result(result) })
		if n.print.broken != nil {
			n.quit()
		}
	}
}

// end takes the bar away, and tells why the rest of the input was not sent.
func (n *narrator) end(err error) {
	n.tellRow()
	n.bar.stop()
	if n.unsent.first > 0 && err != nil {
		n.print.say("stopped at line %d: %s", n.unsent.first, n.print.set.told(err))
	}
}

// note has a line told of, unless all went well. Those that are unacknowledged or
// short of copies may be many, as a window of them when a host dies, so they are
// told of in rows.
func (n *narrator) note(line int, err error) {
	what := ""
	switch status(err) {
	case statusRefused:
		n.tellRow()
		n.say("line %d: %s", line, visible(err.Error()))
		return
	case statusLost:
		what = visible(err.Error())
	case statusShort:
		what = reason(err, "")
	case statusUnsent:
		n.unsent.add(line, "")
	}
	if what != n.row.what {
		n.tellRow()
	}
	if what != "" {
		n.row.add(line, what)
	}
}

// tellRow tells of the newest lines in a row.
func (n *narrator) tellRow() {
	switch r := n.row; {
	case r.first == 0:
		return
	case r.first == r.last:
		n.say("line %d: %s", r.first, r.what)
	default:
		n.say("lines %d to %d: %s", r.first, r.last, r.what)
	}
	n.row = span{}
}

func (n *narrator) say(format string, args ...any) {
	n.bar.aside(func() { n.print.say(format, args...) })
}

func (s *span) add(line int, what string) {
	if s.first == 0 {
		s.first, s.what = line, what
	}
	s.last = line
}
