package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// NoArgs is for commands without arguments. If the command has subcommands, an argument is
// an unknown subcommand.
func NoArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasAvailableSubCommands():
		return unknownCommand(cmd, args[0])
	}
	return fmt.Errorf("%s takes no arguments, but got %q", cmd.CommandPath(), args[0])
}

// Paths is for commands that take names of files or directories. An empty name is an error:
// it comes from an unset variable in a script, and would count as not given.
func Paths(_ *cobra.Command, args []string) error {
	if slices.Contains(args, "") {
		return errors.New("the name of a file or directory is empty")
	}
	return nil
}

// AtMostOnePath is for commands that take at most one name of a file or directory.
func AtMostOnePath(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("%s takes one argument, but got %d", cmd.CommandPath(), len(args))
	}
	return Paths(cmd, args)
}

func unknownCommand(cmd *cobra.Command, typed string) error {
	names := commandNames(cmd)
	if name, ok := nearest(typed, names); ok {
		return fmt.Errorf("unknown command %q for %q: did you mean %s?", typed, cmd.CommandPath(), name)
	}
	return fmt.Errorf("unknown command %q for %q: there are %s", typed, cmd.CommandPath(), strings.Join(names, ", "))
}

// knownTopic is for the command help, whose arguments are the path of a command.
func knownTopic(cmd *cobra.Command, args []string) error {
	found, rest, err := cmd.Root().Find(args)
	if err == nil && len(rest) > 0 {
		return unknownCommand(found, rest[0])
	}
	return err
}

// ChooseOne declares that at most one of these flags may be given.
func ChooseOne(cmd *cobra.Command, names ...string) {
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if before != nil {
			if err := before(cmd, args); err != nil {
				return err
			}
		}
		return oneAtMost(cmd, names)
	}
}

func oneAtMost(cmd *cobra.Command, names []string) error {
	given, dashed := 0, make([]string, len(names))
	for i, name := range names {
		if dashed[i] = "--" + name; cmd.Flags().Changed(name) {
			given++
		}
	}
	if given <= 1 {
		return nil
	}
	last := len(dashed) - 1
	return fmt.Errorf("choose one of %s and %s", strings.Join(dashed[:last], ", "), dashed[last])
}

// noneEmpty returns an error if a flag was given with an empty value.
func noneEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if f.Value.Type() == "string" && f.Value.String() == "" && err == nil {
			err = fmt.Errorf("--%s is empty", f.Name)
		}
	})
	return err
}
