package chaos

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// head is the first line of the schedules here.
const head = "chaos seed=7 hosts=5 lasts=10m0s\n"

func TestText(t *testing.T) {
	text := head +
		"12.5s crash hosts=2 mode=some for=3s\n" +
		"40s partition hosts=0,3 for=30s\n" +
		"40s delay hosts=4 of=Take n=3 amount=250ms for=1s\n" +
		"1m0s step hosts=1 amount=-24h0m0s for=5s\n" +
		"1m40s reset hosts=3,1\n"
	s, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := Schedule{Seed: 7, Hosts: 5, Lasts: 10 * minute, Steps: []Step{
		{At: 12500 * ms, Kind: Crash, Hosts: []int{2}, Mode: "some", For: 3 * second},
		{At: 40 * second, Kind: Partition, Hosts: []int{0, 3}, For: 30 * second},
		{At: 40 * second, Kind: Delay, Hosts: []int{4}, Of: "Take", N: 3, Amount: 250 * ms, For: second},
		{At: minute, Kind: ClockStep, Hosts: []int{1}, Amount: -day, For: 5 * second},
		{At: 100 * second, Kind: Reset, Hosts: []int{3, 1}},
	}}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("\n got %+v\nwant %+v", s, want)
	}
	if s.String() != text {
		t.Errorf("\n got %s\nwant %s", s, text)
	}
	pasted := "\n# found on a Monday\n" + strings.ReplaceAll(text, "\n", "\r\n\t ")
	if again, err := Parse(pasted); err != nil || !reflect.DeepEqual(again, s) {
		t.Errorf("pasted: %v, %v", again, err)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "no schedule"},
		{"# nothing\n", "no schedule"},
		{"1s crash hosts=2 mode=some for=3s\n", "line 1: "},
		{"chaos seed=7 hosts=5\n", "line 1: lasts is missing"},
		{"chaos seed=-7 hosts=5 lasts=1s\n", "line 1: \"seed=-7\""},
		{"chaos seed=7 hosts=0 lasts=1s\n", "line 1: hosts=0"},
		{"chaos seed=7 hosts=5 lasts=-1s\n", "line 1: lasts=-1s"},
		{"chaos seed=7 seed=7 hosts=5 lasts=1s\n", "once"},
		{"chaos seed=7 hosts=5 lasts=1s calm=1s\n", "\"calm=1s\": unknown"},
		{head + "\nsoon crash hosts=2 mode=some for=3s\n", "line 3: "},
		{head + "1s\n", "line 2: "},
		{head + "1s crush hosts=2 mode=some for=3s\n", "\"crush\" is no kind"},
		{head + "1s crash hosts=2 mode=none for=3s\n", "mode=none"},
		{head + "1s crash hosts=2 for=3s\n", "mode="},
		{head + "1s crash hosts=2 mode=some\n", "for is missing"},
		{head + "1s crash hosts=2 mode=some for=0s\n", "zero"},
		{head + "1s crash hosts=2 mode=some for=-3s\n", "for=-3s"},
		{head + "1s crash hosts=2 mode=some for=3s n=1\n", "n is not used"},
		{head + "1s crash hosts=2 mode=some for=3s n=0\n", "zero"},
		{head + "1s crash hosts=2 mode=some for=3s of=Take\n", "of is not used"},
		{head + "1s crash hosts=2 mode=some for=3s for=3s\n", "once"},
		{head + "1s crash hosts=2 mode=some for\n", "and its value"},
		{head + "1s crash hosts=2 mode=some for=3s why=1\n", "unknown"},
		{head + "1s crash hosts=5 mode=some for=3s\n", "the ring has 5"},
		{head + "1s crash hosts=-1 mode=some for=3s\n", "the ring has 5"},
		{head + "1s crash hosts=1,2 mode=some for=3s\n", "one is needed"},
		{head + "1s crash hosts=1, mode=some for=3s\n", "hosts=1,"},
		{head + "1s oneway hosts=1 for=3s\n", "from one to another"},
		{head + "1s oneway hosts=1,1 for=3s\n", "twice"},
		{head + "1s partition hosts=0,1,2,3,4 for=3s\n", "one side"},
		{head + "1s partition hosts=3,1 for=3s\n", "ascending"},
		{head + "-1s reset hosts=1,2\n", "at=-1s"},
		{head + "2s reset hosts=1,2\n1s reset hosts=1,2\n", "line 3: reset: at=1s"},
		{head + "9m59s pause hosts=1 for=2s\n", "ends at 10m1s"},
		{head + "9m56s cutlog hosts=1 n=1 amount=5s\n", "ends at 10m1s"},
		{head + "1s hang hosts=1 of=wríte for=2s\n", "printable"},
		{head + "1s hang hosts=1 for=2s\n", "of is missing"},
		{head + "1s skew hosts=1 n=-3000000000 for=2s\n", "n=-3000000000"},
		{head + "1s short hosts=1 n=-1 for=2s\n", "n=-1"},
		{head + "1s step hosts=1 amount=-20000h for=2s\n", "amount=-20000h"},
	} {
		if s, err := Parse(c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, %v; want %q", c.text, s, err, c.want)
		}
	}
}

// Check finds in a schedule what Parse finds in its text.
func TestCheck(t *testing.T) {
	s := Schedule{Hosts: 2, Lasts: minute, Steps: []Step{{At: second, Kind: Reset, Hosts: []int{0, 1}}, {At: second, Kind: Pause, Hosts: []int{1}}}}
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "step 2: pause: for is missing") {
		t.Error(err)
	}
	s.Steps[1].For = second
	if err := s.Check(); err != nil {
		t.Error(err)
	}
	s.Steps[1].At = 0
	if err := s.Check(); err == nil {
		t.Error("steps in disorder pass")
	}
}

// A step ends when everything about it is over.
func TestEnd(t *testing.T) {
	for _, c := range []struct {
		step Step
		want time.Duration
	}{
		{Step{At: second, Kind: Reset}, second},
		{Step{At: second, Kind: Crash, For: 2 * second}, 3 * second},
		{Step{At: second, Kind: Wipe, For: 2 * second, Amount: 4 * second}, 7 * second},
		{Step{At: second, Kind: ClockStep, For: 2 * second, Amount: -day}, 3 * second},
		{Step{At: second, Kind: Flap, For: 2 * second, Amount: second}, 3 * second},
		{Step{At: second, Kind: Delay, For: 2 * second, Amount: second}, 4 * second},
	} {
		if got := c.step.End(); got != c.want {
			t.Errorf("%v: %v, want %v", c.step, got, c.want)
		}
	}
}

// Each kind that has a name has one form, in the same order.
func TestForms(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "kind.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var named []Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && len(spec.Values) == 1 {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok {
				name, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				named = append(named, Kind(name))
			}
		}
		return true
	})
	if !slices.Equal(named, Kinds()) {
		t.Errorf("named %q\nforms %q", named, Kinds())
	}
	for _, f := range forms {
		if f.n.least < 0 || f.amount.least < 0 || f.lasts.least < 0 {
			t.Errorf("%s: ranges are of sizes; signed says that they go either way", f.kind)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head)
	for seed := range uint64(3) {
		f.Add(Generate(seed, Config{Hosts: 5, Lasts: 5 * minute}).String())
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			return
		}
		if err := s.Check(); err != nil {
			t.Fatalf("parsed, and not right: %v", err)
		}
		again, err := Parse(s.String())
		if err != nil || !reflect.DeepEqual(s, again) {
			t.Fatalf("%v\n%+v\n%+v", err, s, again)
		}
	})
}
