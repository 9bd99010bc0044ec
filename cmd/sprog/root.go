package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const rootHelp = `sprog sends short text messages to a ring of zog daemons. Any host of the ring
takes them, and soon the access.log of every host contains each of them, once.

Without a command it sends for ever: a random text every 10 seconds, each to a host
chosen at random. A host that is down or silent is skipped. If no host can be
reached, each message waits for one, up to --timeout. With -s or -T there is only
one host. While it refuses connections or cannot be reached, sprog waits for it
without limit, unless -n is given. If it accepts them and is silent, each message
takes its --timeout and counts as unacknowledged. SIGINT stops sprog, with a
summary.

Results go to standard output, one line each. Everything else goes to standard
error.`

const rootExample = `  sprog                             # for ever, as above
  sprog -r -i 250ms -n 100          # 100 texts, four a second, to the hosts in turn
  sprog -s LA -m 'still here' -i 60 # this text to LA, every minute
  sprog -T                          # to the ring that 'zog dev' runs on this machine
  sprog send 'the cellar door was opened'
  journalctl -f | sprog send -      # each line is a message
  sprog exec --cursor-file F ./act  # runs ./act for each message of the log
  sprog bench                       # measures the ring of 'zog dev'
  sprog -j                          # show hosts and settings, send nothing`

// newRoot returns the command sprog with its subcommands.
func newRoot() *cobra.Command {
	var f flags
	interval := cli.Duration(10 * time.Second)
	var count int
	var message string
	cmd := &cobra.Command{
		Use:     "sprog",
		Short:   "Send messages to a ring of zog daemons",
		Long:    rootHelp + exitHelp,
		Example: rootExample,
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, func(s *settings) error {
				s.repeat, s.interval, s.count, s.message = true, time.Duration(interval), count, message
				if count < 0 {
					return cli.Usage(fmt.Errorf("--count: %d messages cannot be sent", count))
				}
				return nil
			}, repeat)
		},
	}
	f.register(cmd)
	f.registerShow(cmd)
	own := cmd.Flags()
	own.SortFlags = false
	own.VarP(&interval, "interval", "i", "time from one message to the next; 0 is no pause")
	own.IntVarP(&count, "count", "n", 0, "stop after `N` messages; 0 is never")
	own.StringVarP(&message, "message", "m", "", "send this `TEXT` instead of random ones")
	cmd.AddCommand(newSend(&f), newTail(&f), newExec(&f), newBench(&f), cli.NewVersion("sprog"))
	return cmd
}

// run loads the settings, lets more change them, and calls do; or it shows the version or
// the settings, if the user asks for that.
func (f *flags) run(cmd *cobra.Command, more func(*settings) error, do func(*cobra.Command, *settings) error) error {
	if f.showVersion {
		return cli.ShowVersion(cmd)
	}
	s, err := f.load()
	if err != nil {
		return err
	}
	if err := more(s); err != nil {
		return err
	}
	if f.justShow {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), s.show())
		return err
	}
	return do(cmd, s)
}
