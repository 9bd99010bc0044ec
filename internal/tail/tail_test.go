package tail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/cursor"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

var (
	mv = marks.Run{Origin: "MV", Boot: 11}
	pa = marks.Run{Origin: "PA", Boot: 36}
)

// log is a source in memory. What comes later comes an hour after the one before.
type log struct {
	now, later []Message
	err        error // ends each Read
	asked      []Place
}

func (l *log) Resolve(_ context.Context, p Place) (position.Position, error) {
	l.asked = append(l.asked, p)
	v := new(marks.Vector)
	for i, m := range l.now {
		if p.Kind == End || p.Kind == Last && i < len(l.now)-p.Last || p.Kind == Since && m.Time < p.Since.Unix() {
			v.Raise(m.Run, m.Seq)
		}
	}
	if p.Kind == Given {
		return p.At, nil
	}
	return position.Of(v), nil
}

func (l *log) Read(ctx context.Context, after position.Position, follow bool) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for _, m := range l.now {
			if m.Seq > after.Seq(m.Run) && !yield(l.make(m)) {
				return
			}
		}
		for _, m := range l.later {
			if !follow {
				break
			}
			if time.Sleep(time.Hour); !yield(l.make(m)) {
				return
			}
		}
		if follow {
			<-ctx.Done()
			yield(Message{}, ctx.Err())
		} else if l.err != nil {
			yield(Message{}, l.err)
		}
	}
}

// make returns a message; one without a text is missing.
func (l *log) make(m Message) (Message, error) {
	if m.Text == "" {
		return Message{}, &Missing{What: "gone: " + Range(m.Run, m.Seq, m.Seq), Run: m.Run, Last: m.Seq}
	}
	return m, nil
}

// messages returns messages of a run, taken at as many seconds as their seqs say.
func messages(run marks.Run, first, last uint64) (all []Message) {
	for seq := first; seq <= last; seq++ {
		all = append(all, Message{Run: run, Seq: seq, Time: int64(seq), Text: fmt.Sprint("text ", seq)})
	}
	return all
}

// printed runs tail, and returns the last word of each line, with that of the identity before it.
func printed(t *testing.T, l *log, o Options) (words, warned []string, err error) {
	t.Helper()
	var out bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 1000*time.Hour)
	defer cancel()
	err = Run(ctx, l, &o, Printer{Out: &out, Warn: func(format string, args ...any) { warned = append(warned, fmt.Sprintf(format, args...)) }})
	for line := range strings.Lines(out.String()) {
		words = append(words, strings.TrimSuffix(strings.Fields(line)[1], "\n"))
	}
	return words, warned, err
}

func TestWhatIsPrinted(t *testing.T) {
	ten := slices.Concat(messages(mv, 1, 5), messages(pa, 1, 5))
	later := messages(mv, 6, 8)
	after := position.Position{}.After(mv, 4)
	for name, tt := range map[string]struct {
		o     Options
		place PlaceKind
		want  string
	}{
		"all":                        {Options{Last: -1}, Begin, "MV.b.1 MV.b.2 MV.b.3 MV.b.4 MV.b.5 PA.10.1 PA.10.2 PA.10.3 PA.10.4 PA.10.5"},
		"none":                       {Options{Last: 0}, End, ""},
		"the last":                   {Options{Last: 3}, Last, "PA.10.3 PA.10.4 PA.10.5"},
		"the last that match":        {Options{Last: 2, Grep: regexp.MustCompile("[24]$")}, Begin, "PA.10.2 PA.10.4"},
		"the last since":             {Options{Last: 1, Since: time.Unix(4, 0)}, Since, "PA.10.5"},
		"the last after":             {Options{Last: 4, After: &after}, Given, "PA.10.2 PA.10.3 PA.10.4 PA.10.5"},
		"since":                      {Options{Last: -1, Since: time.Unix(4, 0)}, Since, "MV.b.4 MV.b.5 PA.10.4 PA.10.5"},
		"until":                      {Options{Last: -1, Until: time.Unix(3, 0)}, Begin, "MV.b.1 MV.b.2 PA.10.1 PA.10.2"},
		"the last until":             {Options{Last: 3, Until: time.Unix(3, 0)}, Begin, "MV.b.2 PA.10.1 PA.10.2"},
		"after":                      {Options{Last: -1, After: &after}, Given, "MV.b.5 PA.10.1 PA.10.2 PA.10.3 PA.10.4 PA.10.5"},
		"so many":                    {Options{Last: -1, Count: 2}, Begin, "MV.b.1 MV.b.2"},
		"so many that match":         {Options{Last: -1, Count: 2, Grep: regexp.MustCompile("5$")}, Begin, "MV.b.5 PA.10.5"},
		"so many of the last":        {Options{Last: 4, Count: 2}, Last, "PA.10.2 PA.10.3"},
		"follow":                     {Options{Last: 1, Follow: true}, Last, "PA.10.5 MV.b.6 MV.b.7 MV.b.8"},
		"follow from now on":         {Options{Last: 0, Follow: true}, End, "MV.b.6 MV.b.7 MV.b.8"},
		"wait for one":               {Options{Last: 0, Follow: true, Count: 1}, End, "MV.b.6"},
		"follow those that match":    {Options{Last: 1, Follow: true, Grep: regexp.MustCompile("[248]$")}, Begin, "PA.10.4 MV.b.8"},
		"follow so many that match":  {Options{Last: 1, Follow: true, Count: 2, Grep: regexp.MustCompile("[1-6]$")}, Begin, "PA.10.5 MV.b.6"},
		"the last since, and follow": {Options{Last: 2, Follow: true, Since: time.Unix(1, 0)}, Since, "PA.10.4 PA.10.5 MV.b.6 MV.b.7 MV.b.8"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &log{now: ten, later: later}
				got, warned, err := printed(t, l, tt.o)
				if strings.Join(got, " ") != tt.want || len(warned) > 0 || err != nil {
					t.Errorf("got %v, %v, %v; want %v", got, warned, err, tt.want)
				}
				if len(l.asked) != 1 || l.asked[0].Kind != tt.place {
					t.Errorf("it begins at %+v", l.asked)
				}
			})
		})
	}
}

