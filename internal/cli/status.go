package cli

import (
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	statusAfter = 500 * time.Millisecond // shorter work needs no status line
	statusEvery = 200 * time.Millisecond
	// statusWidth is the narrowest terminal that shows a status, in columns. A terminal
	// that does not know its width reports 0. On it the line might wrap, and could not be
	// erased.
	statusWidth = 20
)

// Status is a status line at the bottom of a terminal, which shows the progress of a
// command. It is erased while Aside prints. The zero value shows nothing.
type Status struct {
	to    io.Writer
	width func() int    // of the terminal, in columns
	text  func() string // one line of printable ASCII

	mu    sync.Mutex // held while something is printed
	shown bool
	ended <-chan struct{} // nil after signalled has returned true
	quit  chan struct{}
	done  chan struct{}
}

// Until sets a channel that a signal closes when it ends the command. If w is a terminal,
// it shows ^C then, and the next output starts on a new line.
func (s *Status) Until(ended <-chan struct{}, w io.Writer) {
	if IsTerminal(w) {
		s.until(ended, w)
	}
}

func (s *Status) until(ended <-chan struct{}, w io.Writer) { s.ended, s.to = ended, w }

// Start shows the result of text, and refreshes it, if w is a terminal that can erase a
// line. Otherwise it shows nothing. The caller calls Stop.
func (s *Status) Start(w io.Writer, text func() string) {
	if file, ok := w.(descriptor); ok && CanErase(w) {
		s.start(w, func() int { return columns(file) }, text)
	}
}

// columns returns the width of a terminal, 0 if it is unknown.
func columns(file descriptor) int {
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

func (s *Status) start(w io.Writer, width func() int, text func() string) {
	s.to, s.width, s.text = w, width, text
	s.quit, s.done = make(chan struct{}), make(chan struct{})
	go s.paint()
}

// paint refreshes the line until quit is closed.
func (s *Status) paint() {
	defer close(s.done)
	next := time.NewTimer(statusAfter)
	defer next.Stop()
	for {
		select {
		case <-next.C:
			s.show()
			next.Reset(statusEvery)
		case <-s.quit:
			return
		}
	}
}

func (s *Status) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fit(s.text(), s.width())
	if line == "" {
		s.clear()
		return
	}
	s.write(clearLine + line)
	s.shown = true
}

// Aside erases the line and calls do, which prints. The line comes back at its next
// refresh.
func (s *Status) Aside(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	do()
}

// Stop erases the line and ends it.
func (s *Status) Stop() {
	if s.quit == nil {
		return
	}
	close(s.quit)
	<-s.done
	s.clear()
}

// clearLine moves to the start of the line and erases it.
const clearLine = "\r\x1b[K"

// clear leaves the cursor at the start of an empty line.
func (s *Status) clear() {
	interrupted := s.signalled() // the terminal shows ^C
	switch {
	case s.shown:
		s.write(clearLine)
	case interrupted:
		s.write("\n")
	}
	s.shown = false
}

// signalled reports, once, that a signal has ended the command.
func (s *Status) signalled() bool {
	select {
	case <-s.ended:
		s.ended = nil
		return true
	default:
		return false
	}
}

// write ignores errors: a command does not stop because its terminal is gone.
func (s *Status) write(text string) { _, _ = io.WriteString(s.to, text) }

// fit shortens a text so that it does not wrap on a terminal of this width. It leaves the
// last column free, as some terminals wrap when that is written. If the terminal is too
// narrow, it returns an empty string.
func fit(text string, width int) string {
	if width < statusWidth {
		return ""
	}
	return text[:min(len(text), width-1)]
}
