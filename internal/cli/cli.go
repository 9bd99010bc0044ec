// Package cli is what the commands zog and sprog have in common: exit codes, standard
// streams, and the search for the ring file.
//
// A main function is one line:
//
//	os.Exit(cli.Main(newRoot()))
//
// A command's RunE returns nil, an error, or an [*Exit] if the code is not 1. What cobra
// finds wrong with a command line before RunE is a usage error; its code is 2.
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

// Exit codes of both commands. Each command has more.
const (
	CodeFailed = 1 // the command failed
	CodeUsage  = 2 // the command did not start: a wrong flag, argument or ring file
	// CodeReaderGone means that the reader of the results is gone, as in `zog verify | head
	// -1`. It is the code that a shell shows for a program ended by SIGPIPE.
	CodeReaderGone = 128 + int(syscall.SIGPIPE)
)

// Exit is an error with an exit code.
type Exit struct {
	Code int
	Err  error // for the user; nil if everything was printed already
}

func (e *Exit) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("exit code %d", e.Code)
	}
	return e.Err.Error()
}

func (e *Exit) Unwrap() error { return e.Err }

// Usage returns err as a usage error.
func Usage(err error) error { return &Exit{CodeUsage, err} }

// Main runs a command with the arguments of the process, and returns the exit code. It
// writes an error to standard error as one line, after the name of the command.
//
// The standard streams of the command are those of the package stdio, so diagnostics never
// block. If the reader of the results is gone, Main prints nothing and returns
// CodeReaderGone.
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

// EndWith makes writes to the results of a command fail, instead of waiting for a reader
// that does not read, once ending is closed.
func EndWith(cmd *cobra.Command, ending <-chan struct{}) {
	if results, ok := cmd.OutOrStdout().(*stdio.Results); ok {
		results.EndWith(ending)
	}
}

// run runs a command, and returns the exit code and what to print.
func run(root *cobra.Command) (code int, said string) {
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return fmt.Errorf("%w%s", err, DidYouMean(cmd, err))
	})
	root.InitDefaultHelpCmd()
	wrapRunErrors(root)
	cmd, err := root.ExecuteC()
	if err == nil {
		return 0, ""
	}
	var begun runError
	if !errors.As(err, &begun) {
		return CodeUsage, fmt.Sprintf("%s: %s\nTry '%s --help'.\n", root.Name(), userMessage(err), cmd.CommandPath())
	}
	exit := &Exit{CodeFailed, begun.error}
	errors.As(err, &exit)
	if exit.Err != nil {
		said = fmt.Sprintf("%s: %v\n", root.Name(), begun.error)
	}
	return exit.Code, said
}

// userMessage returns the text of err, with words for users in place of the error of a Go
// function that parses numbers.
func userMessage(err error) string {
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

// runError is an error of RunE, as opposed to one of cobra.
type runError struct{ error }

func (b runError) Unwrap() error { return b.error }

// wrapRunErrors makes the errors of RunE runErrors, in cmd and its subcommands, as cobra
// has no type for its own errors. It also adds the checks that all commands have.
func wrapRunErrors(cmd *cobra.Command) {
	if cmd.Name() == "help" {
		cmd.Args = knownTopic
	}
	if run := cmd.RunE; run != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if err := noneEmpty(cmd); err != nil {
				return err
			}
			if err := run(cmd, args); err != nil {
				return runError{err}
			}
			return nil
		}
	}
	for _, below := range cmd.Commands() {
		wrapRunErrors(below)
	}
}
