package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/inspect"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/verify"
)

const verifyHelp = `Check access logs, and whether they hold the same. Nothing is changed.

With directories it reads the files in them, access.log and access.log.1 and so
on; a host may be writing there. Every line must be a record, and the messages of
each run must be numbered 1, 2, 3 ... A run that begins with a later number is
named, and is not a fault: its older lines were retired. Older lines are lacking
if the host has not retired them, by the file .access.log.floors. Several
directories are compared with each other.

Without a directory it checks the log of this host. It looks for the ring file
where zog run does.

With --ring it asks all hosts of the ring at the same time, over their client
ports. Each host says which messages it has, reads its log, and answers with
checksums of it. So this checks what is on the disks now, not what was once written.
The ring may be at work: messages that come in after the question do not count.
Hosts that differ are asked again for --settle, as messages may be on their way. A
host that sends nothing for --timeout is given up. A host that reads a long log
says so meanwhile, and is waited for, up to --longest. A host that is already
reading for too many others is busy: it could not be asked, which is no fault.
If the ring file has tls.mode require it needs a certificate with the role follow; on
a host that has none of a client it uses those of the host.

MV.516ogpwa.100-200 are the messages 100 to 200 that host MV took in its run
516ogpwa; with grep: ' MV.516ogpwa.100 '.

Exit codes:
  0  the logs are sound, and those that were compared hold the same
  1  a file or directory cannot be read
  2  a wrong flag or ring file, or no log where one should be
  5  logs differ, or one is damaged
  6  a host of the ring could not be asked; the others agree
  7  all that is there agrees, but some logs begin later than others
If several are true it is the first of 5, 6, 7.`

const verifyExample = `  zog verify                           # the log of this host
  zog verify --ring                    # all hosts of the ring, over the network
  zog verify logs/dev/*                # the logs of a ring that zog dev runs
  zog verify /srv/old/MV /var/log/zog  # a copy and its original
  zog verify --ring -o json | jq '.hosts[] | select(.ok | not)'`

// Exit codes of logs that differ, or are damaged or incomplete.
const (
	codeDiffer      = 5
	codeUnreachable = 6
	codeIncomplete  = 7
)

// verdictCodes are the exit codes of the verdicts.
var verdictCodes = map[verify.Verdict]int{
	verify.Complete:    0,
	verify.Differ:      codeDiffer,
	verify.Unreachable: codeUnreachable,
	verify.Incomplete:  codeIncomplete,
}

// filesSettle is how long files may take to agree. A host that writes is rarely more than
// some milliseconds behind.
const filesSettle = 300 * time.Millisecond

// verifyFlags are the flags of zog verify.
type verifyFlags struct {
	config  string
	name    string
	testing bool
	ring    bool
	port    cli.Port
	settle  cli.Duration
	timeout cli.Duration
	longest cli.Duration
	output  string
	tls     cli.TLS
	hint    string // what to do about certificates; the result of the question
}

func newVerify() *cobra.Command {
	f := verifyFlags{settle: cli.Duration(10 * time.Second), timeout: cli.Duration(2 * time.Second), longest: cli.Duration(time.Hour)}
	cmd := &cobra.Command{
		Use:     "verify [DIR...]",
		Short:   "Check whether logs are sound, and the same on all hosts",
		Long:    verifyHelp,
		Example: verifyExample,
		Args:    cli.Paths,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.run(cmd, args) },
	}
	set := cmd.Flags()
	set.BoolVar(&f.ring, "ring", false, "ask all hosts of the ring")
	set.Var(&f.settle, "settle", "with --ring: how long hosts that differ may take to agree")
	set.Var(&f.timeout, "timeout", "with --ring: how long a host may say nothing")
	set.Var(&f.longest, "longest", "with --ring: how long a host may read its log for one answer")
	set.VarP(&f.port, "port", "p", "with --ring: client `PORT` of the hosts, if not as in the ring file")
	set.StringVarP(&f.output, "output", "o", "text", "the result as `text|json`")
	set.StringVar(&f.config, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
	set.StringVar(&f.name, "name", "", "`NAME` of this host in the ring; else by the machine's name or addresses")
	set.BoolVarP(&f.testing, "testing", "T", false, "no ring file: the built-in ring on loopback, that zog dev runs")
	f.tls.Add(cmd)
	cli.ChooseOne(cmd, "config", "testing")
	cli.ChooseOne(cmd, "ring", "name")
	return cmd
}

