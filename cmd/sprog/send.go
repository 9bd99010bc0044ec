package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
)

const sendHelp = `Send hands one text to a host of the ring, chosen at random unless said
otherwise, and waits for the answer.

With - it takes standard input, a message a line; lines end with LF or CRLF. They
go to one host, pipelined and in their order. When that host is lost, or says
nothing for 2 s, what it did not answer is sent again to another, and then the
rest. With -r the one host is the first of the ring file, and another is the next
of it: not each line goes to the next host, or they would lose their order. When no host can be reached it waits for as long as --timeout says, and says
so; then it ends, and the rest of the input is not read. On standard output comes
one line at the end that sums up, and with -v one for each message before. On
standard error come the numbers of the lines that were refused, by reason, with
the first of them shown. A refused line stops nothing.

What is sent again may already be in the logs. The hosts nearly always know it
and log it once; results and the sum tell what was sent again, and --no-resend
has it count as unacknowledged instead.

With --copies the answer comes once so many hosts have the message. If that takes
longer than nine tenths of --timeout, it says which hosts have not: "kept, but
not yet by G, S". They get it all the same.

A text is UTF-8, at most 509 bytes, without control characters, of which tab is
one, line separators and bidi characters. An empty text or a blank line is a
message too.`

const sendExample = `  sprog send 'the cellar door was opened'
  sprog send -s LA -- '-12.5 degrees'
  sprog send --copies all --timeout 10 'the last word'
  seq 10000 | sed 's/^/message number /' | sprog send - -T
  sprog send - -o json < events.txt`

func newSend(f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "send TEXT | -",
		Short:   "Send one message, or one a line of standard input",
		Long:    sendHelp + exitHelp,
		Example: sendExample,
		Args: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				if !f.showVersion && !f.justShow {
					return errors.New("nothing to send: give a TEXT, or - for standard input")
				}
			case 1:
			default:
				return fmt.Errorf("%d texts, but send takes one: if they are one, quote it: %s '%s'",
					len(args), cmd.CommandPath(), strings.Join(args, " "))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.run(cmd, func(*settings) error { return nil }, func(cmd *cobra.Command, s *settings) error {
				if args[0] == "-" {
					return sendLines(cmd, s)
				}
				return sendOne(cmd, s, args[0])
			})
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		hint := cli.DidYouMean(cmd, err)
		if unknown := new(pflag.NotExistError); hint == "" && errors.As(err, &unknown) {
			hint = "; put -- before a text that begins with a dash"
		}
		return fmt.Errorf("%w%s", err, hint)
	})
	return cmd
}

// sendOne sends one text.
func sendOne(cmd *cobra.Command, s *settings, text string) error {
	soft, _, release := interruptible(cmd, 0)
	defer release()
	p := newPrinter(cmd, s, soft)
	o := &outage{set: s, say: p.say}
	c, err := s.client(o.begin)
	if err != nil {
		return err
	}
	defer c.Close()
	receipt, err := c.Send(soft, text)
	result := s.newResult(time.Now(), text, receipt, err)
	if s.json || result.Status != statusUnsent {
		p.result(result)
	}
	if p.broken != nil {
		return p.broken
	}
	if result.Status == statusUnsent {
		code := codeUnacknowledged
		if errors.Is(err, client.ErrNoHost) || soft.Err() != nil {
			code = codeNoHost
		}
		p.say("%s", s.told(err))
		return &cli.Exit{Code: code}
	}
	var t tally
	t.add(&result)
	return t.exit()
}
