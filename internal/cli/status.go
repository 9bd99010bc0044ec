package cli

import (
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

const (
	statusAfter = 500 * time.Millisecond // what is done sooner needs no status
	statusEvery = 200 * time.Millisecond
	// statusWidth is the narrowest terminal that gets a status, in columns. One that
	// does not know its width says 0: a line that may wrap cannot be taken away again.
	statusWidth = 20
)

// Status is the last line of a terminal. While a command works it may say how far that
// is, and goes away for all that is printed by Aside. The zero value shows nothing.
type Status struct {
	to    io.Writer
	width func() int    // of the terminal now, in columns
	text  func() string // printable ASCII, in one line

	mu    sync.Mutex // the terminal is one's alone
	shown bool
	ended <-chan struct{} // nil once that has been seen to
	quit  chan struct{}
	done  chan struct{}
}

// Until tells that a signal which ends the command closes ended. If w is a terminal it
// shows ^C then, and what is printed next begins a new line.
func (s *Status) Until(ended <-chan struct{}, w io.Writer) {
	if IsTerminal(w) {
		s.until(ended, w)
	}
}

func (s *Status) until(ended <-chan struct{}, w io.Writer) { s.ended, s.to = ended, w }

// Start shows what text returns, again and again, if w is a terminal that can take a
// line away. On anything else it shows nothing. The caller calls Stop.
func (s *Status) Start(w io.Writer, text func() string) {
	if file, ok := w.(descriptor); ok && CanErase(w) {
		s.start(w, func() int { return columns(file) }, text)
	}
}

// columns returns the width of a terminal, 0 if it does not know.
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

// paint shows the line until it is told to quit.
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

// Aside takes the line away while do prints.
func (s *Status) Aside(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	do()
}

// Stop takes the line away for good.
func (s *Status) Stop() {
	if s.quit == nil {
		return
	}
	close(s.quit)
	<-s.done
	s.clear()
}

// clearLine goes to the begin of the line and empties it.
const clearLine = "\r\x1b[K"

// clear leaves the cursor at the begin of an empty line.
func (s *Status) clear() {
	behind := s.signalled() // the line, or nothing
	switch {
	case s.shown:
		s.write(clearLine)
	case behind:
		s.write("\n")
	}
	s.shown = false
}

// signalled tells once that the command was ended by a signal.
func (s *Status) signalled() bool {
	select {
	case <-s.ended:
		s.ended = nil
		return true
	default:
		return false
	}
}

// write ignores errors: a terminal that is gone is no reason to stop.
func (s *Status) write(text string) { _, _ = io.WriteString(s.to, text) }

// fit cuts a text so that it does not wrap on a terminal of this width: the last column
// stays free, since some terminals wrap when it is written. Where nothing fits it is
// empty.
func fit(text string, width int) string {
	if width < statusWidth {
		return ""
	}
	return text[:min(len(text), width-1)]
}
