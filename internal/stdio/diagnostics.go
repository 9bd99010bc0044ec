package stdio

import (
	"bytes"
	"fmt"
	"sync"
	"time"
)

// maxQueued is how many bytes of lines may wait to be written.
const maxQueued = 1 << 20

// Diagnostics writes lines to a file in the order of the calls to Write, one line for
// each call. A goroutine does the writing, so that Write never blocks. A line that
// does not fit into the queue, or cannot be written, is dropped and counted. When
// something can be written again, a note says how many lines were dropped at this
// place. It is safe for concurrent use.
type Diagnostics struct {
	file File
	done chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	changed *sync.Cond // signals changes of the fields below
	note    func(dropped int) []byte
	queue   []line
	size    int // bytes in queue; at most maxQueued
	dropped int // lines dropped after the newest one in queue
	closed  bool
	writing bool // a line that has left the queue is being written
	stalled bool // Flush has timed out since the queue was empty

	// Only the goroutine uses these.
	lost int  // lines dropped since the last one written
	torn bool // the last write ended within a line
}

// line is a line in the queue, and how many were dropped before it.
type line struct {
	text    []byte // with its line end; nil for a note about dropped lines alone
	dropped int
}

// NewDiagnostics returns a writer to file. The caller closes it, and keeps the file.
func NewDiagnostics(file File) *Diagnostics {
	d := &Diagnostics{file: file, note: plainNote, done: make(chan struct{})}
	d.changed = sync.NewCond(&d.mu)
	go d.run()
	return d
}

// Dropped returns the text of a note.
func Dropped(lines int) string {
	if lines == 1 {
		return "1 line of diagnostics was dropped"
	}
	return fmt.Sprintf("%d lines of diagnostics were dropped", lines)
}

func plainNote(dropped int) []byte { return []byte(Dropped(dropped) + "\n") }

// SetNote sets the format of a note: a whole line, with its line end. format is
// called in the goroutine that writes, and must not write to d.
func (d *Diagnostics) SetNote(format func(dropped int) []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.note = format
}

// Write implements io.Writer. It never fails and never blocks: a line that is dropped
// is counted.
func (d *Diagnostics) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || !d.fits(len(p)) {
		d.dropped++
	} else {
		d.queue = append(d.queue, line{bytes.Clone(p), d.dropped})
		d.size, d.dropped = d.size+len(p), 0
	}
	d.changed.Broadcast()
	return len(p), nil
}

// fits reports whether a line may be queued. Once a line was dropped, others are
// dropped too until half of the queue is free: a few large gaps are easier to read
// than many small ones.
func (d *Diagnostics) fits(size int) bool {
	limit := maxQueued
	if d.dropped > 0 {
		limit /= 2
	}
	return d.size+size <= limit
}

// Fd returns the descriptor of the file, to find out whether it is a terminal.
func (d *Diagnostics) Fd() uintptr { return d.file.Fd() }

// Flush waits until all lines are written, at most for within. After a timeout it
// does not wait again until everything was written.
func (d *Diagnostics) Flush(within time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.idle() {
		return
	}
	late := time.AfterFunc(within, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.stalled = !d.idle()
		d.changed.Broadcast()
	})
	defer late.Stop()
	for !d.idle() && !d.stalled {
		d.changed.Wait()
	}
}

// idle reports whether all lines are written.
func (d *Diagnostics) idle() bool { return len(d.queue) == 0 && !d.writing }

// Close writes what is queued, at most for within, and drops all later lines. It
// reports whether everything was written or counted. If not, the goroutine is still
// in a write to the file, and ends with that.
func (d *Diagnostics) Close(within time.Duration) bool {
	d.mu.Lock()
	d.closed = true
	d.changed.Broadcast()
	d.mu.Unlock()
	late := time.NewTimer(within)
	defer late.Stop()
	select {
	case <-d.done:
		return true
	case <-late.C:
		return false
	}
}

func (d *Diagnostics) run() {
	defer close(d.done)
	for {
		l, note, more := d.next()
		if !more {
			return
		}
		d.writeLine(l, note)
	}
}

// next waits for a line, or for dropped ones to note. more is false once d is closed
// and nothing is left.
func (d *Diagnostics) next() (l line, note func(int) []byte, more bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.writing = false
	d.stalled = d.stalled && !d.idle()
	d.changed.Broadcast()
	for len(d.queue) == 0 && d.dropped == 0 && !d.closed {
		d.changed.Wait()
	}
	d.writing = len(d.queue) > 0 || d.dropped > 0
	if len(d.queue) > 0 {
		l, d.queue[0] = d.queue[0], line{} // frees the text
		d.queue = d.queue[1:]
		d.size -= len(l.text)
		return l, d.note, true
	}
	l, d.dropped = line{dropped: d.dropped}, 0
	return l, d.note, l.dropped > 0
}

// writeLine writes a note about dropped lines, if there are any, and the line.
func (d *Diagnostics) writeLine(l line, note func(int) []byte) {
	d.lost += l.dropped
	if d.lost > 0 && d.write(note(d.lost)) {
		d.lost = 0
	}
	if l.text != nil && (d.lost > 0 || !d.write(l.text)) {
		d.lost++
	}
}

// write writes a whole line. If the last write has failed within a line it begins a
// new one.
func (d *Diagnostics) write(text []byte) bool {
	if d.torn {
		text = append([]byte("\n"), text...)
	}
	n, err := d.file.Write(text)
	d.torn = err != nil && (d.torn || n > 0)
	return err == nil
}
