package tail

import (
	"io"
	"sync"
	"time"

	"xlattice.org/zog/internal/cursor"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

// Printer is where a Run prints.
type Printer struct {
	Out     io.Writer // gets whole lines
	Colours bool
	Warn    func(format string, args ...any) // of what is wrong, one line each
}

const (
	// maxUnwritten is how many bytes of lines wait to be written before reading pauses.
	maxUnwritten = 256 << 10
	// keepEvery is the least time between two writes of the cursor file. One who is killed prints
	// again what was printed since the last one.
	keepEvery = 250 * time.Millisecond
)

// cursorFile keeps the text of a position; *cursor.File does.
type cursorFile interface{ Keep(text string) error }

// output writes lines, and then the cursor, in a goroutine of its own. While one write lasts the
// next lines gather: so there is no delay when they are few, and few writes when they are many.
type output struct {
	to     io.Writer
	cursor cursorFile // or nil

	mu      sync.Mutex
	room    sync.Cond
	format  format
	at      *position.Moving // after the lines that were added
	moved   bool             // at has moved since it was kept
	buf     []byte           // lines that are not written
	spare   []byte           // what buf was before
	holding bool             // lines are kept in last, and nothing is written
	last    ring
	err     error

	wake  chan struct{}
	done  chan struct{}
	begun bool      // where it begins was kept
	kept  time.Time // when the cursor was kept after that
}

func newOutput(p Printer, o *Options, c cursorFile, at position.Position) *output {
	out := &output{
		to: p.Out, cursor: c, format: newFormat(o, p.Colours), at: at.Moving(), moved: c != nil,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	out.room.L = &out.mu
	out.wake <- struct{}{} // to keep where it begins
	go out.run()
	return out
}

// add moves the position behind a message, and prints it if it is to be shown. It reports
// whether the line is held.
func (o *output) add(m *Message, shown bool) (held bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.buf) >= maxUnwritten && o.err == nil {
		o.room.Wait()
	}
	if o.err != nil {
		return false, o.err
	}
	asleep := len(o.buf) == 0 && (shown || !o.moved)
	o.at.Raise(m.Run, m.Seq)
	o.moved = o.cursor != nil
	switch {
	case o.holding && shown:
		o.last.add(o.format.append(nil, m, o.at), o.at)
	case shown:
		o.buf = o.format.append(o.buf, m, o.at)
	}
	if asleep && !o.holding {
		o.signal()
	}
	return o.holding, nil
}

// pass moves the position behind messages that are missing.
func (o *output) pass(run marks.Run, last uint64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at.Raise(run, last)
	o.moved = o.cursor != nil
	o.signal()
}

// position returns the position behind all that was added.
func (o *output) position() position.Position {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at.Position()
}

// hold keeps the last n lines, and writes nothing, until release.
func (o *output) hold(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holding, o.last = true, ring{most: n}
}

// release writes what was held, but not more than count lines if that is not 0. It returns how
// many. The position is then behind the last of them.
func (o *output) release(count int) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.holding = false
	for held := range o.last.all {
		if count > 0 && n == count {
			break
		}
		o.buf = append(o.buf, held.line...)
		if n++; n == count {
			o.at = held.at.Moving()
		}
	}
	o.last = ring{}
	o.signal()
	return n
}

func (o *output) signal() {
	select {
	case o.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// close writes the rest, and keeps the cursor. It returns the first error.
func (o *output) close() error {
	close(o.wake)
	<-o.done
	return o.err
}

// run writes until close.
func (o *output) run() {
	defer close(o.done)
	alarm := time.NewTimer(0)
	defer alarm.Stop()
	for open := true; open; {
		select {
		case _, open = <-o.wake:
		case <-alarm.C:
		}
		for o.write(!open) {
		}
		if o.isToKeep() {
			alarm.Reset(max(0, keepEvery-time.Since(o.kept)))
		}
	}
}

// isToKeep reports whether the cursor is behind.
func (o *output) isToKeep() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.moved && !o.holding && o.err == nil
}

// write writes the lines that wait, and keeps the cursor if it is time, or the last time. It
// reports whether there is more to do.
func (o *output) write(last bool) (more bool) {
	lines, at := o.take(last)
	if len(lines) == 0 && at == "" {
		return false
	}
	var err error
	if len(lines) > 0 {
		_, err = o.to.Write(lines)
	}
	if err == nil && at != "" {
		err = o.cursor.Keep(at)
		if o.begun { // else the first lines are not to wait
			o.kept = time.Now()
		}
		o.begun = true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(lines) > 0 {
		o.spare = lines
	}
	if err != nil {
		o.err = err
	}
	o.room.Broadcast()
	return err == nil && len(o.buf) > 0
}

// take returns the lines that wait, and the position after them if it is to be kept.
func (o *output) take(last bool) (lines []byte, at string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil || o.holding {
		return nil, ""
	}
	if len(o.buf) > 0 {
		lines, o.buf, o.spare = o.buf, o.spare[:0], nil
	}
	if o.moved && (last || time.Since(o.kept) >= keepEvery) {
		at, o.moved = string(o.at.AppendText(nil)), false
	}
	return lines, at
}

// openCursor opens the cursor file.
func (t *tailing) openCursor() error {
	c, err := cursor.Open(t.options.CursorFile)
	if err != nil {
		return err
	}
	t.cursor = c
	return nil
}

// kept returns the position in the cursor file, if there is one.
func (t *tailing) kept() (position.Position, bool) {
	if c, ok := t.cursor.(*cursor.File); ok {
		return c.Kept()
	}
	return position.Position{}, false
}

// ring is the last lines.
type ring struct {
	most  int
	lines []held
	next  int
}

// held is a line, and the position behind it.
type held struct {
	line []byte
	at   position.Position
}

func (r *ring) add(line []byte, at *position.Moving) {
	switch {
	case r.most == 0:
	case len(r.lines) < r.most:
		r.lines = append(r.lines, held{line, at.Position()})
	default:
		r.lines[r.next] = held{line, at.Position()}
		r.next = (r.next + 1) % r.most
	}
}

// all yields the lines, oldest first.
func (r *ring) all(yield func(held) bool) {
	for i := range r.lines {
		if !yield(r.lines[(r.next+i)%len(r.lines)]) {
			return
		}
	}
}