// What is missing is warned of, and what comes after it is printed.
func TestMissing(t *testing.T) {
	l := &log{now: []Message{{Run: mv, Seq: 1, Text: "a"}, {Run: mv, Seq: 2}, {Run: mv, Seq: 3, Text: "a"}, {Run: pa, Seq: 1}}}
	file := filepath.Join(t.TempDir(), "cursor")
	got, warned, err := printed(t, l, Options{Last: -1, CursorFile: file})
	if !errors.Is(err, ErrMissing) || strings.Join(got, " ") != "MV.b.1 MV.b.3" || strings.Join(warned, ", ") != "gone: MV.b.2, gone: PA.10.1" {
		t.Errorf("%v, %v, %v", got, warned, err)
	}
	if text, err := os.ReadFile(file); string(text) != "zog1:MV.b.3,PA.10.1\n" {
		t.Errorf("the cursor is %q, %v", text, err)
	}
	// What is missing behind a message that is too late stays in front of the cursor.
	late := &log{now: []Message{{Run: mv, Seq: 1, Time: 1, Text: "a"}, {Run: mv, Seq: 2, Time: 9, Text: "a"}, {Run: mv, Seq: 3}}}
	file = filepath.Join(t.TempDir(), "cursor")
	got, warned, err = printed(t, late, Options{Last: -1, Until: time.Unix(5, 0), CursorFile: file})
	if text, readErr := os.ReadFile(file); string(text) != "zog1:MV.b.1\n" || err != nil || strings.Join(got, " ") != "MV.b.1" || len(warned) > 0 {
		t.Errorf("%v, %v, %v; the cursor is %q, %v", got, warned, err, text, readErr)
	}
	l.err = errors.New("broken")
	if _, _, err = printed(t, l, Options{Last: -1}); !errors.Is(err, l.err) {
		t.Errorf("%v", err)
	}
}

// A cursor file that another reader has is left alone.
func TestTheCursorIsOfOneReader(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cursor")
	unlock, err := cursor.Lock(file)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	l := &log{now: messages(mv, 1, 5)}
	if got, _, err := printed(t, l, Options{Last: -1, CursorFile: file}); err == nil || len(got) > 0 || len(l.asked) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a cursor was written: %v", err)
	}
}

