// Command mutants is what `make mutants` runs. It shows that the tests find errors: in a copy of
// the tree it breaks the code on purpose, in one place at a time. For example, the log is not
// synced, a duplicate is taken, or Ok is sent before the log has the message. Each such mutant
// must make a test fail or hang.
//
// The list of mutants is in list.go and list_*.go. place.go says how a mutant marks its place in
// the code. One test checks that each mutant can still be applied, another that the table in
// docs/testing.md matches the stored results.
//
// For each mutant the checks run in an order that catches most of them within seconds
// (checks.go):
//
//   - go vet of the package: a mutant that does not compile is a mistake in the list
//   - the tests of the packages that the mutant names
//   - all tests
//   - chaos: ten minutes of faults on a whole ring
//
// First the unchanged copy must pass the same checks. Nothing outside of the copy, a temporary
// directory, is changed, and every child process ends with the command.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const help = `Break the code on purpose, in one place at a time, and see whether a test fails.

The tree in the working directory is copied to a temporary directory, and each
mutant of the list is applied there by itself. The checks run in this order until
one fails or times out: the tests of the packages that the mutant names, all
tests, chaos. The command prints which one it was. With --write it also stores
it in docs/mutants.json and in the table in docs/testing.md.

The unchanged copy must pass a check before that check is tried on any mutant.

Progress is written to standard error, the results to standard output.

Exit codes: 0 every mutant was caught; 1 a mutant survived, did not compile or
was not tried in time, or the unchanged copy fails; 2 a wrong flag.`

const example = `  go run ./ringtest/cmd/mutants --list
  go run ./ringtest/cmd/mutants --only skip-sync --only boot-reused
  go run ./ringtest/cmd/mutants --stale --write   # those that have changed
  go run ./ringtest/cmd/mutants --write           # all; about an hour`

// settings are the flags.
type settings struct {
	only  []string
	stale bool
	list  bool
	jobs  int
	write bool
	each  time.Duration
	limit time.Duration
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{}
	cmd := &cobra.Command{
		Use: "mutants", Short: "Break the code on purpose, and see whether a test fails",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := s.choose()
			if err != nil {
				return cli.Usage(err)
			}
			if s.list {
				return list(cmd.OutOrStdout(), chosen)
			}
			ctx, stop := cli.UntilSignal(cmd)
			defer stop()
			return run(ctx, s, chosen, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	cmd.SetContext(context.Background())
	set := cmd.Flags()
	set.SortFlags = false
	set.StringSliceVar(&s.only, "only", nil, "try the mutant of this `NAME`; may be repeated")
	set.BoolVar(&s.stale, "stale", false, "try only mutants that have changed since they were tried, and new ones")
	set.BoolVar(&s.list, "list", false, "list the mutants and try none")
	set.IntVar(&s.jobs, "jobs", 1, "number of mutants tried at a time; checks that start whole programs still run one at a time")
	set.BoolVar(&s.write, "write", false, "write the results to docs/mutants.json and docs/testing.md")
	set.DurationVar(&s.each, "each", 20*time.Minute, "time limit for one mutant; a check that has not failed by then counts as hung")
	set.DurationVar(&s.limit, "limit", 3*time.Hour, "time limit for all mutants; the command fails if any is left")
	return cmd
}

// choose returns the mutants that the flags select, in the order of the list.
func (s *settings) choose() ([]*Mutant, error) {
	switch {
	case s.jobs < 1 || s.jobs > 64:
		return nil, errors.New("--jobs: from 1 to 64")
	case s.each <= 0 || s.limit <= 0:
		return nil, errors.New("--each, --limit: a positive duration")
	case s.stale && len(s.only) > 0:
		return nil, errors.New("--stale and --only exclude each other")
	case s.stale:
		return stale()
	case len(s.only) == 0:
		return mutants, nil
	}
	wanted := make(map[string]bool)
	for _, name := range s.only {
		wanted[name] = true
	}
	var chosen []*Mutant
	for _, m := range mutants {
		if wanted[m.Name] {
			chosen = append(chosen, m)
			delete(wanted, m.Name)
		}
	}
	for name := range wanted {
		return nil, fmt.Errorf("--only: there is no mutant %q; --list names them all", name)
	}
	return chosen, nil
}
