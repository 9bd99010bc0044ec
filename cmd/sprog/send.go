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

const sendHelp = `Send one text to a host of the ring, chosen at random by default, and wait for the
answer.

With - it reads standard input: each line is a message, and ends with LF or CRLF.
All lines go to one host, pipelined and in order. If that host is lost, or sends
nothing for 2 s, what it did not answer is sent again to another host, and then the
rest. With -r that is the first host of the ring file, and then the next one; the
lines are not spread over the hosts, as they would lose their order. If no host can
be reached, sprog waits up to --timeout, and says so; then it exits, and does not
read the rest of the input. Standard output gets one line at the end that sums up;
with -v also one line for each message. Standard error gets the numbers of the
lines that were refused, by reason, with the first text of each. A refused line
does not stop sprog.

A message that is sent again may be in the logs already. The hosts nearly always
recognise the duplicate, and log it once. The results and the summary say what was
sent again. With --no-resend it is not sent again, and counts as unacknowledged.

With --copies the answer comes when so many hosts have the message. If that takes
longer than nine tenths of --timeout, the answer names the hosts that lack it:
"kept, but not yet by G, S". They get it all the same.

A text is UTF-8, at most 509 bytes, with no control characters (tab included), no
line separators and no bidi characters. An empty text or a blank line is a message
too.`

const sendExample = `  sprog send 'the cellar door was opened'
  sprog send -s LA -- '-12.5 degrees'
  sprog send --copies all --timeout 10 'the last word'
  seq 10000 | sed 's/^/message number /' | sprog send - -T
  sprog send - -o json < events.txt`

func newSend(f *flags) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "send TEXT | -",
		Short:   "Send one message, or each line of standard input",
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
	f.registerShow(cmd)
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		hint := cli.DidYouMean(cmd, err)
		if unknown := new(pflag.NotExistError); hint == "" && errors.As(err, &unknown) {
			hint = "; put -- before a text that begins with a dash"
		}
		return fmt.Errorf("%w%s", err, hint)
	})
	return cmd
}

// sendOne sends one text and prints its result.
func sendOne(cmd *cobra.Command, s *settings, text string) error {
	soft, _, release := withSignals(cmd, 0)
	defer release()
	p := newPrinter(cmd, s, soft)
	o := &outage{set: s, warn: p.warn}
	c, err := s.client(soft, o.started)
	if err != nil {
		return err
	}
	defer c.Close()
	receipt, err := c.Send(soft, text)
	result := s.newResult(time.Now(), text, receipt, err)
	if s.json || result.Status != statusUnsent {
		p.result(result)
	}
	if p.err != nil {
		return p.err
	}
	if result.Status == statusUnsent {
		code := codeUnacknowledged
		if errors.Is(err, client.ErrNoHost) || soft.Err() != nil {
			code = codeNoHost
		}
		p.warn("%s", o.describe(err))
		return &cli.Exit{Code: code}
	}
	var t tally
	t.add(&result)
	return t.exit()
}
