// Command zogcheck compares the logs of a ring with what clients have sent, and names every fault. It
// checks the logs of a test run, or of a program with its own clients. Package check says what it
// looks for.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/test/check"
)

const help = `Compare the logs of a ring with what clients know, and name every fault.

Each DIR is the log directory of one host. It reads access.log.1, access.log.2 ...
in the order of their numbers and then access.log, and nothing else. The host is
named after the directory, unless NAME=DIR gives it another name. The daemons
should have stopped, or at least be idle.

The record is a file with one JSON object for each message that was sent:

  {"sender":"c1","n":7,"host":"MV","text":"a text","outcome":"ok","copies":2}

  sender   the sender: a stream of messages, over one connection at a time
  n        the place of the message in that stream
  text     without CRLF
  outcome  ok: acknowledged; refused: refused, or never sent; unknown: sent, but
           not answered
  host     the host that answered (optional)
  copies   the number of hosts that had it durably then (optional)
  sends    how often it was sent (optional; default 1)

An acknowledged message must be in every log; an unknown one may be there or not;
one that was refused, or is not in the record, must not. See also
docs/testing.md, "What must not break".

Exit codes: 0 no fault; 1 faults, or nothing was acknowledged; 2 the command
line, the record or a directory is not valid. ("go run" itself ends with 1 in
both cases.)`

const example = `  go run ./ringtest/cmd/zogcheck --oks oks.jsonl logs/MV logs/PA logs/G
  go run ./ringtest/cmd/zogcheck --oks oks.jsonl --settled logs/dev/*
  go run ./ringtest/cmd/zogcheck --oks oks.jsonl --hole LA.1k9x3z=5000 LA=/var/log/zog`

func main() { os.Exit(cli.Main(newRoot())) }

// flags are the flags of the command.
type flags struct {
	oks      string
	settled  bool
	examples int
	holes    []string
}

func newRoot() *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:     "zogcheck --oks FILE DIR...",
		Short:   "Compare the logs of a ring with what clients know",
		Long:    help,
		Example: example,
		Args:    cobra.MinimumNArgs(1),
		RunE:    func(cmd *cobra.Command, dirs []string) error { return f.run(cmd.OutOrStdout(), dirs) },
	}
	set := cmd.Flags()
	set.StringVar(&f.oks, "oks", "", "the record, one JSON object per line; - is standard input")
	set.BoolVar(&f.settled, "settled", false, "the ring had settled: all logs must have the same messages")
	set.IntVar(&f.examples, "examples", 5, "number of findings of each kind to show per host")
	set.StringArrayVar(&f.holes, "hole", nil, "logs may lack messages below this seq: `ORIGIN.BOOT=SEQ`; may be repeated")
	if err := cmd.MarkFlagRequired("oks"); err != nil {
		panic(err) // it was declared above
	}
	return cmd
}

// run reads the record and the logs, and prints the checker's report.
func (f *flags) run(out io.Writer, args []string) error {
	report, err := f.check(args)
	if err != nil {
		return cli.Usage(err)
	}
	fmt.Fprint(out, report)
	if !report.OK() {
		return &cli.Exit{Code: cli.CodeFailed}
	}
	return nil
}

func (f *flags) check(args []string) (*check.Report, error) {
	cfg := check.Config{Settled: f.settled, Examples: f.examples}
	var err error
	if cfg.Holes, err = parseHoles(f.holes); err != nil {
		return nil, err
	}
	if f.examples < 1 {
		return nil, errors.New("--examples: at least 1")
	}
	var dirs []string
	for _, arg := range args {
		name, dir, named := strings.Cut(arg, "=")
		if !named {
			name, dir = filepath.Base(arg), arg
		}
		cfg.Hosts, dirs = append(cfg.Hosts, name), append(dirs, dir)
	}
	sent, err := f.readRecord()
	if err != nil {
		return nil, err
	}
	c, err := check.New(sent, cfg)
	if err != nil {
		return nil, err
	}
	for i, dir := range dirs {
		if err := c.Log(i).ReadDir(os.DirFS(dir)); err != nil {
			return nil, err
		}
	}
	return c.Report(), nil
}

func (f *flags) readRecord() (*check.Record, error) {
	if f.oks == "-" {
		return check.ReadRecord(os.Stdin)
	}
	file, err := os.Open(f.oks)
	if err != nil {
		return nil, err
	}
	defer file.Close() // it was only read
	return check.ReadRecord(file)
}

// parseHoles reads ORIGIN.BOOT=SEQ, the boot as in a log line.
func parseHoles(args []string) (map[marks.Run]uint64, error) {
	holes := make(map[marks.Run]uint64)
	for _, arg := range args {
		name, first, _ := strings.Cut(arg, "=")
		origin, digits, _ := strings.Cut(name, ".")
		boot, badBoot := strconv.ParseUint(digits, 36, 64)
		seq, badSeq := strconv.ParseUint(first, 10, 64)
		if badBoot != nil || badSeq != nil || !record.ValidName(origin) {
			return nil, fmt.Errorf("--hole: %q is not ORIGIN.BOOT=SEQ, such as LA.1k9x3z=5000", arg)
		}
		holes[marks.Run{Origin: origin, Boot: boot}] = seq
	}
	return holes, nil
}
