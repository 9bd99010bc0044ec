// Command mutants is what `make mutants` runs: proof that the tests bite. It
// takes a copy of the tree and breaks it on purpose, in one place at a time:
// the log is not synced, a duplicate is taken, an Ok comes before the log has
// the message. Each such mutant must make a test fail, or hang.
//
// The mutants are a list (list.go, and list_*.go by theme) of small changes of
// text. A test sees to it that each can still be made, so that the list does
// not rot, and another that the table in docs/testing.md is what was found.
//
// For each mutant the checks run in an order in which most of them are caught in
// seconds (checks.go):
//
//   - go vet of the package: what does not compile is a mistake in the list, and
//     no proof of anything
//   - the tests of the packages that the mutant names
//   - all tests
//   - the chaos, ten minutes of faults on a whole ring
//
// Before all that, the copy must pass the same checks as it is. Nothing is
// changed outside of the copy, which is a temporary directory, and every child
// process ends with the command.
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

The tree, as it is in the working directory, is copied to a temporary directory.
There, each mutant of the list is applied by itself. The checks run in this
order until one fails, or hangs until its time is up: the tests of the packages
that the mutant names, all tests, the chaos. Which one it was is said, and with
--write goes into docs/mutants.json and into the table in docs/testing.md.

First of all the copy, not changed, must pass these tests; and all tests, and the
chaos, before they are tried on any mutant that has survived what came before.

Progress goes to standard error, what was found to standard output.

Exit codes: 0 every mutant was caught; 1 one has survived, does not compile or
could not be tried in time, or the copy does not pass as it is; 2 a wrong flag.`

const example = `  go run ./ringtest/cmd/mutants --list
  go run ./ringtest/cmd/mutants --only skip-sync --only boot-reused
  go run ./ringtest/cmd/mutants --stale --write   # what has changed since
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
	set.StringSliceVar(&s.only, "only", nil, "try the mutant of this `NAME`; may be given again")
	set.BoolVar(&s.stale, "stale", false, "try only those that were changed since they were tried, or never tried")
	set.BoolVar(&s.list, "list", false, "list the mutants and try none")
	set.IntVar(&s.jobs, "jobs", 1, "how many mutants are tried at a time; checks that start whole programs take turns")
	set.BoolVar(&s.write, "write", false, "write what was found to docs/mutants.json and docs/testing.md")
	set.DurationVar(&s.each, "each", 20*time.Minute, "how long one mutant may take; what has not failed by then has hung")
	set.DurationVar(&s.limit, "limit", 3*time.Hour, "begin no mutant after this time; not to have come to the last then is a failure")
	return cmd
}

// choose returns the mutants that the flags are about, in the order of the list.
func (s *settings) choose() ([]*Mutant, error) {
	switch {
	case s.jobs < 1 || s.jobs > 64:
		return nil, errors.New("--jobs: from 1 to 64")
	case s.each <= 0 || s.limit <= 0:
		return nil, errors.New("--each, --limit: some time is needed")
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
