package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/cursor"
	"xlattice.org/zog/internal/dispatch"
	"xlattice.org/zog/internal/program"
)

// execRun is a sprog exec that runs.
type execRun struct {
	*executor
	set     *settings
	print   *printer
	log     ringLog
	cursor  *cursor.File
	program program.Program
	failure error // why the log cannot be followed any more
}

// do runs the program for each message until a signal, or until it fails.
func (e *executor) do(cmd *cobra.Command, s *settings) error {
	soft, hard, release := untilTwoSignals(cmd)
	defer release()
	passSIGPIPE()
	unlock, err := cursor.Lock(e.cursorFile)
	if err != nil {
		return cli.Usage(err)
	}
	defer unlock()
	r := &execRun{executor: e, set: s, print: newPrinter(cmd, s, soft)}
	r.log.set, r.log.warn, r.log.followed = s, r.print.warn, true
	r.program = program.Program{Path: e.program, Args: e.args, Limit: time.Duration(e.limit), Stdout: os.Stdout, Stderr: os.Stderr}
	if r.cursor, err = cursor.Open(e.cursorFile); err != nil {
		return cli.Usage(err)
	}
	if r.log.client, err = s.client(soft, r.log.lost); err != nil {
		return err
	}
	defer r.log.client.Close()
	from, err := r.begin(soft)
	if err != nil {
		return r.ended(soft, hard, err)
	}
	return r.ended(soft, hard, dispatch.Run(soft, hard, r.config(), func(ctx context.Context) iter.Seq[step] { return r.steps(ctx, from) }))
}

// step is what the log has next: a message to handle, or only a position.
type step = dispatch.Step[client.Message, client.Position]

// begin returns the position to go on from, and writes the cursor file if there is none. So what comes while nothing
// was handled yet is not missed after a restart.
func (r *execRun) begin(soft context.Context) (client.Position, error) {
	if at, kept := r.cursor.Kept(); kept {
		return client.ParsePosition(at.String())
	}
	from := client.End()
	if r.all {
		from = client.Begin()
	}
	at, err := r.log.find(soft, from)
	if err != nil {
		return at, err
	}
	return at, r.save(at)
}

func (r *execRun) save(at client.Position) error { return r.cursor.Keep(at.String()) }

// config returns how messages are handled.
func (r *execRun) config() dispatch.Config[client.Message, client.Position] {
	c := dispatch.Config[client.Message, client.Position]{
		Parallel: r.parallel, Tries: r.tries, Handle: r.handle, Save: r.save,
		Retrying: func(m client.Message, err error, pause time.Duration) {
			r.print.warn("%s: %s %v; trying again in %s", m.ID, r.args[0], err, short(pause))
		},
	}
	if r.skip {
		c.GaveUp = func(m client.Message, err error) {
			r.print.warn("%s: %s %v; skipped, as --skip-failed says", m.ID, r.args[0], err)
		}
	}
	return c
}

// handle runs the program for a message.
func (r *execRun) handle(ctx context.Context, m client.Message) error {
	began := time.Now()
	err := r.program.Run(ctx, m.Text,
		"ZOG_ID="+m.ID.String(), "ZOG_ORIGIN="+m.ID.Origin, "ZOG_BOOT="+strconv.FormatUint(m.ID.Boot, 36),
		"ZOG_SEQ="+strconv.FormatUint(m.ID.Seq, 10), "ZOG_TIME="+m.Time.UTC().Format(time.RFC3339))
	if err == nil && r.set.verbose {
		r.print.warn("%s: %s ended with code 0 after %s", m.ID, r.args[0], short(time.Since(began)))
	}
	return err
}

// steps returns the log after a position, until ctx ends.
func (r *execRun) steps(ctx context.Context, from client.Position) iter.Seq[step] {
	return func(yield func(step) bool) {
		for m, err := range r.log.client.Follow(ctx, from) {
			var hole *client.HoleError
			next := step{Item: m}
			switch {
			case ctx.Err() != nil:
				return
			case err == nil:
				r.log.reached()
				next.After, next.Pass = m.Position(), r.wanted != nil && !r.wanted.MatchString(m.Text)
			case errors.As(err, &hole):
				r.print.warn("%s", r.set.named(err.Error()))
				next.After, next.Pass = hole.Position(), true
			case errors.Is(err, client.ErrNoHost):
				r.log.lost(err)
				continue
			default:
				r.failure = err
				return
			}
			if !yield(next) {
				return
			}
		}
	}
}

// ended returns the error of the command when everything has ended, for a reason.
func (r *execRun) ended(soft, hard context.Context, err error) error {
	var failed *dispatch.FailedError[client.Message]
	switch {
	case errors.As(err, &failed):
		return &cli.Exit{Code: codeProgram, Err: fmt.Errorf("%s: %s %v, %s; the cursor is before it", failed.Item.ID, r.args[0],
			failed.Err, triedTimes(failed.Tries))}
	case hard.Err() != nil:
		return errors.New("ended at once: programs that ran were killed, and are run again at the next start")
	case soft.Err() != nil && (err == nil || errors.Is(err, context.Canceled)):
		return nil
	case err != nil:
		return err
	}
	return r.failure
}

func triedTimes(n int) string {
	switch n {
	case 1:
		return "and --retry is 0"
	case 2:
		return "also the second time"
	}
	return fmt.Sprintf("%d times", n)
}
