// Package cli is what the commands zog and sprog do alike: exit codes, standard
// streams, and where they look for the ring file.
//
// A main function is one line:
//
//	os.Exit(cli.Main(newRoot()))
//
// A command's RunE returns nil, an error, or an [*Exit] where the code is not 1.
// What cobra finds wrong with a command line before any RunE has begun is a
// usage error, and its code is 2.
package cli

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/stdio"
)

// Exit codes that both commands have. Each has more of its own.
const (
	CodeFailed = 1 // it went wrong
	CodeUsage  = 2 // it did not begin: a wrong flag, argument or ring file
	// CodeReaderGone says that the reader of the results is gone, as in
	// `zog verify | head -1`. A shell has the same code for a program that was
	// ended by SIGPIPE.
	CodeReaderGone = 128 + int(syscall.SIGPIPE)
)

// Exit is an error that says how the process is to end.
type Exit struct {
	Code int
	Err  error // what to tell the user; nil if all is said already
}

func (e *Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e *Exit) Unwrap() error { return e.Err }

// Usage makes err an error of the command line.
func Usage(err error) error { return &Exit{CodeUsage, err} }

// Main runs a command on the arguments of the process, writes an error to its
// standard error as one line after its name, and returns the exit code.
//
// The command's standard streams are those of the package stdio. So diagnostics
// block nobody. When the reader of the results is gone, nothing is said of it, and
// the code is CodeReaderGone.
func Main(root *cobra.Command) int {
	signal.Ignore(syscall.SIGPIPE) // a write then fails with EPIPE instead
	diagnostics := stdio.NewDiagnostics(os.Stderr)
	defer diagnostics.Close(stdio.FlushWithin)
	results := stdio.NewResults(os.Stdout, diagnostics)
	defer results.Close()
	root.SetOut(results)
	root.SetErr(diagnostics)
	code, said := run(root)
	switch {
	case results.Gone():
		return CodeReaderGone
	case said != "":
		root.PrintErr(said)
	}
	return code
}

// EndWith says that a command is to end once ending is closed. From then on it does
// not wait for a reader of its results that does not read: writes fail.
func EndWith(cmd *cobra.Command, ending <-chan struct{}) {
	if results, ok := cmd.OutOrStdout().(*stdio.Results); ok {
		results.EndWith(ending)
	}
}

// run runs a command, and returns the exit code and what the user is to be told.
func run(root *cobra.Command) (code int, said string) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w%s", err, DidYouMean(cmd, err))
	})
	root.InitDefaultHelpCmd()
	mark(root)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0, ""
	}
	var begun begun
	if !errors.As(err, &begun) {
		return CodeUsage, fmt.Sprintf("%s: %s\nTry '%s --help'.\n", root.Name(), plain(err), cmd.CommandPath())
	}
	exit := &Exit{CodeFailed, begun.error}
	errors.As(err, &exit)
	if exit.Err != nil {
		said = fmt.Sprintf("%s: %v\n", root.Name(), begun.error)
	}
	return exit.Code, said
}

// plain is what err says, in words for users where a Go function could not parse a
// number.
func plain(err error) string {
	var number *strconv.NumError
	if !errors.As(err, &number) {
		return err.Error()
	}
	what := "want a whole number"
	if errors.Is(number, strconv.ErrRange) {
		what = "the number is out of range"
	}
	return strings.Replace(err.Error(), number.Error(), what, 1)
}

// begun is an error of a command that had begun to run.
type begun struct{ error }

func (b begun) Unwrap() error { return b.error }

// mark makes all errors of RunE begun, in cmd and below: cobra has no type for
// its own. It checks what is the same for all commands.
func mark(cmd *cobra.Command) {
	if cmd.Name() == "help" {
		cmd.Args = knownTopic
	}
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := noneEmpty(cmd); err != nil {
				return err
			}
			if err := run(cmd, args); err != nil {
				return begun{err}
			}
			return nil
		}
	}
	for _, below := range cmd.Commands() {
		mark(below)
	}
}
