package main

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/internal/tail"
)

const tailHelp = `Print messages of the log, from any host of the ring: the last 10, or with -f also
those that come, until it is stopped. A line is that of access.log, without the CR
at its end: the time, the identity and the text.

It reads the log of one host. If that host is lost, or sends nothing for 2 s, it
goes on with another one, exactly where it was: each message is printed once, and
the messages of a run in their order. Messages of different hosts may be in another
order on another host. While no host can be reached, -f tries on; without -f it
gives up after --timeout.

With --cursor-file the position in the log is kept in a file, and the next time
sprog tail goes on from there, on any host. The file is written after the messages
before that position were, at most four times a second, and at the end: if sprog
tail is killed, the next one prints again what was printed since. The first time, without the
file, it begins where -n, --since or --after say, or else with the first message of
the log. Later these say nothing: all that came meanwhile is printed. One reader at
a time has the file: FILE.lock beside it is locked meanwhile.

The cursor counts what was written, and not what a program at the other end of a pipe
has read. What is in the pipe is lost if that program is stopped. To handle each
message at least once use sprog exec; or let the program read -o json, keep the
position of the last message that it has handled, and begin with that as --after. A
position is one line of text that means the same on every host.

Without a cursor file to go on from, -n is the last N of what else would be printed.
With --grep that is the last N that match: the whole log is read for it, unless
--since or the like says where to begin. --since and --until compare times of the
hosts that took the messages.

-o json prints one object a line, with time, origin, boot, seq, id, text, position.`

const tailExitHelp = `

Exit codes:
  0  printed what was asked for; or stopped while it followed, with -f
  1  failed, or was stopped before it was at the end
  2  a wrong flag, argument, ring file or cursor file
  4  no host was reached
  7  messages are missing: the log does not have them any more
  141  the reader of the output is gone, as in sprog tail -n all | head -1`

const tailExample = `  sprog tail                                # the last 10 messages
  sprog tail -f -n 0                        # what comes from now on
  sprog tail --since 2h --grep 'door|gate'
  sprog tail -n all -o json | jq -r .text
  sprog tail -f -n 0 --count 1              # wait for the next message
  sprog tail -f --cursor-file seen >> copy  # goes on where it was, on any host
  sprog tail -f -o json --after "$(cat position)" | ./import  # which keeps its position`

// codeMissing is the exit code if parts of the log are missing.
const codeMissing = 7

func newTail(f *flags) *cobra.Command {
	var t tail.Flags
	cmd := &cobra.Command{
		Use:     "tail",
		Short:   "Print messages of the log, also as they come",
		Long:    tailHelp + tailExitHelp,
		Example: tailExample,
		Args:    cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.run(cmd, func(*settings) error { return onlyForSending(cmd) }, func(cmd *cobra.Command, s *settings) error {
				o, err := t.Options(cmd, s.json)
				if err != nil {
					return err
				}
				return printLog(cmd, s, o)
			})
		},
	}
	t.Register(cmd, "10")
	cmd.Flags().StringArrayVar(&f.from, "from", nil, "read from this host: `NAME|ADDR[:PORT]`; several are tried in turn")
	return cmd
}

// onlyForSending returns an error if a flag was given that says how messages are sent.
func onlyForSending(cmd *cobra.Command) error {
	for _, name := range []string{"copies", "no-resend", "showTimestamp"} {
		if cmd.Flags().Changed(name) {
			return cli.Usage(errors.New("--" + name + " does not go with " + cmd.CommandPath()))
		}
	}
	return nil
}

// printLog prints messages of the ring.
func printLog(cmd *cobra.Command, s *settings, o *tail.Options) error {
	var hangup []os.Signal
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		hangup = append(hangup, syscall.SIGHUP)
	}
	soft, _, release := withSignals(cmd, 0, hangup...)
	defer release()
	p := newPrinter(cmd, s, soft)
	l := &ringLog{set: s, warn: p.warn, followed: o.Follow}
	c, err := s.client(soft, l.lost)
	if err != nil {
		return err
	}
	defer c.Close()
	l.client = c
	err = tail.Run(soft, l, o, tail.Printer{Out: p.out, Colours: bool(p.colours), Warn: p.warn})
	switch {
	case errors.Is(err, tail.ErrMissing):
		return &cli.Exit{Code: codeMissing}
	case errors.Is(err, client.ErrNoHost):
		p.warn("%s", s.describe(err))
		return &cli.Exit{Code: codeNoHost}
	}
	return err
}

// ringLog is the log of the ring, as its hosts send it.
type ringLog struct {
	set      *settings
	client   *client.Client
	warn     func(format string, args ...any)
	followed bool
	down     atomic.Bool // no host can be reached, and that was said
}

// lost says once that no host can be reached.
func (l *ringLog) lost(err error) {
	if !l.down.Swap(true) {
		trying := "trying on"
		if !l.followed {
			trying = l.set.trying()
		}
		l.warn("%s; %s", l.set.describe(err), trying)
	}
}

// reached says that a host can be reached again.
func (l *ringLog) reached() {
	if l.down.Load() && l.down.Swap(false) {
		l.warn("a host is reached")
	}
}

// Resolve implements tail.Source.
func (l *ringLog) Resolve(ctx context.Context, p tail.Place) (position.Position, error) {
	from, err := clientPosition(p)
	if err != nil {
		return position.Position{}, err
	}
	at, err := l.find(ctx, from)
	if err != nil {
		return position.Position{}, err
	}
	return position.Parse(at.String())
}

// find returns the position of a place. While the log is followed, no host is a reason to try on.
func (l *ringLog) find(ctx context.Context, from client.Position) (client.Position, error) {
	for {
		at, err := l.client.Resolve(ctx, from)
		switch {
		case err == nil:
			l.reached()
			return at, nil
		case !l.followed || !errors.Is(err, client.ErrNoHost) || ctx.Err() != nil:
			return at, err
		}
		l.lost(err)
	}
}

// clientPosition returns a place as the client names it.
func clientPosition(p tail.Place) (client.Position, error) {
	switch p.Kind {
	case tail.End:
		return client.End(), nil
	case tail.Since:
		return client.Since(p.Since), nil
	case tail.Last:
		return client.Last(p.Last), nil
	}
	return client.ParsePosition(p.At.String())
}

// Read implements tail.Source.
func (l *ringLog) Read(ctx context.Context, after position.Position, follow bool) iter.Seq2[tail.Message, error] {
	return func(yield func(tail.Message, error) bool) {
		from, err := client.ParsePosition(after.String())
		if err != nil {
			yield(tail.Message{}, err)
			return
		}
		messages := l.client.Read(ctx, from)
		if follow {
			messages = l.client.Follow(ctx, from)
		}
		for m, err := range messages {
			if err == nil {
				l.reached()
			}
			if follow && errors.Is(err, client.ErrNoHost) && ctx.Err() == nil {
				l.lost(err)
				continue
			}
			if !yield(message(&m), l.explained(err)) {
				return
			}
		}
	}
}

func message(m *client.Message) tail.Message {
	return tail.Message{Run: marks.Run{Origin: m.ID.Origin, Boot: m.ID.Boot}, Seq: m.ID.Seq, Time: m.Time.Unix(), Text: m.Text}
}

// explained returns a hole as tail names it, and any other error as it is.
func (l *ringLog) explained(err error) error {
	hole := new(client.HoleError)
	if !errors.As(err, &hole) {
		return err
	}
	return &tail.Missing{
		What: l.set.named(visible(hole.Error())), Run: marks.Run{Origin: hole.First.Origin, Boot: hole.First.Boot}, Last: hole.Last,
	}
}
