package cli

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// screen is a terminal of some columns, as far as a status needs one.
type screen struct {
	width  int
	lines  []string // the last one has the cursor
	widest int      // columns that were ever written in a line
}

func newScreen(width int) *screen { return &screen{width: width, lines: []string{""}} }

func (s *screen) Write(b []byte) (int, error) {
	text := strings.ReplaceAll(string(b), clearLine, "\r")
	for _, c := range text {
		last := len(s.lines) - 1
		switch c {
		case '\r':
			s.lines[last] = ""
		case '\n':
			s.lines = append(s.lines, "")
		default:
			s.lines[last] += string(c)
			s.widest = max(s.widest, len(s.lines[last]))
		}
	}
	return len(b), nil
}

// TestStatusNeverWraps: on terminals of all widths the line keeps free of the last
// column, is there while there is work, steps aside for what is printed, and leaves
// nothing.
func TestStatusNeverWraps(t *testing.T) {
	for width, want := range map[int]string{
		200: "1234567 answered, 123456 a second, 12s", 40: "1234567 answered, 123456 a second, 12s",
		30: "1234567 answered, 123456 a se", 20: "1234567 answered, 1", 19: "", 1: "", 0: "", -1: "",
	} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScreen(width)
				var status Status
				status.start(s, func() int { return width }, func() string { return "1234567 answered, 123456 a second, 12s" })
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if got := s.lines[0]; got != want {
					t.Errorf("it shows %q, want %q", got, want)
				}
				status.Aside(func() { fmt.Fprintln(s, "aside") })
				time.Sleep(time.Second)
				status.Stop()
				if got := strings.Join(s.lines, "|"); got != "aside|" {
					t.Errorf("it leaves %q", got)
				}
				if most := max(width-1, len("aside")); s.widest > most {
					t.Errorf("it wrote into column %d", s.widest)
				}
			})
		})
	}
}

// TestStatusOfWhatIsShort: what is done at once needs no status.
func TestStatusOfWhatIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		var status Status
		status.start(&out, func() int { return 80 }, func() string { return "at work" })
		time.Sleep(400 * time.Millisecond)
		status.Stop()
		if out.Len() > 0 {
			t.Errorf("it wrote %q", out.String())
		}
	})
}

// TestStatusOnNoTerminal: a file gets nothing, and the zero value does nothing.
func TestStatusOnNoTerminal(t *testing.T) {
	var out bytes.Buffer
	var status Status
	status.Start(&out, func() string { return "at work" })
	if status.quit != nil {
		t.Error("a buffer is taken for a terminal")
	}
	status.Aside(func() { out.WriteString("aside") })
	status.Stop()
	if out.String() != "aside" {
		t.Errorf("it wrote %q", out.String())
	}
}

// TestStatusAfterASignal: what is printed after a signal does not stand behind the ^C that
// a terminal shows, and there is no empty line where the status has been.
func TestStatusAfterASignal(t *testing.T) {
	for name, test := range map[string]struct {
		width int // 0 does not start the status
		after time.Duration
		want  string
	}{
		"without a status":           {0, time.Second, "^C|told|2 messages|"},
		"before the status is shown": {80, 100 * time.Millisecond, "^C|told|2 messages|"},
		"while the status is shown":  {80, time.Second, "told|2 messages|"},
		"on a narrow terminal":       {10, time.Second, "^C|told|2 messages|"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, ended := newScreen(test.width), make(chan struct{})
				var status Status
				status.until(ended, s)
				if test.width > 0 {
					status.start(s, func() int { return test.width }, func() string { return "at work" })
				}
				time.Sleep(test.after)
				synctest.Wait()
				fmt.Fprint(s, "^C")
				close(ended)
				status.Aside(func() { fmt.Fprintln(s, "told") })
				status.Stop()
				status.Aside(func() { fmt.Fprintln(s, "2 messages") })
				if got := strings.Join(s.lines, "|"); got != test.want {
					t.Errorf("the screen shows %q, want %q", got, test.want)
				}
			})
		})
	}
}
