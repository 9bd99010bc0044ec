package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/filelog"
	"xlattice.org/zog/internal/tail"
)

const logHelp = `Print the log of this host from its files: access.log.1, access.log.2 and so on in
the order of their numbers, and access.log. Its host may be running or not. Nothing
is changed. A line is printed without the CR at its end.

Give the directory of a log, or none for that of this host: it looks for the ring
file where zog run does. To read the log of another host, or of any that is up, use
sprog tail, which has the same flags.

With -f it goes on with the lines that are written, also when the file is renamed.
A line may be printed a moment before it is synced. With --cursor-file the position
in the log is kept in a file, and the next zog log or sprog tail goes on from there.
The file is written after the messages before that position were, at most four
times a second, and at the end. One reader at a time has it.

Where there is a cursor file, -n, --since and --after say nothing. Otherwise -n is
the last N of what else would be printed. --since and --until compare times of the
hosts that took the messages. -o json prints one object a line, with time, origin,
boot, seq, id, text, position.

Bytes that are no messages are left out, and are named on standard error; so are
messages that are missing between others. zog verify says more about them.

Exit codes:
  0  printed what was asked for; or stopped while it followed, with -f
  1  a file cannot be read, or it was stopped before it was at the end
  2  a wrong flag, ring file or cursor file, or no log where one should be
  7  parts of the log are missing or damaged
  141  the reader of the output is gone, as in zog log | head -1`

const logExample = `  zog log                                  # all of the log of this host
  zog log -n 20 -f
  zog log --since 2026-11-23T00:00:00Z --until 2026-11-24T00:00:00Z
  zog log logs/dev/MV --grep 'door|gate' -o json
  zog log --cursor-file seen               # what came since the last time`

// logFlags are the flags of zog log.
type logFlags struct {
	config  string
	name    string
	testing bool
	output  string
	tail    tail.Flags
}

func newLog() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use:     "log [DIR]",
		Short:   "Print the log of this host from its files, also as it grows",
		Long:    logHelp,
		Example: logExample,
		Args:    cli.AtMostOnePath,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	f.tail.Register(cmd, "all")
	set := cmd.Flags()
	set.StringVarP(&f.output, "output", "o", "text", "messages as `text|json`; json is one object on each line")
	set.StringVar(&f.config, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
	set.StringVar(&f.name, "name", "", "`NAME` of this host in the ring; else by the machine's name or addresses")
	set.BoolVarP(&f.testing, "testing", "T", false, "no ring file: the built-in ring on loopback, that zog dev runs")
	cli.ChooseOne(cmd, "config", "testing")
	return cmd
}

func (f *logFlags) run(cmd *cobra.Command, args []string) error {
	o, err := f.options(cmd, args)
	if err != nil {
		return cli.Usage(err)
	}
	log, err := f.open(args)
	if err != nil {
		return err
	}
	ctx, stop := cli.UntilSignal(cmd)
	defer stop()
	cli.EndWith(cmd, ctx.Done())
	out := cmd.OutOrStdout()
	err = tail.Run(ctx, log, o, tail.Printer{
		Out: out, Colours: cli.ShowsColours(out),
		Warn: func(format string, args ...any) { cmd.PrintErrf("zog: "+format+"\n", args...) },
	})
	if errors.Is(err, tail.ErrMissing) {
		return &cli.Exit{Code: codeIncomplete}
	}
	return err
}

func (f *logFlags) options(cmd *cobra.Command, args []string) (*tail.Options, error) {
	switch {
	case f.output != "text" && f.output != "json":
		return nil, fmt.Errorf("--output is text or json, not %q", f.output)
	case len(args) > 0 && (f.testing || f.config != "" || f.name != ""):
		return nil, errors.New("a directory is read as it is: --testing, --config and --name do not go with it")
	}
	return f.tail.Options(cmd, f.output == "json")
}

// open opens the log in a directory, or that of this host. An error is a usage error, unless it is
// about permission.
func (f *logFlags) open(args []string) (*filelog.Log, error) {
	var dir string
	if len(args) > 0 {
		dir = args[0]
	} else {
		m, err := (&runFlags{config: f.config, name: f.name, testing: f.testing}).member()
		if err != nil {
			return nil, cli.Usage(err)
		}
		dir = m.ring.LogDir(m.ring.Hosts[m.self].Name)
	}
	log, err := filelog.Open(dir)
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return nil, cli.Usage(err)
	}
	return log, err
}
