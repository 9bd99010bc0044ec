// Command chaosreal is what `make chaos-real` runs: five real daemons, each in a network namespace of
// its own, under load and a schedule of faults from ringtest/chaos. It plays the schedule with
// signals, with rules for packets, and on the log directories. Then all faults are healed, the five
// logs must become equal, and internal/test/check compares them with what the clients know.
//
// The addresses are those of the ring file, deploy/house.yaml. They exist only in the namespaces,
// which a bridge in one more namespace joins. Nothing joins them to the machine's own network.
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
disks, and restored backups. Clients send meanwhile, from a namespace of their
own.

At the end all faults are healed, the clients stop, the logs must become equal,
the daemons are stopped, and the checker compares the logs with what the clients
know: no acknowledged message may be lost, and none may be there twice, in another
order, or without having been sent. A daemon that ends by itself is a failure.

The schedule follows from the seed and is printed. The scheduling of processes
does not, so runs with the same seed differ. --schedule plays one from a file.
Before a disk is emptied or a backup is restored, clients are kept away from the
host, and the program waits until the other hosts have all that is on it: a
message with one copy would otherwise be lost.

The program must run as root, and needs ip; without ss there are no resets, and
without tc no slow links. Where it cannot run it prints SKIPPED and succeeds. It
leaves no process and no namespace behind unless it is killed with SIGKILL: then
"ip netns" lists them, named zog and a number.

Exit codes: 0 nothing is wrong, or it was skipped; 1 something is wrong, and the
directory with the logs, the output of the daemons and the record (oks.jsonl) is
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
	set.Uint64Var(&s.seed, "seed", 0, "seed of all random choices; 0 chooses one")
	set.DurationVar(&s.lasts, "lasts", 2*time.Minute, "duration of the schedule")
	set.DurationVar(&s.interval, "calm", 4*time.Second, "average time between two faults")
	set.StringVar(&s.schedule, "schedule", "", "play the schedule in this `FILE`, in the form that is printed; --seed, --lasts and --calm are ignored then")
	set.DurationVar(&s.settle, "settle", 2*time.Minute, "time for the logs to become equal at the end")
	set.IntVar(&s.clients, "clients", 10, "number of clients: the first ones send to one host each, the others to any")
	set.IntVar(&s.rate, "rate", 50, "messages per second of each client")
	set.IntVar(&s.copies, "copies", 1, "number of hosts that must have a message before it is acknowledged")
	set.StringVar(&s.config, "config", "deploy/house.yaml", "the ring `FILE`; its log directory is not used")
	set.StringVar(&s.zog, "zog", "", "path of the daemon `PROGRAM`; built if empty")
	set.BoolVar(&s.keep, "keep", false, "keep the directory even if nothing is wrong")
	cmd.AddCommand(newInside())
	return cmd
}

// command runs the command once its flags are parsed.
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
		return errors.New("--settle: a positive duration")
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
