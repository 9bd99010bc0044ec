// Command soak is what `make soak` runs: five real daemons on this machine, steady load from five
// clients, and kill -9 again and again, of one host, of two, of all five, and of hosts that are
// starting. After each kill it measures the time until all five logs have all that was acknowledged.
// At the end internal/test/check compares the logs with what the clients know. Its exit code is 0
// only if nothing is wrong. It leaves no process running.
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
)

const help = `Run a ring of five daemons under load, and kill them again and again.

A cycle is some load, a kill -9 of one host, of two or of all five, a pause and a
new start. It ends when all five logs have all that was acknowledged before the
new start. From the start of the hosts on that may take 2 s (--heal), plus the
time for the messages that they missed, at 10,000 per second.

At the end the clients stop, the logs must become equal within 20 s, the daemons
are stopped, and the checker compares the logs with what the clients know: no
acknowledged message may be lost, and none may be there twice, in another order,
or without having been sent.

The hosts and times of the kills follow from the seed, which is printed. The
scheduling of processes does not, so runs with the same seed differ.

Exit codes: 0 nothing is wrong; 1 something is wrong, and the directory with the
logs, the output of the daemons and the record (oks.jsonl) is kept, unless it was
interrupted; 2 a wrong flag.`

const example = `  go run ./ringtest/cmd/soak                       # 200 cycles, about five minutes
  go run ./ringtest/cmd/soak --cycles 20
  go run ./ringtest/cmd/soak --seed 7 --order random --rate 1000 --limit 1h --cycles 5000`

// settings are the flags.
type settings struct {
	cycles  int
	clients int
	rate    int
	copies  int
	order   string
	seed    uint64
	heal    time.Duration
	limit   time.Duration
	segment int64
	zog     string
	keep    bool
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use: "soak", Short: "Run a ring of five under load, and kill its hosts again and again",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := s.check(); err != nil {
				return cli.Usage(err)
			}
			ctx, stop := cli.UntilSignal(cmd)
			defer stop()
			return run(ctx, s, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetContext(context.Background())
	set := cmd.Flags()
	set.SortFlags = false
	set.IntVar(&s.cycles, "cycles", 200, "number of cycles")
	set.DurationVar(&s.limit, "limit", 15*time.Minute, "time limit; the command fails if cycles are left")
	set.DurationVar(&s.heal, "heal", 2*time.Second, "time for the logs to be complete, without the time for missed messages at 10,000 per second")
	set.Uint64Var(&s.seed, "seed", 0, "seed of all random choices; 0 chooses one")
	set.IntVar(&s.clients, "clients", size, "number of clients")
	set.IntVar(&s.rate, "rate", 200, "messages per second of each client")
	set.StringVar(&s.order, "order", "own", "hosts that a client sends to: own, each client to a host of its own; random, to any")
	set.IntVar(&s.copies, "copies", 1, "number of hosts that must have a message before it is acknowledged")
	set.Int64Var(&s.segment, "segment", 1<<20, "size at which a segment of the log is sealed, in bytes")
	set.StringVar(&s.zog, "zog", "", "path of the daemon `PROGRAM`; built if empty")
	set.BoolVar(&s.keep, "keep", false, "keep the directory even if nothing is wrong")
	return cmd
}

// size is how many hosts there are.
const size = 5

func (s *settings) check() error {
	switch {
	case s.cycles < 1:
		return errors.New("--cycles: at least 1")
	case s.clients < 1 || s.clients > 100:
		return errors.New("--clients: from 1 to 100")
	case s.rate < 1 || s.rate > 100_000:
		return errors.New("--rate: from 1 to 100000")
	case s.copies < 1 || s.copies > size:
		return fmt.Errorf("--copies: from 1 to %d", size)
	case s.order != "own" && s.order != "random":
		return fmt.Errorf("--order: %q is neither own nor random", s.order)
	case s.limit <= 0 || s.heal <= 0:
		return errors.New("--limit, --heal: a positive duration")
	}
	for s.seed == 0 {
		s.seed = rand.Uint64()
	}
	return nil
}
