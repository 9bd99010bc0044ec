// Command chaosreal is what `make chaos-real` runs: five real daemons, each in a
// network namespace of its own, under traffic and a schedule of faults from
// ringtest/chaos, which it plays with signals, with rules for packets, and on
// the directories of the logs. Then everything is healed, the five logs have to
// become equal, and internal/test/check compares them with what the clients know.
//
// The addresses are those of the ring file, deploy/house.yaml, and exist in the
// namespaces only: these are joined by a bridge in one more namespace, nothing
// joins them to the machine's own network, and none has a way out.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/test/netns"
)

const help = `Run a ring of real daemons, each in a network namespace of its own, and play a
schedule of faults on it: kill -9, orderly restarts, SIGSTOP, partitions (both
ways, one way, flapping), severed and reset connections, slow links, emptied
disks, and old backups put back. Clients send all the while, from a namespace of
theirs.

At the end all faults are healed, the clients stop, the logs have to become
equal, the daemons are stopped, and the checker compares the logs with what the
clients know: nothing that was acknowledged may be lost, nothing may be there
twice, in another order, or without having been sent. A daemon that ends by
itself is a failure, too.

The schedule follows from the seed, and is printed; what the machine makes of it
does not, so that the same seed is not the same run. --schedule plays one from a
file. Before a disk is emptied, or a backup is put back, clients are held off
its host, and it is waited until the other hosts have all that is on it: a
message with one copy would be lost, and rightly.

It has to be root, and needs ip; without ss there are no resets, and without tc
no slow links. Where it cannot run at all it says SKIPPED, and that is no error.
Whatever happens, no process and no namespace is left behind, unless it is killed
with SIGKILL: then "ip netns" lists what there is, called zog and a number.

Exit codes: 0 nothing is wrong, or it was skipped; 1 something is, and the
directory with the logs, what the daemons said, and the record (oks.jsonl) is
kept, unless it was interrupted; 2 a wrong flag, ring file or schedule.`

const example = `  go run ./ringtest/cmd/chaos-real                          # two minutes of faults
  go run ./ringtest/cmd/chaos-real --seed 7 --lasts 1h --calm 30s
  go run ./ringtest/cmd/chaos-real --schedule failed.txt --keep`

// settings are the flags.
type settings struct {
	seed     uint64
	lasts    time.Duration
	interval time.Duration
	settle   time.Duration
	clients  int
	rate     int
	copies   int
	config   string
	schedule string
	zog      string
	keep     bool
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use: "chaosreal", Short: "Play a schedule of faults on a ring of real daemons",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.command(cmd) },
	}
	cmd.SetContext(context.Background())
	cmd.CompletionOptions.DisableDefaultCmd = true
	set := cmd.Flags()
	set.SortFlags = false
	set.Uint64Var(&s.seed, "seed", 0, "where chance begins; 0 chooses one")
	set.DurationVar(&s.lasts, "lasts", 2*time.Minute, "how long the schedule lasts")
	set.DurationVar(&s.interval, "calm", 4*time.Second, "the time between two faults, on average")
	set.StringVar(&s.schedule, "schedule", "", "play the schedule in this `FILE`, as it was printed; --seed, --lasts and --calm are of no use then")
	set.DurationVar(&s.settle, "settle", 2*time.Minute, "how long the logs may take to become equal at the end")
	set.IntVar(&s.clients, "clients", 10, "how many clients send: the first each to a host of its own, the others to any")
	set.IntVar(&s.rate, "rate", 50, "messages a second from each client")
	set.IntVar(&s.copies, "copies", 1, "how many hosts must have a message before it is acknowledged")
	set.StringVar(&s.config, "config", "deploy/house.yaml", "the ring `FILE`: hosts and addresses; where its logs are is not followed")
	set.StringVar(&s.zog, "zog", "", "the daemon's `PROGRAM`; built if not given")
	set.BoolVar(&s.keep, "keep", false, "keep the directory although nothing is wrong")
	cmd.AddCommand(newInside())
	return cmd
}

// command is the command but for its flags.
func (s *settings) command(cmd *cobra.Command) error {
	if err := s.check(); err != nil {
		return cli.Usage(err)
	}
	ctx, stop := cli.UntilSignal(cmd)
	defer stop()
	err := netns.Possible()
	if err == nil {
		err = run(ctx, s, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	if errors.Is(err, netns.ErrSkipped) {
		fmt.Fprintf(cmd.ErrOrStderr(), "SKIPPED: chaos with real processes: %v\n", err)
		return nil
	}
	return err
}

func (s *settings) check() error {
	switch {
	case s.lasts < time.Second || s.lasts > 1000*time.Hour:
		return errors.New("--lasts: from 1s to 1000h")
	case s.interval < 10*time.Millisecond || s.interval > time.Hour:
		return errors.New("--calm: from 10ms to 1h")
	case s.settle <= 0:
		return errors.New("--settle: some time is needed")
	case s.clients < 1 || s.clients > 100:
		return errors.New("--clients: from 1 to 100")
	case s.rate < 1 || s.rate > 10_000:
		return errors.New("--rate: from 1 to 10000")
	case s.copies < 1 || s.copies > 64:
		return errors.New("--copies: from 1 to 64")
	}
	for s.seed == 0 {
		s.seed = rand.Uint64()
	}
	return nil
}
