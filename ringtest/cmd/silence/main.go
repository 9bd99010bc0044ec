// Command silence is what `make silence` runs: it measures how long people wait
// when a host of a ring falls silent, without a word to anyone: its power is
// cut, its cable is pulled, its process is stopped, its packets are dropped.
//
// Each case is a ring of five real daemons of its own, each in a network
// namespace (see internal/test/netns), and the real sprog. A case gives one or two
// times in seconds, and each has a bar. The program prints a table of them, and
// its exit code is 0 only if every bar was kept.
//
//   - figure.go: what is measured, and what judges it; table.go prints it
//   - rig.go runs the cases, each in a stage of its own: stage.go
//   - faults.go: how a host falls silent
//   - clients.go, feed.go: sprog at work, and how long its user waits
//   - cases.go lists the cases; client.go, start.go, heal.go and idle.go are
//     what they do, one file for each part; slow.go is a host that only is slow
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/test/netns"
)

const help = `Measure how long people wait when hosts of a ring fall silent: on real daemons
and the real sprog, on real TCP, with the defaults of both. Each case is a ring of
five hosts of its own, each host in a network namespace, joined by a bridge that
leads nowhere else. A host falls silent in one of these ways:

  pulled cable     its port is taken off the bridge
  power cut        the same, and its process is killed
  stopped process  SIGSTOP
  dropped packets  whatever goes to it or comes from it is dropped on arrival

What is measured, in seconds:

  1  a client's host falls silent: the longest that a message waited for its
     answer, when it was due 200 times a second (send -), or 10 times (-i); the
     longest call (send TEXT). No message may be unacknowledged.
  2  no host is up when a client starts, and one comes up 2 s later: from then
     until its message is acknowledged.
  3  a host is cut off and comes back: from then until all five access.log hold
     all that was acknowledged before.
  4  nobody sends, and a host falls silent: until the last of the others has
     said so as a warning, and until all have said that it is back.

A figure may be its bar and --margin at most, and what is written behind a figure
has no place there. A case that misses is run again, --tries times in all, and the
median counts: the machine has other things to do as well.

The table is Markdown. With --before it has the figures of an earlier run, as
--record wrote them, in a column of their own.

It has to be root, and needs ip; without strace the slow disk is left out. Where
it cannot run at all it says SKIPPED, and that is no error. Whatever happens, no
process and no namespace is left behind, unless it is killed with SIGKILL: then
"ip netns" lists what there is, called zog and a number.

Exit codes: 0 all bars were kept, or it was skipped; 1 one was missed, and the
directory with the logs and what the programs said is kept; 2 a wrong flag.`

const example = `  go run ./ringtest/cmd/silence                            # all cases
  go run ./ringtest/cmd/silence --short                    # some, in half a minute
  go run ./ringtest/cmd/silence --only 'cut of' --tries 1
  go run ./ringtest/cmd/silence --zog old/zog --sprog old/sprog --limit 6m --tries 1 --record old.json
  go run ./ringtest/cmd/silence --before old.json`

// settings are the flags.
type settings struct {
	short  bool
	only   string
	margin time.Duration
	limit  time.Duration
	tries  int
	atOnce int
	before string
	record string
	config string
	zog    string
	sprog  string
	keep   bool
	list   bool
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use: "silence", Short: "Measure how long people wait when hosts fall silent",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.command(cmd) },
	}
	cmd.SetContext(context.Background())
	cmd.CompletionOptions.DisableDefaultCmd = true
	set := cmd.Flags()
	set.SortFlags = false
	set.BoolVar(&s.short, "short", false, "a few cases only, in half a minute")
	set.StringVar(&s.only, "only", "", "only the cases whose names have this `TEXT` in them")
	set.BoolVar(&s.list, "list", false, "list the cases, and end")
	set.DurationVar(&s.margin, "margin", 500*time.Millisecond, "what a figure may exceed its bar by, for a busy machine")
	set.DurationVar(&s.limit, "limit", 30*time.Second, "how long anything is waited for; what has not come then is more than that")
	set.IntVar(&s.tries, "tries", 3, "how often a case is run at most, if it misses a bar")
	set.IntVar(&s.atOnce, "at-once", 6, "how many cases run at a time")
	set.StringVar(&s.before, "before", "", "show the figures in this `FILE` beside")
	set.StringVar(&s.record, "record", "", "write the figures to this `FILE`, as JSON")
	set.StringVar(&s.config, "config", "deploy/house.yaml", "the ring `FILE`, of which only hosts and addresses are taken")
	set.StringVar(&s.zog, "zog", "", "the daemon's `PROGRAM`; built if not given")
	set.StringVar(&s.sprog, "sprog", "", "the client's `PROGRAM`; built if not given")
	set.BoolVar(&s.keep, "keep", false, "keep the directory although no bar was missed")
	return cmd
}

// command is the command but for its flags.
func (s *settings) command(cmd *cobra.Command) error {
	chosen, err := s.choose()
	if err != nil {
		return cli.Usage(err)
	}
	if s.list {
		for _, c := range chosen {
			fmt.Fprintln(cmd.OutOrStdout(), c.name)
		}
		return nil
	}
	ctx, stop := cli.UntilSignal(cmd)
	defer stop()
	if err = netns.Possible(); err == nil {
		err = run(ctx, s, chosen, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	if errors.Is(err, netns.ErrSkipped) {
		fmt.Fprintf(cmd.ErrOrStderr(), "SKIPPED: waiting for silent hosts: %v\n", err)
		return nil
	}
	return err
}

// choose returns the cases that are asked for.
func (s *settings) choose() ([]trial, error) {
	switch {
	case s.margin < 0:
		return nil, errors.New("--margin: 0s or more")
	case s.limit < time.Second || s.limit > time.Hour:
		return nil, errors.New("--limit: from 1s to 1h")
	case s.tries < 1 || s.tries > 99:
		return nil, errors.New("--tries: from 1 to 99")
	case s.atOnce < 1 || s.atOnce > 64:
		return nil, errors.New("--at-once: from 1 to 64")
	}
	chosen := choose(trials(), s.short, s.only)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only: no case has %q in its name: --list lists them", s.only)
	}
	return chosen, nil
}
