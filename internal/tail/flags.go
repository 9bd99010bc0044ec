package tail

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/position"
)

// Options say what Run prints.
type Options struct {
	Follow     bool
	Last       int                // only so many, the last ones; -1 is all
	After      *position.Position // nil if it is not given
	Since      time.Time
	Until      time.Time
	CursorFile string
	Grep       *regexp.Regexp // or nil
	Count      int            // ends after so many; 0 is never
	JSON       bool
}

// Flags are the flags of both commands.
type Flags struct {
	follow       bool
	last         lastFlag
	since, until timeFlag
	after        positionFlag
	cursorFile   string
	grep         string
	count        int
}

// Register adds the flags to a command. last is what -n is by default: a number, or all.
func (f *Flags) Register(cmd *cobra.Command, last string) {
	set := cmd.Flags()
	set.SortFlags = false
	f.last.text = last
	set.BoolVarP(&f.follow, "follow", "f", false, "go on with the messages that come, until it is stopped")
	set.VarP(&f.last, "lines", "n", "print only the last `N|all` of what else would be printed; all, if\n--since, --after or --cursor-file is given, and always if there is a\ncursor file")
	set.Var(&f.since, "since", "print what was taken at this `TIME` or later: RFC 3339, or a duration\nbefore now as in 2h")
	set.Var(&f.until, "until", "print what was taken before this `TIME`")
	set.Var(&f.after, "after", "print what comes after this `POSITION` in the log")
	set.StringVar(&f.cursorFile, "cursor-file", "", "go on after the position in this `FILE`, if it is there, whatever -n,\n--since and --after say, and keep the position in it after the messages\nwere written")
	set.StringVar(&f.grep, "grep", "", "print the messages whose text matches this regular `EXPRESSION`")
	set.IntVar(&f.count, "count", 0, "end after `N` messages were printed; 0 is never")
	cli.ChooseOne(cmd, "after", "since")
	cli.ChooseOne(cmd, "follow", "until")
}

// Options returns what the flags say. Errors are usage errors.
func (f *Flags) Options(cmd *cobra.Command, json bool) (*Options, error) {
	o := &Options{
		Follow: f.follow, Last: f.last.n(), After: f.after.at, Since: f.since.time, Until: f.until.time,
		CursorFile: f.cursorFile, Count: f.count, JSON: json,
	}
	if bounded := o.After != nil || !o.Since.IsZero() || o.CursorFile != ""; bounded && !cmd.Flags().Changed("lines") {
		o.Last = -1
	}
	if f.count < 0 {
		return nil, cli.Usage(fmt.Errorf("--count: %d messages cannot be printed", f.count))
	}
	if f.grep != "" {
		var err error
		if o.Grep, err = regexp.Compile(f.grep); err != nil {
			return nil, cli.Usage(fmt.Errorf("--grep: %w", err))
		}
	}
	return o, nil
}

// lastFlag is a number of messages, or all.
type lastFlag struct{ text string }

// Set implements pflag.Value.
func (l *lastFlag) Set(text string) error {
	if n, err := strconv.ParseUint(text, 10, 31); text != "all" && err != nil || text != "all" && n > 1<<30 {
		return errors.New("want a number of messages, or all")
	}
	l.text = text
	return nil
}

// String implements pflag.Value.
func (l *lastFlag) String() string { return l.text }

// Type implements pflag.Value.
func (l *lastFlag) Type() string { return "N|all" }

func (l *lastFlag) n() int {
	n, err := strconv.Atoi(l.text)
	if err != nil {
		return -1
	}
	return n
}

// timeFlag is a time, or one so long ago.
type timeFlag struct {
	text string
	time time.Time
}

// Set implements pflag.Value.
func (f *timeFlag) Set(text string) error {
	var ago cli.Duration
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		if ago.Set(text) != nil {
			return errors.New("want a time as in 2026-11-23T01:38:46Z or 2026-11-23T02:38:46+01:00, or a duration before now as in 2h or 90s")
		}
		at = time.Now().Add(-time.Duration(ago))
	}
	f.text, f.time = text, at
	return nil
}

// String implements pflag.Value.
func (f *timeFlag) String() string { return f.text }

// Type implements pflag.Value.
func (f *timeFlag) Type() string { return "TIME" }

// positionFlag is a position.
type positionFlag struct {
	text string
	at   *position.Position
}

// Set implements pflag.Value.
func (f *positionFlag) Set(text string) error {
	at, err := position.Parse(text)
	if err != nil {
		return err
	}
	f.text, f.at = text, &at
	return nil
}

// String implements pflag.Value.
func (f *positionFlag) String() string { return f.text }

// Type implements pflag.Value.
func (f *positionFlag) Type() string { return "POSITION" }
