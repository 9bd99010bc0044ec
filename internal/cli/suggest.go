package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// DidYouMean returns a suggestion to append to an error about an unknown flag, such as ":
// did you mean --timeout?", or an empty string.
func DidYouMean(cmd *cobra.Command, err error) string {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return ""
	}
	typed := unknown.GetSpecifiedName()
	if short := unknown.GetSpecifiedShortnames(); short != "" {
		typed = short // as in -config
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if name, ok := nearest(typed, names); ok {
		return ": did you mean --" + name + "?"
	}
	return ""
}

// commandNames returns the visible subcommands of a command.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, below := range cmd.Commands() {
		if below.IsAvailableCommand() && below.Name() != "completion" {
			names = append(names, below.Name())
		}
	}
	slices.Sort(names)
	return names
}

// nearest returns the name that was probably meant, if any: one with at most one or two
// typing errors, or that begins with what was typed.
func nearest(typed string, names []string) (string, bool) {
	if len(typed) < 2 {
		return "", false
	}
	typed = strings.ToLower(typed)
	best, least := "", 1+max(1, min(2, len(typed)/3))
	for _, name := range names {
		slips := distance(typed, strings.ToLower(name))
		if slips < least || best == "" && strings.HasPrefix(strings.ToLower(name), typed) {
			best, least = name, slips
		}
	}
	return best, best != ""
}

// distance returns how many letters must be inserted, deleted, replaced, or exchanged with
// the next one, to turn a into b.
func distance(a, b string) int {
	before, last := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			replace := last[j]
			if a[i] != b[j] {
				replace++
			}
			row[j+1] = min(replace, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
