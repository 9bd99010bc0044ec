// Command soak is what `make soak` runs: five real daemons on this machine,
// steady traffic from five clients, and kill -9 again and again, of one host,
// of two, of all five, and of some while they are starting. After each time it
// measures how long it takes until all five logs hold all that had been
// acknowledged; at the end internal/test/check compares the five logs with what the
// clients know. Its exit code is 0 only if nothing is wrong, and whatever
// happens, nothing is left running.
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

A cycle is some traffic, a kill -9 of one host, of two or of all five, a pause
and a new start. It ends when all five logs hold all that was acknowledged
before the new start. That may take 2 s (--heal), and as long as what the hosts
missed takes at 10,000 messages a second, from the new start on, with the
reading of the log and the dialling of the others in it.

At the end the clients stop, the logs have to become equal within 20 s, the
daemons are stopped, and the checker compares the logs with what the clients
know: nothing that was acknowledged may be lost, nothing may be there twice, in
another order, or without having been sent.

Who to kill and when follows from the seed, which is printed; what the machine
makes of it does not, so that the same seed is not the same run.

Exit codes: 0 nothing is wrong; 1 something is, and the directory with the logs,
what the daemons said, and the record (oks.jsonl) is kept, unless it was
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
	set.IntVar(&s.cycles, "cycles", 200, "how often hosts are killed")
	set.DurationVar(&s.limit, "limit", 15*time.Minute, "begin no cycle after this time; not to have come to the last then is a failure")
	set.DurationVar(&s.heal, "heal", 2*time.Second, "how long the logs may take to be complete, besides what was missed at 10,000 a second")
	set.Uint64Var(&s.seed, "seed", 0, "where chance begins; 0 chooses one")
	set.IntVar(&s.clients, "clients", size, "how many clients send")
	set.IntVar(&s.rate, "rate", 200, "messages a second from each client")
	set.StringVar(&s.order, "order", "own", "to whom a client sends: own, to one host, each client to another; random, to any")
	set.IntVar(&s.copies, "copies", 1, "how many hosts must have a message before it is acknowledged")
	set.Int64Var(&s.segment, "segment", 1<<20, "bytes from which on a segment of the log is sealed")
	set.StringVar(&s.zog, "zog", "", "the daemon's `PROGRAM`; built from ./cmd/zog if not given")
	set.BoolVar(&s.keep, "keep", false, "keep the directory although nothing is wrong")
	return cmd
}

// size is how many hosts there are.
const size = 5

func (s *settings) check() error {
	switch {
	case s.cycles < 1:
		return errors.New("--cycles: there is at least one")
	case s.clients < 1 || s.clients > 100:
		return errors.New("--clients: from 1 to 100")
	case s.rate < 1 || s.rate > 100_000:
		return errors.New("--rate: from 1 to 100000")
	case s.copies < 1 || s.copies > size:
		return fmt.Errorf("--copies: from 1 to %d", size)
	case s.order != "own" && s.order != "random":
		return fmt.Errorf("--order: %q is neither own nor random", s.order)
	case s.limit <= 0 || s.heal <= 0:
		return errors.New("--limit, --heal: some time is needed")
	}
	for s.seed == 0 {
		s.seed = rand.Uint64()
	}
	return nil
}