func (f *verifyFlags) run(cmd *cobra.Command, dirs []string) error {
	if err := f.check(cmd, dirs); err != nil {
		return cli.Usage(err)
	}
	var report *verify.Report
	var err error
	if f.ring {
		report, err = f.compareRing(cmd.Context(), cmd.ErrOrStderr())
	} else {
		report, err = f.compareFiles(cmd.Context(), cmd.ErrOrStderr(), dirs)
	}
	if err != nil {
		return err
	}
	if err := f.print(cmd.OutOrStdout(), report); err != nil {
		return err
	}
	if f.hint != "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "zog:", f.hint)
	}
	if code := verdictCodes[report.Verdict()]; code != 0 {
		return &cli.Exit{Code: code}
	}
	return nil
}

// check returns an error if flags and arguments do not go together.
func (f *verifyFlags) check(cmd *cobra.Command, dirs []string) error {
	for _, name := range []string{"settle", "timeout", "longest", "port"} {
		if !f.ring && cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s goes with --ring", name)
		}
	}
	switch {
	case f.output != "text" && f.output != "json":
		return fmt.Errorf("--output is text or json, not %q", f.output)
	case f.timeout < cli.Duration(time.Millisecond):
		return fmt.Errorf("a timeout of %v is too short: at least 1ms", time.Duration(f.timeout))
	case f.longest < cli.Duration(time.Second):
		return fmt.Errorf("a longest time of %v is too short: at least 1s", time.Duration(f.longest))
	case len(dirs) > 0 && (f.ring || f.testing || f.config != "" || f.name != ""):
		return errors.New("directories are read as they are: --ring, --testing, --config and --name do not go with them")
	}
	return nil
}

func (f *verifyFlags) print(w io.Writer, report *verify.Report) error {
	if f.output == "json" {
		return json.NewEncoder(w).Encode(report)
	}
	for _, line := range report.Lines() {
		if _, err := fmt.Fprintln(w, line); err != nil {
			return err
		}
	}
	return nil
}

// compareFiles reads and compares directories, or reads that of this host if none is given.
func (f *verifyFlags) compareFiles(ctx context.Context, progress io.Writer, paths []string) (*verify.Report, error) {
	names := shortNames(paths)
	if len(paths) == 0 {
		m, err := (&runFlags{config: f.config, name: f.name, testing: f.testing}).member()
		if err != nil {
			return nil, cli.Usage(err)
		}
		name := m.ring.Hosts[m.self].Name
		names, paths = []string{name}, []string{m.ring.LogDir(name)}
	}
	dirs, err := openDirs(names, paths)
	if err != nil {
		return nil, err
	}
	var status cli.Status
	status.Start(progress, readProgress(dirs))
	defer status.Stop()
	return inspectDirs(ctx, dirs)
}

// openDirs opens directories. An error is a usage error, unless it is about permission.
func openDirs(names, paths []string) ([]*inspect.Dir, error) {
	dirs := make([]*inspect.Dir, len(paths))
	for i, path := range paths {
		d, err := inspect.Open(names[i], path)
		switch {
		case errors.Is(err, fs.ErrPermission):
			return nil, err
		case err != nil:
			return nil, cli.Usage(err)
		}
		dirs[i] = d
	}
	return dirs, nil
}

// inspectDirs compares directories, and adds the faults within each.
func inspectDirs(ctx context.Context, dirs []*inspect.Dir) (*verify.Report, error) {
	sources := make([]survey.Source, len(dirs))
	for i, d := range dirs {
		sources[i] = d
	}
	// All lines were parsed, so what only one log has needs no further check.
	report := survey.Compare(ctx, sources, survey.Options{Settle: filesSettle, Holders: 2})
	for i, d := range dirs {
		if err := report.Hosts[i].Err; err != nil {
			return nil, err
		}
		report.Hosts[i].Damage, report.Hosts[i].Notes = d.Damage(), d.Notes()
		report.Findings = append(d.Findings(i), report.Findings...)
	}
	return report, nil
}

// shortNames returns short names for directories: the last part of the path, or the whole path
// if two directories would have the same name.
func shortNames(paths []string) []string {
	short, used := make([]string, len(paths)), make(map[string]int)
	for i, path := range paths {
		short[i] = filepath.Base(absolute(path))
		used[short[i]]++
	}
	for i, path := range paths {
		if used[short[i]] > 1 {
			short[i] = path
		}
	}
	return short
}
