package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// style is the look of a character: the parameter of an SGR control sequence.
type style int

const (
	plain  style = 0
	bold   style = 1
	red    style = 31
	green  style = 32
	yellow style = 33
	cyan   style = 36
)

// styles has the CSS of each style.
var styles = map[style]string{
	plain: "fill: #c9d1d9", bold: "fill: #ffffff; font-weight: bold", red: "fill: #ff8a80",
	green: "fill: #7ee787", yellow: "fill: #f2cc60", cyan: "fill: #79c0ff",
}

// sgr returns the control sequence that switches to a style.
func sgr(s style) string { return fmt.Sprintf("\x1b[%dm", s) }

// cell is a character on a terminal.
type cell struct {
	r     rune
	style style
}

// frame is a move of the cursor. Since draw refuses output that overwrites, the cursor
// determines what is visible: all text before it, and none after it.
type frame struct {
	at       time.Duration
	typed    time.Duration // the cursor moves letter by letter in this time; 0: it jumps
	row, col int
}

func (f frame) end() time.Duration { return f.at + f.typed }

// picture is a whole session on a terminal without end.
type picture struct {
	rows   [][]cell
	frames []frame // the first at 0; each begins at least a tick after the end of the one before
}

// tick is the shortest time between two frames.
const tick = 20 * time.Millisecond

// draw returns what a terminal shows when it receives events, which are in the order of their
// times. It knows line ends and the styles. Any other control sequence is an error, and so is
// a line that is longer than columns.
func draw(events []event, columns int) (*picture, error) {
	p := &picture{rows: [][]cell{nil}, frames: []frame{{}}}
	var now style
	for _, e := range events {
		text := e.text
		for text != "" {
			n, err := p.put(text, &now, columns)
			if err != nil {
				return nil, err
			}
			text = text[n:]
		}
		p.show(e)
	}
	return p, nil
}

// put carries out the first character or control sequence of a text, and returns its length
// in bytes.
func (p *picture) put(text string, now *style, columns int) (int, error) {
	last := &p.rows[len(p.rows)-1]
	r, n := utf8.DecodeRuneInString(text)
	switch {
	case r == '\n':
		p.rows = append(p.rows, nil)
		return n, nil
	case r == '\r' && strings.HasPrefix(strings.TrimLeft(text, "\r"), "\n"):
		return n, nil
	case r == '\x1b':
		for s := range styles {
			if strings.HasPrefix(text, sgr(s)) {
				*now = s
				return len(sgr(s)), nil
			}
		}
	case r >= ' ' && r != '\x7f' && (r != utf8.RuneError || n > 1):
		*last = append(*last, cell{r, *now})
		if len(*last) > columns {
			return 0, fmt.Errorf("more than %d columns: %s", columns, letters(*last))
		}
		return n, nil
	}
	return 0, fmt.Errorf("cannot be drawn: %q", text)
}

// show adds the frame of an event. If the last frame is less than a tick old, it extends that one.
func (p *picture) show(e event) {
	last := &p.frames[len(p.frames)-1]
	row := len(p.rows) - 1
	col := len(p.rows[row])
	if e.typed == 0 && last.typed == 0 && e.at < last.at+tick {
		last.row, last.col = row, col
		return
	}
	p.frames = append(p.frames, frame{max(e.at, last.end()+tick), e.typed, row, col})
}

func letters(cells []cell) string {
	var b strings.Builder
	for _, c := range cells {
		b.WriteRune(c.r)
	}
	return b.String()
}
