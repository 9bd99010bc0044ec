// Command attack is what `make attack` runs: it attacks a ring of real daemons
// with a raw program, and measures what honest clients notice of it.
//
// Each attack has a ring of five real daemons of its own, on loopback addresses. Two honest clients
// send to two hosts at a steady rate, before, during and after the attack on one of them. At the end
// the logs are compared with what the clients were told. The program prints a table, and its exit
// code is 0 only if every bar was kept.
//
//   - figure.go has the measurements and the bars; table.go prints them
//   - rig.go runs the attacks, each in a stage of its own (stage.go); audit.go compares the logs
//     afterwards
//   - honest.go has the honest clients
//   - attacker.go and wire.go have what attacks share
//   - list.go lists the attacks; marks.go, repair.go and names.go are those of a
//     host that lies, errors.go, memory.go, places.go and surveys.go those of
//     strangers and clients, other.go is another ring
//   - tls.go has the certificates of --tls, and handshakes.go the attacks that there are only with it
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

const help = `Attack a ring of five real daemons, and measure what honest clients notice of it.
Each attack has a ring of its own, on free ports of 127.0.55.1 to 127.0.55.5. Its
logs are in memory where there is /dev/shm, else in a temporary directory.

One honest client sends 200 messages a second to the attacked host, and one to
another host, before, during and after the attack. A third one dials anew four
times a second. An attack is limited in bytes and in time. There are attacks

  A  from the address of a host of the ring, which does not run meanwhile: by a
     compromised host, or a local user who can bind the address
  B  from any address
  C  by a mistake of an operator

With --tls the ring requires TLS, and honest clients have certificates. There are
attacks A, by a host with its own certificate and by a client with a stolen one, and

  T  on TLS itself, by strangers and by a client with a stolen certificate

The bars, for each attack:

  attacked host  p99 of its client at most 3 times that before, or 20 ms
  other host     p99 of its client at most 2 times that before, or --margin more
                 than before
  both           each message is acknowledged; a new client has an answer
                 within 2 s
  memory         of the attacked daemon at most 96 MiB
  disk           error.log and error.log.1 together at most 20 MiB
  logs           afterwards, within --limit, "zog verify --ring" ends with 0; every
                 acknowledged message is in every log, none twice or out of order

and those of the attack itself; see --list. An attack that misses a bar is
repeated, up to --tries times in all, and the majority of the runs counts.

The table is Markdown: p50/p99 in milliseconds before, during and after. With
--before it also has the figures of an earlier run, which --record wrote. With
--page the table replaces the one in a page, such as docs/security.md.

Where the loopback addresses cannot be used it prints SKIPPED and succeeds. It
leaves no process running.

Exit codes: 0 all bars were kept, or it was skipped; 1 one was missed, and the
directory with logs and output of the programs is kept; 2 a wrong flag.`

const example = `  go run ./ringtest/cmd/attack                             # all attacks
  go run ./ringtest/cmd/attack --short                     # some, in half a minute
  go run ./ringtest/cmd/attack --only 'A1' --tries 1
  go run ./ringtest/cmd/attack --tls --page docs/security.md
  go run ./ringtest/cmd/attack --zog old/zog --tries 1 --record old.json
  go run ./ringtest/cmd/attack --before docs/attack-before.json --page docs/security.md`

// settings are the flags.
type settings struct {
	short   bool
	tls     bool
	only    string
	seconds time.Duration
	rate    int
	margin  time.Duration
	limit   time.Duration
	tries   int
	before  string
	record  string
	page    string
	zog     string
	keep    bool
	list    bool
	bars    bars
}

func main() { os.Exit(cli.Main(newRoot())) }

func newRoot() *cobra.Command {
	s := &settings{bars: strict}
	cmd := &cobra.Command{
		Use: "attack", Short: "Attack a ring, and measure what honest clients notice",
		Long: help, Example: example, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.command(cmd) },
	}
	cmd.SetContext(context.Background())
	cmd.CompletionOptions.DisableDefaultCmd = true
	set := cmd.Flags()
	set.SortFlags = false
	set.BoolVar(&s.short, "short", false, "run only a few attacks, in half a minute")
	set.BoolVar(&s.tls, "tls", false, "give the ring certificates, and tls.mode require: attacks of strangers,\nof a stolen certificate and of a host that was taken over")
	set.StringVar(&s.only, "only", "", "run only the attacks with this `TEXT` in their names")
	set.BoolVar(&s.list, "list", false, "list the attacks and exit")
	set.DurationVar(&s.seconds, "seconds", 5*time.Second, "duration of an attack; some take three times as long")
	set.IntVar(&s.rate, "rate", 200, "messages per second of an honest client")
	set.DurationVar(&s.margin, "margin", 10*time.Millisecond, "how much slower than before the other host may always be")
	set.DurationVar(&s.limit, "limit", 90*time.Second, "time for the logs to become equal again")
	set.IntVar(&s.tries, "tries", 3, "run an attack up to this often if a bar is missed")
	set.StringVar(&s.before, "before", "", "also show the figures in this `FILE`")
	set.StringVar(&s.record, "record", "", "write the figures to this `FILE`, as JSON")
	set.StringVar(&s.page, "page", "", "replace the table in this `FILE`")
	set.StringVar(&s.zog, "zog", "", "path of the daemon `PROGRAM`; built if empty")
	set.BoolVar(&s.keep, "keep", false, "keep the directory even if nothing is wrong")
	return cmd
}

// command runs the command once its flags are parsed.
func (s *settings) command(cmd *cobra.Command) error {
	chosen, err := s.choose()
	if err != nil {
		return cli.Usage(err)
	}
	if s.list {
		for _, a := range chosen {
			fmt.Fprintf(cmd.OutOrStdout(), "%s\n    %s\n", a.name, a.what)
		}
		return nil
	}
	ctx, stop := cli.UntilSignal(cmd)
	defer stop()
	err = run(ctx, s, chosen, cmd.OutOrStdout(), cmd.ErrOrStderr())
	if errors.Is(err, errSkipped) {
		fmt.Fprintf(cmd.ErrOrStderr(), "SKIPPED: attacks on a ring: %v\n", err)
		return nil
	}
	return err
}

// choose checks the flags, and returns the attacks that they select.
func (s *settings) choose() ([]attack, error) {
	switch {
	case s.seconds < time.Second || s.seconds > time.Minute:
		return nil, errors.New("--seconds: from 1s to 1m")
	case s.rate < 10 || s.rate > 10_000:
		return nil, errors.New("--rate: from 10 to 10000")
	case s.margin < 0:
		return nil, errors.New("--margin: 0s or more")
	case s.limit < time.Second || s.limit > time.Hour:
		return nil, errors.New("--limit: from 1s to 1h")
	case s.tries < 1 || s.tries > 99:
		return nil, errors.New("--tries: from 1 to 99")
	}
	all := attacks()
	if s.tls {
		all = attacksWithTLS()
	}
	chosen := choose(all, s.short, s.only)
	if len(chosen) == 0 {
		return nil, fmt.Errorf("--only: no attack has %q in its name: --list lists them", s.only)
	}
	return chosen, nil
}
