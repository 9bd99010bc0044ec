package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
)

const execHelp = `Run a program for each message of the log, as it grows: without a shell, with the
text on standard input.

The program gets the text and a line end on standard input, which it need not read,
and in its environment

  ZOG_ID      the message's name, as in the log, such as MV.516ogpwa.1. It is the
              same on every host, for ever, and each time the program is run for
              that message
  ZOG_ORIGIN  MV       the host that took the message
  ZOG_BOOT    516ogpwa that host's run
  ZOG_SEQ     1        its number in the run
  ZOG_TIME    2026-11-22T10:26:00Z, when that host took it, by its clock

Its output goes where that of sprog goes.

The message is handled when the program ends with 0. The cursor file has the
position behind the last message that was handled together with all before it. When
sprog exec is started again, with this host or another, it goes on there. So each
message is handled at least once. If sprog exec is killed, those that ran are run
again: one, or with -j N up to 10 times N. A program that must not do its work twice
remembers ZOG_ID. Without a cursor file it begins with the messages that come from
then on, or with --all with the first that there is.

A program that ends otherwise is run again after 1 s, 2 s, 4 s and so on, up to a
minute, --retry times. If it still fails, sprog exec starts no more, waits for those
that run, and ends with code 6; the cursor is before the message that failed. Whoever
restarts sprog exec then, as a service manager does, tries that message again. With
--skip-failed it says so and goes on behind the message instead.

A program that runs for longer than --timeout is killed, and counts as failed. The
program is the leader of a process group: what is left in the group when the program
ends is killed too. SIGTERM, SIGINT or SIGHUP: sprog starts no more, waits for the
programs that run, writes the cursor, and ends with 0. A second one kills them.

Messages that the host which sprog reads does not have any more are passed over, also
if another host still has them. That is said on standard error. While no host can be
reached sprog waits for one.`

const execExitHelp = `

Exit codes:
  0  stopped by a signal
  1  failed, or was stopped at once by a second signal
  2  a wrong flag, argument, ring file or cursor file
  6  the program failed for a message, as often as --retry allows`

// codeProgram is the exit code if the program failed for a message.
const codeProgram = 6

const execExample = `  sprog exec --cursor-file /var/lib/alerts/cursor --grep 'on fire' -- mail -s alert root
  sprog exec --cursor-file seen --all -j 8 --timeout 30 --retry forever -- ./import.sh`

// executor is what the flags of sprog exec say.
type executor struct {
	cursorFile string
	grep       string
	parallel   int
	retry      string
	limit      cli.Duration
	all        bool
	skip       bool

	program string // its path
	args    []string
	tries   int            // 0 is without limit
	wanted  *regexp.Regexp // nil is every message
}

func newExec(f *flags) *cobra.Command {
	var e executor
	cmd := &cobra.Command{
		Use:     "exec --cursor-file FILE [--] PROGRAM [ARG...]",
		Short:   "Run a program for each message of the log",
		Long:    execHelp + execExitHelp,
		Example: execExample,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && !f.showVersion {
				return errors.New("no PROGRAM is given")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			e.args = args
			return f.run(cmd, func(*settings) error {
				if err := e.check(); err != nil {
					return cli.Usage(err)
				}
				return onlyForSending(cmd)
			}, e.do)
		},
	}
	set := cmd.Flags()
	set.SortFlags = false
	set.SetInterspersed(false) // flags behind PROGRAM are the program's
	set.StringVar(&e.cursorFile, "cursor-file", "", "`FILE` with the position to go on from; written as messages are handled")
	set.BoolVar(&e.all, "all", false, "if there is no cursor file, begin with the first message that there is")
	set.StringVar(&e.grep, "grep", "", "only messages whose text this `RE` matches (https://golang.org/s/re2syntax);\nthe cursor moves behind the others too")
	set.IntVarP(&e.parallel, "parallel", "j", 1, "run up to `N` programs at a time; they may begin and end in any order")
	set.StringVar(&e.retry, "retry", "3", "run a program that failed again: `N|forever`")
	set.Var(&e.limit, "timeout", "kill a program that runs for longer; 0 is no limit")
	set.StringArrayVar(&f.from, "from", nil, "follow this host: `NAME|ADDR[:PORT]`; several are tried in turn")
	set.BoolVar(&e.skip, "skip-failed", false, "go on behind a message whose program failed --retry times and once more")
	return cmd
}

// check checks the flags.
func (e *executor) check() (err error) {
	switch {
	case e.cursorFile == "":
		return errors.New("--cursor-file is missing: it has how far the messages are handled")
	case e.parallel < 1 || e.parallel > maxParallel:
		return fmt.Errorf("--parallel: %d is not between 1 and %d", e.parallel, maxParallel)
	}
	if e.tries, err = parseRetry(e.retry); err != nil {
		return err
	}
	if e.grep != "" {
		if e.wanted, err = regexp.Compile(e.grep); err != nil {
			return fmt.Errorf("--grep: %w", err)
		}
	}
	if e.program, err = exec.LookPath(e.args[0]); err != nil {
		return err
	}
	return nil
}

// maxParallel is how many programs one sprog may run at a time.
const maxParallel = 1000

// parseRetry parses --retry, and returns how often a program is tried; 0 is without limit.
func parseRetry(text string) (tries int, err error) {
	if text == "forever" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxRetries {
		return 0, fmt.Errorf("--retry: %q is neither a number up to %d nor forever", text, maxRetries)
	}
	return n + 1, nil
}

const maxRetries = 1_000_000
