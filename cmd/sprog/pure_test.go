package main

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// TestContentFits: whatever the host is called and whatever boot and seq it has
// reached, the line keeps within 80 columns and the text is a good one.
func TestContentFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-z0-9-]{1,16}`).Draw(t, "name")
		seed := rapid.Uint64().Draw(t, "seed")
		least, most := lengths(len(name))
		text := content(rand.New(rand.NewPCG(seed, 1)), least, most) + "\r\n"
		r := record.Record{Origin: name, Boot: record.MaxBoot, Seq: 9_999_999_999, Time: 1e9, Text: []byte(text)}
		if err := r.Check(); err != nil {
			t.Fatal(err)
		}
		line := new(record.Formatter).Append(nil, &r)
		if columns := len(line) - len("\r\n"); columns > 80 {
			t.Fatalf("%d columns: %s", columns, line)
		}
		if strings.ContainsFunc(strings.TrimSpace(text), func(r rune) bool { return r <= ' ' || r > '~' }) {
			t.Fatalf("not all of it prints: %q", text)
		}
	})
}

func TestLengths(t *testing.T) {
	for name, want := range map[int][2]int{1: {32, 37}, 2: {32, 36}, 6: {32, 32}, 7: {31, 31}, 16: {22, 22}, 99: {22, 22}} {
		if least, most := lengths(name); least != want[0] || most != want[1] {
			t.Errorf("for a name of %d: %d to %d, want %v", name, least, most, want)
		}
	}
	seen := map[int]bool{}
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		seen[len(content(r, 32, 36))] = true
	}
	if len(seen) != 5 {
		t.Errorf("lengths that occur: %v", seen)
	}
}

func TestFindTarget(t *testing.T) {
	ring := config.Loopback(5)
	tests := map[string]struct {
		target
		ok bool
	}{
		"LA":                 {target{"LA", "127.0.55.4:700", 2}, true},
		"la":                 {target{"LA", "127.0.55.4:700", 2}, true},
		"LA:9":               {target{"LA", "127.0.55.4:9", 2}, true},
		"127.0.55.4":         {target{"LA", "127.0.55.4:700", 2}, true},
		"127.0.55.4:9":       {target{"LA", "127.0.55.4:9", 2}, true},
		"127.0.9.9":          {target{"127.0.9.9", "127.0.9.9:700", 16}, true},
		"127.0.9.9:9":        {target{"127.0.9.9:9", "127.0.9.9:9", 16}, true},
		"::1":                {target{"::1", "[::1]:700", 16}, true},
		"[::1]:9":            {target{"[::1]:9", "[::1]:9", 16}, true},
		"[::1]":              {target{"[::1]", "[::1]:700", 16}, true},
		"::ffff:127.0.55.4":  {target{"LA", "127.0.55.4:700", 2}, true},
		"[::ffff:127.0.9.9]": {target{"[::ffff:127.0.9.9]", "127.0.9.9:700", 16}, true},
		"fe80::1%lo":         {target{"fe80::1%lo", "[fe80::1%lo]:700", 16}, true},
		"localhost":          {target{"localhost", "127.0.0.1:700", 16}, true},
		"localhost:9":        {target{"localhost:9", "127.0.0.1:9", 16}, true},
		"six":                {target{"six", "[::1]:700", 16}, true},
		"la.house":           {target{"LA", "127.0.55.4:700", 2}, true},
		"la.house:9":         {target{"LA", "127.0.55.4:9", 2}, true},
		"nobody.invalid":     {},
		"nobody.invalid:9":   {},
		"":                   {},
		":9":                 {},
		"LA:":                {},
		"LA:0":               {},
		"LA:70000":           {},
		"LA:http":            {},
		"LA:9:9":             {},
		"127.0.55.4:0":       {},
		"127.0.55.4:xyz":     {},
		"127.0.55.4:70000":   {},
		"127.0.55":           {},
		"1270055":            {},
		"127.0.0.256":        {},
		"::1:9::":            {},
		"[::1":               {},
		"[::1]9":             {},
		"[::1]:":             {},
		"[::1]:0":            {},
		"[127.0.0.1]:9":      {},
		"[LA]:9":             {},
		"0.0.0.0":            {},
		"[::]:9":             {},
		"224.0.0.1":          {},
		"255.255.255.255":    {},
		"http://LA":          {},
		"two words":          {},
		"la/house":           {},
	}
	for text, want := range tests {
		t.Run(text, func(t *testing.T) {
			got, err := findTarget("specificHost", text, ring, 700, house)
			if got != want.target || (err == nil) != want.ok {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	const allowed = ": give a host of the ring (MV, PA, G, LA, S), a name that this machine can look up, or an IP address, and :PORT behind it if it has another"
	for text, want := range map[string]string{
		"XX":      `--specificHost: "XX" cannot be looked up` + allowed,
		"[::1":    `--specificHost: "[::1" is no name or address` + allowed,
		"0.0.0.0": `--specificHost: "0.0.0.0" is not the address of one host` + allowed,
		"LA:x":    `--specificHost: "LA:x": want a port, 1 to 65535, after the last colon`,
	} {
		if _, err := findTarget("specificHost", text, ring, 700, house); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// house looks up the names of a house.
func house(name string) ([]netip.Addr, error) {
	known := map[string][]string{
		"localhost": {"::1", "127.0.0.1"}, "six": {"::1"}, "la.house": {"127.0.9.9", "::ffff:127.0.55.4"},
	}
	var found []netip.Addr
	for _, text := range known[name] {
		found = append(found, netip.MustParseAddr(text))
	}
	if found == nil {
		return nil, errors.New("no such host")
	}
	return found, nil
}

func TestParseCopies(t *testing.T) {
	for text, want := range map[string]int{"1": 1, "3": 3, "5": 5, "all": 5} {
		if got, err := parseCopies(text, 5); got != want || err != nil {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "6", "1.5", "All", "many", "99999999999999999999"} {
		if got, err := parseCopies(text, 5); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

// TestSettleNames: contents are as long as the hosts' names allow.
func TestSettleNames(t *testing.T) {
	ring := config.Loopback(2)
	ring.Hosts = append(ring.Hosts, config.Host{Name: "attic-4", Address: netip.MustParseAddr("127.0.55.9")})
	for specific, want := range map[string]int{"": 31, "MV": 36, "attic-4": 31, "127.0.9.9": 22} {
		f := flags{specific: specific, output: "text", timeout: cli.Duration(time.Second), copies: "1"}
		s, err := f.settings(ring)
		if err != nil {
			t.Fatal(err)
		}
		if _, most := s.lengths(); most != want {
			t.Errorf("to %q at most %d characters, want %d", specific, most, want)
		}
	}
}

func TestNext(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	for _, test := range []struct{ due, now, want int }{{10, 10, 20}, {10, 19, 20}, {10, 20, 20}, {10, 35, 35}} {
		if got := nextDue(at(test.due), at(test.now), 10*time.Second); !got.Equal(at(test.want)) {
			t.Errorf("due %d, at %d: the next is %v", test.due, test.now, got)
		}
	}
}

// linesOf reads all lines, in reads as r gives them.
func linesOf(t *testing.T, r io.Reader) ([]string, error) {
	l := &lines{from: r}
	got := slices.Collect(l.yielding(t.Context()))
	return got, l.err
}

func TestLines(t *testing.T) {
	long := strings.Repeat("y", 3*readSize)
	tests := map[string]struct {
		input string
		want  []string
	}{
		"nothing":           {"", nil},
		"one":               {"a\n", []string{"a"}},
		"without an end":    {"a\nb", []string{"a", "b"}},
		"CRLF":              {"a\r\nb\r\n", []string{"a", "b"}},
		"empty ones":        {"\n\r\n\n", []string{"", "", ""}},
		"CR inside":         {"a\rb\r\r\nc", []string{"a\rb\r", "c"}},
		"CR at the end":     {"a\r", []string{"a\r"}},
		"too long":          {"a\n" + long + "\nb\n", []string{"a", long[:maxPartial], "b"}},
		"too long, no end":  {"a\n" + long, []string{"a", long[:maxPartial]}},
		"just long enough":  {long[:509] + "\r\nb", []string{long[:509], "b"}},
		"one over, no room": {long[:510] + "\r\nb", []string{long[:510], "b"}},
	}
	for name, test := range tests {
		for kind, reader := range map[string]func(io.Reader) io.Reader{
			"big reads": func(r io.Reader) io.Reader { return r }, "bytes": iotest.OneByteReader, "data with EOF": iotest.DataErrReader,
		} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				got, err := linesOf(t, reader(strings.NewReader(test.input)))
				if err != nil || !slices.Equal(got, test.want) {
					t.Errorf("got %d lines %.60q, %v; want %.60q", len(got), got, err, test.want)
				}
			})
		}
	}
}

// TestLinesAnyCut: where the reads cut the input makes no difference to what is
// sent and what is refused.
func TestLinesAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := rapid.SliceOf(rapid.SampledFrom([]byte("ab\r\n\n"))).Draw(t, "input")
		for range rapid.IntRange(0, 2).Draw(t, "long lines") {
			at := rapid.IntRange(0, len(input)).Draw(t, "at")
			run := bytes.Repeat([]byte("z"), rapid.IntRange(500, 520).Draw(t, "length"))
			input = slices.Insert(input, at, run...)
		}
		var want []string
		for line := range strings.Lines(string(input)) {
			want = append(want, trim(line))
		}
		var s splitter
		var got []string
		for rest := input; ; {
			n := rapid.IntRange(0, len(rest)).Draw(t, "read")
			piece := s.add(rest[:n])
			if rest = rest[n:]; len(rest) == 0 {
				piece += s.flush()
			}
			for line := range strings.Lines(piece) {
				got = append(got, trim(line))
			}
			if len(rest) == 0 {
				break
			}
		}
		same := func(a, b string) bool { return a == b || tooLong(a) && tooLong(b) }
		if !slices.EqualFunc(got, want, same) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func tooLong(line string) bool {
	return record.Classify([]byte(line+"\r\n")) == pzog.Refusal_TOO_LONG
}

// TestLinesLeft: it is known whether lines are left behind.
func TestLinesLeft(t *testing.T) {
	for take, left := range map[int]bool{1: true, 2: true, 4: false} {
		l := &lines{from: strings.NewReader("a\nb\nc\n")}
		for range l.yielding(t.Context()) {
			if take--; take == 0 {
				break
			}
		}
		if l.unread != left {
			t.Errorf("with %d more to take: left is %v", take, l.unread)
		}
	}
	l := &lines{pieces: make(chan string, 1)}
	if l.atEnd() {
		t.Error("an input that may go on has ended")
	}
	if close(l.pieces); !l.atEnd() {
		t.Error("an input that was closed has not ended")
	}
}

func TestLinesBrokenInput(t *testing.T) {
	broken := errors.New("broken")
	got, err := linesOf(t, io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

// With TLS the host at an address of the ring file must be the one that is named there.
func TestHostNames(t *testing.T) {
	ring := config.Loopback(2)
	targets := append(ringTargets(ring, 7), testTarget(ring, 7))
	want := map[string]string{"127.0.55.1:7": ring.Hosts[0].Name, "127.0.55.2:7": ring.Hosts[1].Name}
	if got := hostNames(targets, ring); !maps.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
}
