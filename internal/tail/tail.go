// Package tail prints the messages of a log: for `sprog tail`, which follows a host, and for
// `zog log`, which reads the files of one.
//
//	var f tail.Flags
//	f.Register(cmd)
//	...
//	o, err := f.Options()
//	err = tail.Run(ctx, source, o, tail.Printer{Out: out, Warn: warn})
//
// A [Source] has the messages. Run finds where to begin, leaves out what is not wanted, and
// prints the rest, as text or as JSON. Where it is in the log is a position of package position,
// which it keeps in a cursor file after what is before it was written.
package tail

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/cursor"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

// Message is a message of a log.
type Message struct {
	marks.Run
	Seq  uint64
	Time int64 // Unix seconds, UTC, by the clock of the origin
	Text string
}

// Place is where in a log to begin. The zero Place is the beginning.
type Place struct {
	Kind  PlaceKind
	At    position.Position // of a Given
	Since time.Time         // of a Since: in each run, the first message taken then or later
	Last  int               // of a Last: so many messages before the end
}

// PlaceKind says which of the fields of a Place counts.
type PlaceKind int

// The kinds.
const (
	Begin PlaceKind = iota
	End
	Given
	Since
	Last
)

// Source has the messages of a log.
type Source interface {
	// Resolve returns the position of a place.
	Resolve(ctx context.Context, p Place) (position.Position, error)
	// Read yields the messages after a position. With follow it goes on with those that come;
	// otherwise it ends at the end of the log, as it was when Read began. After a *Missing the
	// loop may go on, and after any other error it ends.
	Read(ctx context.Context, after position.Position, follow bool) iter.Seq2[Message, error]
}

// Missing is the error for messages, or other parts of the log, that should come next and are
// not there.
type Missing struct {
	What string
	Run  marks.Run // of messages
	Last uint64    // the last of these; 0 if it is something else
}

func (e *Missing) Error() string { return e.What }

// Range returns the text for messages of a run: MV.516ogpwa.3-9.
func Range(run marks.Run, first, last uint64) string {
	text := run.Name() + "." + strconv.FormatUint(first, 10)
	if last > first {
		text += "-" + strconv.FormatUint(last, 10)
	}
	return text
}

// ErrMissing is the error of Run if everything else that was asked for was printed, and each
// part that is missing was warned of.
var ErrMissing = errors.New("parts of the log are missing")

// ErrInterrupted is the error of Run if ctx has ended before the end of the log.
var ErrInterrupted = errors.New("interrupted")

// Run prints messages of src. When it follows, it ends without an error if ctx does. An error about
// a cursor file that has no position is a usage error.
func Run(ctx context.Context, src Source, o *Options, p Printer) error {
	t := &tailing{src: src, options: o, warn: p.Warn, last: o.Last, closed: map[marks.Run]bool{}}
	if o.CursorFile != "" {
		unlock, err := cursor.Lock(o.CursorFile)
		if err != nil {
			return cli.Usage(err)
		}
		defer unlock()
		if err = t.openCursor(); err != nil {
			return cli.Usage(err)
		}
	}
	if _, kept := t.kept(); kept { // nothing behind a cursor is left out
		t.last = -1
	}
	at, err := src.Resolve(ctx, t.place())
	if err != nil {
		return t.ended(ctx, err)
	}
	t.out = newOutput(p, o, t.cursor, at)
	err = t.print(ctx, at)
	if failed := t.out.close(); failed != nil {
		return failed
	}
	if err == nil && t.missing {
		err = ErrMissing
	}
	return err
}

// tailing is one Run.
type tailing struct {
	src     Source
	options *Options
	warn    func(format string, args ...any)
	cursor  cursorFile
	out     *output
	last    int // so many of the last ones; -1 is all
	printed int
	missing bool
	closed  map[marks.Run]bool // runs of which nothing more is shown, as it is later than Until
}

// place returns where to begin.
func (t *tailing) place() Place {
	o := t.options
	switch kept, ok := t.kept(); {
	case ok:
		return Place{Kind: Given, At: kept}
	case o.After != nil:
		return Place{Kind: Given, At: *o.After}
	case !o.Since.IsZero():
		return Place{Kind: Since, Since: o.Since}
	case t.lastIsAPlace() && t.last == 0:
		return Place{Kind: End}
	case t.lastIsAPlace():
		return Place{Kind: Last, Last: t.last}
	}
	return Place{}
}

// lastIsAPlace reports whether the last messages that are wanted are the last of the log.
func (t *tailing) lastIsAPlace() bool {
	o := t.options
	return t.last >= 0 && o.Grep == nil && o.Until.IsZero() && o.After == nil && o.Since.IsZero()
}

// print prints from a position on.
func (t *tailing) print(ctx context.Context, at position.Position) error {
	o := t.options
	if t.last < 0 || o.Follow && t.lastIsAPlace() {
		return t.read(ctx, at, o.Follow)
	}
	t.out.hold(t.last)
	err := t.read(ctx, at, false)
	t.printed = t.out.release(o.Count)
	if err != nil || !o.Follow || t.isEnough() {
		return err
	}
	return t.read(ctx, t.out.position(), true)
}

// read prints what the source has after a position.
func (t *tailing) read(ctx context.Context, at position.Position, follow bool) error {
	for m, err := range t.src.Read(ctx, at, follow) {
		switch {
		case err != nil:
			err = t.pass(ctx, err)
		case !t.isLater(&m):
			err = t.add(&m)
		}
		if err != nil || t.isEnough() {
			return err
		}
	}
	return nil
}

// add prints a message, if it is to be shown.
func (t *tailing) add(m *Message) error {
	shown := t.options.Grep == nil || t.options.Grep.MatchString(m.Text)
	held, err := t.out.add(m, shown)
	if shown && !held {
		t.printed++
	}
	return err
}

// isEnough reports whether nothing more is wanted.
func (t *tailing) isEnough() bool { return t.options.Count > 0 && t.printed >= t.options.Count }

// pass warns of what is missing, and goes on behind it. Any other error it returns.
func (t *tailing) pass(ctx context.Context, err error) error {
	var missing *Missing
	if !errors.As(err, &missing) {
		return t.ended(ctx, err)
	}
	if missing.Last > 0 && t.closed[missing.Run] { // it is behind what is wanted, and so behind the cursor
		return nil
	}
	t.missing = true
	t.warn("%v", err)
	if missing.Last > 0 {
		t.out.pass(missing.Run, missing.Last)
	}
	return nil
}

// isLater reports whether a message is later than wanted. What follows it in its run is left
// out too, so that the cursor stays before it.
func (t *tailing) isLater(m *Message) bool {
	until := t.options.Until
	if until.IsZero() {
		return false
	}
	if !time.Unix(m.Time, 0).Before(until) {
		t.closed[m.Run] = true
	}
	return t.closed[m.Run]
}

// ended returns the error of a loop that has ended with err.
func (t *tailing) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() == nil:
		return err
	case t.options.Follow:
		return nil
	}
	return fmt.Errorf("%w", ErrInterrupted)
}
