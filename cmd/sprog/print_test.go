package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/cli"
)

var at = time.Date(2026, 11, 22, 10, 26, 0, 5e6, time.UTC)

func ringSettings() *settings {
	return &settings{targets: []target{{"MV", "127.0.55.1:1", 2}, {"attic", "127.0.55.2:1", 5}}}
}

func TestResultLines(t *testing.T) {
	ok := client.Receipt{Host: "127.0.55.1:1", Copies: 1, Latency: 3140 * time.Microsecond}
	where := client.Receipt{Host: "127.0.55.2:1"}
	tests := map[string]struct {
		receipt client.Receipt
		err     error
		text    string
		want    string
	}{
		"ok":          {ok, nil, "hello", "MV     ok  1 copy   3.1ms  hello"},
		"copies":      {client.Receipt{Host: "127.0.55.2:1", Copies: 5}, nil, "hello", "attic  ok  5 copies  hello"},
		"again":       {client.Receipt{Host: "127.0.55.2:1", Copies: 1, Resends: 1}, nil, "hello", "attic  ok  1 copy  sent again  hello"},
		"twice":       {client.Receipt{Host: "127.0.55.2:1", Copies: 1, Resends: 2}, nil, "hello", "attic  ok  1 copy  sent again 2 times  hello"},
		"few":         {ok, &client.CopiesError{Have: 1, Want: 3}, "hello", "MV     short  1 of 3 copies   3.1ms  kept by 1 of the 3 hosts asked for so far  hello"},
		"who":         {ok, &client.CopiesError{Have: 1, Want: 3, Detail: "kept, but not yet by G,\x07S"}, "hello", `MV     short  1 of 3 copies   3.1ms  kept, but not yet by G,\x07S  hello`},
		"refused":     {where, &client.RefusedError{Refusal: client.RefusalStopping}, "hello", "attic  refused  the host is stopping  hello"},
		"here":        {client.Receipt{}, &client.RefusedError{Refusal: client.RefusalControl}, "a\x1b[2Jb", `-      refused  a control, line separator or bidi character inside  a\x1b[2Jb`},
		"detail":      {where, &client.RefusedError{Refusal: client.RefusalStorage, Detail: "full\x07"}, "hello", `attic  refused  the host cannot write its log: full\x07  hello`},
		"lost":        {where, fmt.Errorf("%w by 127.0.55.2:1: the time is up", client.ErrUnacknowledged), "hello", "attic  unacknowledged  the time is up  hello"},
		"lost, again": {client.Receipt{Host: "127.0.55.2:1", Resends: 1}, fmt.Errorf("%w by 127.0.55.2:1: gone", client.ErrUnacknowledged), "hello", "attic  unacknowledged  sent again  gone  hello"},
		"unsent":      {client.Receipt{}, errors.New("no"), "hello", "-      unsent  no  hello"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := ringSettings()
			r := s.newResult(at, test.text, test.receipt, test.err)
			if got := r.text(longestShown(s.targets), false); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestResultJSON(t *testing.T) {
	s := ringSettings()
	r := s.newResult(at, `<a> "b"`, client.Receipt{Host: "127.0.55.1:1", Copies: 1, Latency: 3140 * time.Microsecond}, nil)
	want := `{"type":"message","time":"2026-11-22T10:26:00.005Z","host":"MV","address":"127.0.55.1:1","status":"ok","copies":1,"latency_ms":3.14,"text":"<a> \"b\""}`
	if got := marshal(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = s.newResult(at, "\u009bx", client.Receipt{}, &client.RefusedError{Refusal: client.RefusalControl})
	want = `{"type":"message","time":"2026-11-22T10:26:00.005Z","status":"refused","reason":"a control, line separator or bidi character inside","text":"\u009bx"}`
	if got := marshal(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = s.newResult(at, "x", client.Receipt{Host: "127.0.55.1:1", Copies: 1, Resends: 2}, &client.CopiesError{Have: 1, Want: 5, Detail: "kept, but not yet by G"})
	want = `{"type":"message","time":"2026-11-22T10:26:00.005Z","host":"MV","address":"127.0.55.1:1","status":"short","copies":1,"wanted":5,"resends":2,"reason":"kept, but not yet by G","text":"x"}`
	if got := marshal(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	r = s.newResult(at.Truncate(time.Second), "a\xff", client.Receipt{}, &client.RefusedError{Refusal: client.RefusalNotUTF8})
	want = `{"type":"message","time":"2026-11-22T10:26:00.000Z","status":"refused","reason":"not valid UTF-8","text":"a\ufffd","text_hex":"61ff"}`
	if got := marshal(r); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestMarshalText: whoever reads the JSON gets the text back, and a terminal
// gets only what prints.
func TestMarshalText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		r := ringSettings().newResult(at, text, client.Receipt{}, nil)
		line := marshal(r)
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("not all of it prints: %q", line)
		}
		var back result
		if err := json.Unmarshal([]byte(line), &back); err != nil || back.Text != text || back.Hex != "" {
			t.Fatalf("%q comes back as %q, %v", text, back.Text, err)
		}
	})
}

// The reason of an outage is left out once, right after it was told.
func TestAnOutageKeepsItsReason(t *testing.T) {
	o := outage{set: ringSettings(), warn: func(string, ...any) {}}
	o.started(fmt.Errorf("%w: all sleep", client.ErrNoHost))
	late := fmt.Errorf("%w: all sleep; the time is up", client.ErrNoHost)
	for i, want := range []string{"the time is up", "all sleep; the time is up", "all sleep; the time is up"} {
		if got := o.describe(late); got != "no host could be reached: "+want {
			t.Errorf("message %d: %q", i+1, got)
		}
	}
}

func TestTold(t *testing.T) {
	s := ringSettings()
	down := fmt.Errorf("%w: all sleep", client.ErrNoHost)
	if got := s.describe(down); got != "no host could be reached: all sleep" {
		t.Errorf("with a ring file: %q", got)
	}
	s.fallback = true
	if got := s.describe(down); got != "no host could be reached: all sleep; no ring file was found, these are the built-in ring's hosts" {
		t.Errorf("without: %q", got)
	}
	s.fallback, s.local = false, true
	if got := s.describe(down); got != "no host could be reached: all sleep; only 'zog dev' serves clients there, for a host of 'zog run' use -s NAME" {
		t.Errorf("at 127.0.0.1: %q", got)
	}
	if got := s.describe(errors.New("by 127.0.55.1:1, 127.0.55.2:1; 127.0.55.1:11")); got != "by MV, attic; 127.0.55.1:11" {
		t.Errorf("with names: %q", got)
	}
	if got := s.describe(errors.New("no")); got != "no" {
		t.Errorf("another error: %q", got)
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 85 * time.Microsecond: "85µs", 3140 * time.Microsecond: "3.1ms", 31400 * time.Microsecond: "31ms",
		999_900 * time.Microsecond: "1s", 1230 * time.Millisecond: "1.2s", 75*time.Second + 1: "1m15s",
	} {
		if got := short(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestTally(t *testing.T) {
	s := ringSettings()
	tests := map[string]struct {
		sum  client.Summary
		want string
		code int
	}{
		"all": {
			client.Summary{Acknowledged: 10000, Hosts: []string{"127.0.55.1:1"}, Elapsed: 50 * time.Millisecond},
			"10000 messages: 10000 acknowledged, 0 refused, 0 unacknowledged; to MV; 50ms, 200000 a second", 0,
		},
		"none": {client.Summary{}, "0 messages: 0 acknowledged, 0 refused, 0 unacknowledged; 0s", 0},
		"one":  {client.Summary{Refused: 1}, "1 message: 0 acknowledged, 1 refused, 0 unacknowledged; 0s", 3},
		"some": {
			client.Summary{Acknowledged: 3, Refused: 1, Unacknowledged: 2, Unsent: 1, Hosts: []string{"127.0.55.2:1", "127.0.55.1:1", "127.0.55.2:1"}, Elapsed: 2 * time.Second},
			"7 messages: 3 acknowledged, 1 refused, 2 unacknowledged, 1 unsent; to attic, MV; 2s, 1 a second", 3,
		},
		"short": {
			client.Summary{Acknowledged: 3, Short: 2, Resent: 1, Hosts: []string{"127.0.55.1:1"}, Elapsed: time.Second},
			"3 messages: 3 acknowledged, 0 refused, 0 unacknowledged, 2 short of copies, 1 sent again; to MV; 1s, 3 a second", 5,
		},
		"short, and worse": {
			client.Summary{Acknowledged: 2, Short: 1, Refused: 1, Hosts: []string{"127.0.55.1:1"}, Elapsed: time.Second},
			"3 messages: 2 acknowledged, 1 refused, 0 unacknowledged, 1 short of copies; to MV; 1s, 2 a second", 3,
		},
		"nowhere": {
			client.Summary{Unsent: 2, Elapsed: time.Second},
			"2 messages: 0 acknowledged, 0 refused, 0 unacknowledged, 2 unsent; 1s, 0 a second", 4,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			tally := s.tallyOf(&test.sum)
			if got := tally.text(); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			code := 0
			var exit *cli.Exit
			if errors.As(tally.exit(), &exit) {
				code = exit.Code
			}
			if code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
		})
	}
}

// TestNarrator: of what is refused the first lines are shown with their texts. All problems
// are summed up at the end, each once. What went well is not told of.
func TestNarrator(t *testing.T) {
	var out, says bytes.Buffer
	set := ringSettings()
	r := &lineReporter{print: &printer{set: set, out: &out, errOut: &says}, quit: func() {}, outage: outage{set: set}}
	lost := fmt.Errorf("%w: gone", client.ErrUnacknowledged)
	refused := &client.RefusedError{Refusal: client.RefusalTooLong}
	full := &client.RefusedError{Refusal: client.RefusalStorage, Detail: "full\x07"}
	down := errors.New("all are down")
	few := func(who string) error {
		return &client.CopiesError{Have: 1, Want: 3, Detail: "kept, but not yet by " + who}
	}
	for i, err := range []error{
		nil, refused, lost, nil, lost, lost, lost, refused, refused, lost, few("G"), few("G"), few("S"), nil, few("S"),
		refused, refused, refused, full, down, down,
	} {
		r.report(client.Result{Index: i, Text: fmt.Sprintf("text\t%d", i+1), Err: err})
	}
	r.finish(down)
	want := []string{
		`line 2 refused: longer than 509 bytes: text\t2`,
		`line 8 refused: longer than 509 bytes: text\t8`,
		`line 9 refused: longer than 509 bytes: text\t9`,
		`line 19 refused: the host cannot write its log: full\x07: text\t19`,
		"lines 2, 8-9, 16-18 refused: longer than 509 bytes",
		"lines 3, 5-7, 10: not acknowledged: gone",
		"lines 11-12: kept, but not yet by G",
		"lines 13, 15: kept, but not yet by S",
		"stopped at line 20: all are down",
	}
	if got := says.String(); got != "sprog: "+strings.Join(want, "\nsprog: ")+"\n" {
		t.Errorf("said\n%s", got)
	}
	if out.Len() > 0 {
		t.Errorf("results: %q", out.String())
	}
}

// TestProblemsAreToldSoon: a stream without an end does not keep its first problem to itself.
// What was told is told again at the end only if there is more.
func TestProblemsAreToldSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var says bytes.Buffer
		r := &lineReporter{print: &printer{set: ringSettings(), errOut: &says}, quit: func() {}}
		lost := func(host string) error { return fmt.Errorf("%w by %s: gone", client.ErrUnacknowledged, host) }
		want := func(lines ...string) {
			t.Helper()
			r.mu.Lock() // a timer writes too
			defer r.mu.Unlock()
			text := ""
			for _, line := range lines {
				text += "sprog: " + line + "\n"
			}
			if got := says.String(); got != text {
				t.Errorf("said\n%swant\n%s", got, text)
			}
			says.Reset()
		}
		for i := range 3 {
			r.report(client.Result{Index: i, Err: lost("127.0.55.1:1")})
		}
		want()
		time.Sleep(tellAfter)
		synctest.Wait()
		want("lines 1-3: not acknowledged by MV: gone")
		r.report(client.Result{Index: 3, Err: lost("127.0.55.1:1")})
		r.report(client.Result{Index: 4, Err: lost("127.0.55.2:1")})
		time.Sleep(tellAfter)
		synctest.Wait()
		want("line 5: not acknowledged by attic: gone")
		r.finish(nil)
		want("lines 1-4: not acknowledged by MV: gone")
		time.Sleep(time.Minute)
		want()
	})
}

// TestManyTroublesAreToldShortly: with many lines refused, each second one or all,
// and for as many reasons, a screen is enough.
func TestManyTroublesAreToldShortly(t *testing.T) {
	const all = 100_000
	for name, test := range map[string]struct {
		refused func(i int) bool
		reasons int
		last    string
	}{
		"all":             {func(int) bool { return true }, 1, "lines 1-100000 refused: the host cannot write its log: 0"},
		"each second":     {func(i int) bool { return i%2 == 0 }, 1, "lines 1, 3, 5, 7, 9, 11, 13, 15 and 49992 more refused: the host cannot write its log: 0"},
		"for all reasons": {func(int) bool { return true }, all, "lines 16-100000: other reasons"},
	} {
		t.Run(name, func(t *testing.T) {
			var says bytes.Buffer
			r := &lineReporter{print: &printer{set: ringSettings(), errOut: &says}, quit: func() {}}
			for i := range all {
				var err error
				if test.refused(i) {
					err = &client.RefusedError{Refusal: client.RefusalStorage, Detail: fmt.Sprint(i % test.reasons)}
				}
				r.report(client.Result{Index: i, Text: strings.Repeat("x", 600), Err: err})
			}
			r.finish(nil)
			lines := strings.Split(strings.TrimSpace(says.String()), "\n")
			if len(lines) > 25 || says.Len() > 4000 {
				t.Errorf("said %d lines with %d bytes", len(lines), says.Len())
			}
			if got := lines[len(lines)-1]; got != "sprog: "+test.last {
				t.Errorf("summed up as %q", got)
			}
		})
	}
}

func TestExcerpt(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"short":                        "short",
		"a\x1b[2Jb":                    `a\x1b[2Jb`,
		"\xff\xfe":                     `\xff\xfe`,
		strings.Repeat("ä", 60):        strings.Repeat("ä", 60),
		strings.Repeat("ä", 61):        strings.Repeat("ä", 60) + "...",
		strings.Repeat("x", 60) + "\t": strings.Repeat("x", 60) + "...",
	} {
		if got := excerpt(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

func TestPalette(t *testing.T) {
	if got := palette(false).status(statusOK); got != "ok" {
		t.Errorf("without colours: %q", got)
	}
	if got := palette(true).status(statusOK); got != "\x1b[32mok\x1b[0m" {
		t.Errorf("in colour: %q", got)
	}
	if cli.ShowsColours(new(bytes.Buffer)) {
		t.Error("a buffer is taken for a terminal")
	}
}

func TestAnswered(t *testing.T) {
	if got := answered(1234567, 12*time.Second); got != "1234567 answered, 102881 a second, 12s" || len(got) > 39 {
		t.Errorf("it says %q, in %d columns", got, len(got))
	}
	if got := answered(0, 500*time.Millisecond); got != "0 answered, 0 a second, 1s" {
		t.Errorf("it says %q", got)
	}
}
