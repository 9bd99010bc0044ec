// Command silence is what `make silence` runs. It measures how long clients and operators wait when
// a host falls silent, so that no connection is closed: its power is cut, its cable is pulled, its
// process is stopped, or its packets are dropped.
//
// Each case has a ring of five real daemons of its own, each in a network namespace (see
// internal/test/netns), and the real sprog. A case measures one or two times in seconds, and each has
// a bar. The program prints them as a table, and its exit code is 0 only if every bar was kept.
//
//   - figure.go has the measurements and the bars; table.go prints them
//   - rig.go runs the cases, each in a stage of its own (stage.go)
//   - faults.go says how a host falls silent
//   - clients.go and feed.go run sprog, and measure how long its user waits
//   - cases.go lists the cases; client.go, start.go, heal.go and idle.go have one part each;
//     slow.go has a host that is only slow
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

const help = `Measure how long clients and operators wait when hosts fall silent: with real
daemons, the real sprog and real TCP, and the defaults of both programs. Each case
has a ring of five hosts of its own, each host in a network namespace, joined by a
bridge that leads nowhere else. A host falls silent in one of these ways:

  pulled cable     its port is taken off the bridge
  power cut        the same, and its process is killed
  stopped process  SIGSTOP
  dropped packets  all packets to and from it are dropped on arrival

The times, in seconds:

  1  a client's host falls silent: the longest that a message waited for its
     answer, at 200 messages a second (send -) or 10 (-i), or the longest call
     (send TEXT). Every message must be acknowledged.
  2  no host is up when a client starts, and one comes up 2 s later: from then
     until the message is acknowledged.
  3  a host is cut off and comes back: from then until all five access.log have
     all that was acknowledged before.
  4  nobody sends, and a host falls silent: until the last of the others has
     logged a warning, and until all have logged that it is back.

A time may exceed its bar by --margin at most, and nothing else may be wrong with
the case. A case that misses its bar is repeated, up to --tries times in all, and
the median counts.

The table is Markdown. With --before it also has the figures of an earlier run,
which --record wrote.

The program must run as root, and needs ip; without strace the slow disk is left
out. Where it cannot run it prints SKIPPED and succeeds. It leaves no process and
no namespace behind unless it is killed with SIGKILL: then "ip netns" lists them,
named zog and a number.

Exit codes: 0 all bars were kept, or it was skipped; 1 one was missed, and the
directory with logs and output of the programs is kept; 2 a wrong flag.`

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
		Use: "silence", Short: "Measure how long clients and operators wait when hosts fall silent",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.command(cmd) },
	}
	cmd.SetContext(context.Background())
	cmd.CompletionOptions.DisableDefaultCmd = true
	set := cmd.Flags()
	set.SortFlags = false
	set.BoolVar(&s.short, "short", false, "run only a few cases, in half a minute")
	set.StringVar(&s.only, "only", "", "run only the cases with this `TEXT` in their names")
	set.BoolVar(&s.list, "list", false, "list the cases and exit")
	set.DurationVar(&s.margin, "margin", 500*time.Millisecond, "how much a time may exceed its bar, for a busy machine")
	set.DurationVar(&s.limit, "limit", 30*time.Second, "longest wait for anything; what takes longer is shown as more than that")
	set.IntVar(&s.tries, "tries", 3, "run a case up to this often if it misses a bar")
	set.IntVar(&s.atOnce, "at-once", 6, "number of cases that run at a time")
	set.StringVar(&s.before, "before", "", "also show the figures in this `FILE`")
	set.StringVar(&s.record, "record", "", "write the figures to this `FILE`, as JSON")
	set.StringVar(&s.config, "config", "deploy/house.yaml", "the ring `FILE`; only hosts and addresses are used")
	set.StringVar(&s.zog, "zog", "", "path of the daemon `PROGRAM`; built if empty")
	set.StringVar(&s.sprog, "sprog", "", "path of the client `PROGRAM`; built if empty")
	set.BoolVar(&s.keep, "keep", false, "keep the directory even if nothing is wrong")
	return cmd
}

// command runs the command once its flags are parsed.
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

// choose checks the flags, and returns the cases that they select.
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