// Whatever is chosen, who runs it again and again with a cursor gets each message once.
func TestTheCursor(t *testing.T) {
	all := slices.Concat(messages(mv, 1, 5), messages(pa, 1, 5), messages(mv, 6, 8))
	for name, o := range map[string]Options{
		"all": {Last: -1}, "two at a time": {Last: -1, Count: 2}, "to a time": {Last: -1, Until: time.Unix(3, 0)},
	} {
		t.Run(name, func(t *testing.T) {
			o.CursorFile = filepath.Join(t.TempDir(), "cursor")
			var got []string
			for n := 0; n <= len(all); n++ {
				some, _, err := printed(t, &log{now: all[:n]}, o)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, some...)
			}
			o.Until, o.Count = time.Time{}, 0
			rest, _, err := printed(t, &log{now: all}, o)
			got = append(got, rest...)
			slices.Sort(got)
			if err != nil || len(slices.Compact(slices.Clone(got))) != len(all) || len(got) != len(all) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestTheFirstTimeWithACursor(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cursor")
	now := messages(mv, 1, 5)
	got, _, err := printed(t, &log{now: now}, Options{Last: 0, CursorFile: file})
	if err != nil || len(got) > 0 {
		t.Errorf("%v, %v", got, err)
	}
	if text, err := os.ReadFile(file); string(text) != "zog1:MV.b.5\n" {
		t.Errorf("the cursor is %q, %v", text, err)
	}
	now = messages(mv, 1, 8)
	after := position.Position{}.After(mv, 8)
	got, _, err = printed(t, &log{now: now}, Options{Last: 1, Since: time.Unix(8, 0), After: &after, CursorFile: file})
	if want := "MV.b.6 MV.b.7 MV.b.8"; err != nil || strings.Join(got, " ") != want {
		t.Errorf("with a cursor, got %v, %v, want %s", got, err, want)
	}
	if err := os.WriteFile(file, []byte("nonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := printed(t, &log{now: now}, Options{Last: -1, CursorFile: file}); err == nil || !strings.Contains(err.Error(), "cursor") {
		t.Errorf("%v", err)
	}
}

// slow writes slowly, so that lines gather meanwhile, and fails after a number of bytes.
type slow struct {
	mu   sync.Mutex
	got  bytes.Buffer
	most int
}

var errFull = errors.New("full")

func (s *slow) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.most > 0 && s.got.Len()+len(p) > s.most {
		return 0, errFull
	}
	for _, c := range p {
		s.got.WriteByte(c)
		if c == '\n' && s.got.Len()%7 == 0 {
			runtime.Gosched()
		}
	}
	return len(p), nil
}

// kept is the positions that were kept, and how much was written then.
type kept struct {
	t    *testing.T
	out  *slow
	last string
}

func (k *kept) Keep(text string) error {
	k.out.mu.Lock()
	defer k.out.mu.Unlock()
	lines := bytes.Count(k.out.got.Bytes(), []byte("\n"))
	if want := position.Position.After(position.Position{}, mv, uint64(lines)).String(); text != want {
		k.t.Errorf("%s was kept after %d lines", text, lines)
	}
	k.last = text
	return nil
}

// Each line is written once, whole and in order, and only then the cursor is kept.
func TestTheCursorFollowsTheLines(t *testing.T) {
	for _, most := range []int{0, 500_000} {
		out := &slow{most: most}
		k := &kept{t: t, out: out}
		o := newOutput(Printer{Out: out}, &Options{}, k, position.Position{})
		var want bytes.Buffer
		var err error
		for _, m := range messages(mv, 1, 50_000) {
			fmt.Fprintf(&want, "%s MV.b.%d text %d\n", time.Unix(m.Time, 0).UTC().Format(time.RFC3339), m.Seq, m.Seq)
			if _, err = o.add(&m, true); err != nil {
				break
			}
		}
		failed := o.close()
		if most == 0 && (err != nil || failed != nil || out.got.String() != want.String() || k.last != "zog1:MV.b.50000") {
			t.Errorf("%v, %v, %d of %d bytes, kept %s", err, failed, out.got.Len(), want.Len(), k.last)
		}
		if most > 0 && (!errors.Is(failed, errFull) || k.last == "zog1:MV.b.50000" || !strings.HasPrefix(want.String(), out.got.String())) {
			t.Errorf("%v, kept %s", failed, k.last)
		}
	}
}

// A cursor that moves often is kept every keepEvery, and one that moves seldom at once.
func TestTheCursorIsKeptNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var times []time.Duration
		began := time.Now()
		o := newOutput(Printer{Out: new(bytes.Buffer)}, &Options{}, keepFunc(func(string) { times = append(times, time.Since(began)) }), position.Position{})
		for _, m := range messages(mv, 1, 39) {
			time.Sleep(40 * time.Millisecond)
			_, _ = o.add(&m, m.Seq%2 == 0)
		}
		time.Sleep(time.Minute)
		m := messages(mv, 41, 41)[0]
		_, _ = o.add(&m, false)
		synctest.Wait()
		if got := fmt.Sprint(times); got != "[0s 40ms 290ms 540ms 790ms 1.04s 1.29s 1.54s 1.79s 1m1.56s]" {
			t.Errorf("kept at %s", got)
		}
		if err := o.close(); err != nil {
			t.Error(err)
		}
	})
}

type keepFunc func(string)

func (f keepFunc) Keep(text string) error {
	f(text)
	return nil
}

func TestFormats(t *testing.T) {
	m := Message{Run: mv, Seq: 7, Time: 1795000000, Text: `a "quoted" \ <b> é`}
	at := position.Position{}.After(mv, 7).Moving()
	text := newFormat(&Options{}, false)
	if got, want := string(text.append(nil, &m, at)), "2026-11-18T11:06:40Z MV.b.7 a \"quoted\" \\ <b> é\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	colours := newFormat(&Options{}, true)
	if got, want := string(colours.append(nil, &m, at)), "\x1b[90m2026-11-18T11:06:40Z \x1b[36mMV.b.7\x1b[0m a \"quoted\" \\ <b> é\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	object := newFormat(&Options{JSON: true}, true)
	line := object.append(nil, &m, at)
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil || bytes.Count(line, []byte("\n")) != 1 {
		t.Fatalf("%s: %v", line, err)
	}
	want := map[string]any{"time": "2026-11-18T11:06:40Z", "origin": "MV", "boot": "b", "seq": 7.0, "id": "MV.b.7", "text": m.Text, "position": "zog1:MV.b.7"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", got, want)
	}
}
