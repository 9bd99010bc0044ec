package verify_test

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
)

var rangeText = regexp.MustCompile(`^(\w+)\.(\w+)\.(\d+)(?:-(\d+))?$`)

// ranges reads what Text writes: "A.1.5-7 B.2.3". An empty one is "A.1.8-7".
func ranges(t *testing.T, text string) (all []marks.Mark) {
	t.Helper()
	for word := range strings.FieldsSeq(text) {
		m := rangeText.FindStringSubmatch(word)
		if m == nil {
			t.Fatalf("%q is no range", word)
		}
		boot, _ := strconv.ParseUint(m[2], 36, 64)
		first, _ := strconv.ParseUint(m[3], 10, 64)
		last := first
		if m[4] != "" {
			last, _ = strconv.ParseUint(m[4], 10, 64)
		}
		all = append(all, marks.Mark{Run: marks.Run{Origin: m[1], Boot: boot}, First: first, Seq: last})
	}
	return all
}

func texts(all []marks.Mark) string {
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = verify.Text(r)
	}
	return strings.Join(words, " ")
}

func TestText(t *testing.T) {
	for _, text := range []string{"LA.1k9x3z.7", "LA.1k9x3z.7-9", "S.1.1-18446744073709551615"} {
		if got := verify.Text(ranges(t, text)[0]); got != text {
			t.Errorf("%q is written as %q", text, got)
		}
	}
}

func TestDisjoint(t *testing.T) {
	for text, want := range map[string]bool{
		"":                        true,
		"A.1.1-5":                 true,
		"A.1.6-9 A.1.1-5":         true,
		"A.1.1-5 A.2.1-5 B.1.1-5": true,
		"A.1.1-5 A.1.5-9":         false,
		"A.1.7 B.1.1 A.1.1-9":     false,
		"A.1.1-5 A.1.1-5":         false,
		"A.1.1-18446744073709551615 A.1.18446744073709551615": false,
	} {
		if got := verify.Disjoint(ranges(t, text)); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestJoin(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 "",
		"A.1.6-9 A.1.1-5":                  "A.1.1-9",
		"A.1.7-9 A.1.1-5":                  "A.1.1-5 A.1.7-9",
		"B.1.1 A.2.1 A.1.1":                "A.1.1 A.2.1 B.1.1",
		"A.1.1-9 A.1.2-3 A.1.9-11":         "A.1.1-11",
		"A.1.1-18446744073709551615 A.1.5": "A.1.1-18446744073709551615",
	} {
		if got := texts(verify.Join(ranges(t, text))); got != want {
			t.Errorf("%q is joined as %q, want %q", text, got, want)
		}
	}
}

func TestLacking(t *testing.T) {
	tests := []struct{ name, target, held, lacking, begins string }{
		{"all", "A.1.1-9", "A.1.1-9", "", ""},
		{"more", "A.1.1-9", "A.1.1-12 B.1.1", "", ""},
		{"the end", "A.1.1-9", "A.1.1-7", "A.1.8-9", ""},
		{"a run", "A.1.1-9 B.1.1-3", "A.1.1-9", "B.1.1-3", ""},
		{"nothing", "A.1.4-9", "", "A.1.4-9", ""},
		{"the beginning was retired", "A.1.1-9", "A.1.5-9", "", "A.1.5"},
		{"all was retired", "A.1.1-9", "A.1.10-9", "", "A.1.10"},
		{"all that there was then", "A.1.1-9", "A.1.6-5", "A.1.6-9", "A.1.6"},
		{"retired, and the end", "A.1.1-9", "A.1.5-7", "A.1.8-9", "A.1.5"},
		{"a hole", "A.1.1-9", "A.1.1-3 A.1.6-9", "A.1.4-5", ""},
		{"holes", "A.1.1-9", "A.1.2 A.1.4 A.1.8-12", "A.1.3 A.1.5-7", "A.1.2"},
		{"a hole behind the target", "A.1.1-3", "A.1.1-5 A.1.9", "", ""},
		{"a hole before the target", "A.1.5-9", "A.1.1-2 A.1.4-9", "", ""},
		{"to the end of numbers", "A.1.1-18446744073709551615", "A.1.1-18446744073709551615", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := verify.NewHoldings(ranges(t, tt.held))
			if got := texts(h.Lacking(ranges(t, tt.target))); got != tt.lacking {
				t.Errorf("lacking %q, want %q", got, tt.lacking)
			}
			if got := texts(h.Begins(ranges(t, tt.target))); got != tt.begins {
				t.Errorf("begins %q, want %q", got, tt.begins)
			}
		})
	}
}

func TestUnionAndShared(t *testing.T) {
	tests := []struct {
		name   string
		held   []string
		union  string
		shared string // at least two hold these
	}{
		{"alike", []string{"A.1.1-9 B.1.1", "A.1.1-9 B.1.1"}, "A.1.1-9 B.1.1", "A.1.1-9[0 1] B.1.1[0 1]"},
		{"one is behind", []string{"A.1.1-9", "A.1.1-7"}, "A.1.1-9", "A.1.1-7[0 1]"},
		{"one begins later", []string{"A.1.1-9", "A.1.4-9", "A.1.1-9"}, "A.1.1-9", "A.1.1-3[0 2] A.1.4-9[0 1 2]"},
		{"one has retired all", []string{"A.1.1-9", "A.1.10-9", "A.1.1-9"}, "A.1.1-9", "A.1.1-9[0 2]"},
		{"all have retired all", []string{"A.1.10-9", "A.1.10-9"}, "", ""},
		{"a hole", []string{"A.1.1-9", "A.1.1-3 A.1.6-9"}, "A.1.1-9", "A.1.1-3[0 1] A.1.6-9[0 1]"},
		{"the oldest lines are lost", []string{"A.1.1-0 A.1.4-9"}, "A.1.1-9", ""},
		{"the oldest that was not retired is lost", []string{"A.1.3-2 A.1.4-9", "A.1.4-9"}, "A.1.3-9", "A.1.4-9[0 1]"},
		{"a hole that all have", []string{"A.1.1-3 A.1.6-9", "A.1.1-3 A.1.6-9"}, "A.1.1-9", "A.1.1-3[0 1] A.1.6-9[0 1]"},
		{"to the end of numbers", []string{"A.1.1-18446744073709551615", "A.1.9-18446744073709551615"},
			"A.1.1-18446744073709551615", "A.1.9-18446744073709551615[0 1]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var hosts []*verify.Holdings
			for _, held := range tt.held {
				hosts = append(hosts, verify.NewHoldings(ranges(t, held)))
			}
			union := verify.Union(hosts)
			if got := texts(union); got != tt.union {
				t.Errorf("union %q, want %q", got, tt.union)
			}
			var words []string
			for _, p := range verify.Shared(union, hosts, 2) {
				words = append(words, fmt.Sprint(verify.Text(p.Mark), p.Holders))
			}
			if got := strings.Join(words, " "); got != tt.shared {
				t.Errorf("shared %q, want %q", got, tt.shared)
			}
		})
	}
}

// Whatever hosts hold, a message is in the piece of exactly those that hold it,
// in one at the most, and lacked by those that should hold it and do not.
func TestSharedMessageByMessage(t *testing.T) {
	const last = 12
	run := marks.Run{Origin: "A", Boot: 1}
	rapid.Check(t, func(t *rapid.T) {
		held := make([][]bool, rapid.IntRange(1, 4).Draw(t, "hosts"))
		hosts := make([]*verify.Holdings, len(held))
		for i := range held {
			held[i] = rapid.SliceOfN(rapid.Bool(), last+1, last+1).Draw(t, "held")
			var all []marks.Mark
			for seq := 1; seq <= last; seq++ {
				if held[i][seq] {
					all = append(all, marks.Mark{Run: run, First: uint64(seq), Seq: uint64(seq)})
				}
			}
			hosts[i] = verify.NewHoldings(all)
		}
		union := verify.Union(hosts)
		holders := make([][]int, last+1)
		for _, p := range verify.Shared(union, hosts, 1) {
			for seq := p.First; seq <= p.Seq; seq++ {
				if holders[seq] != nil {
					t.Fatalf("%d is in two pieces", seq)
				}
				holders[seq] = p.Holders
			}
		}
		for seq := 1; seq <= last; seq++ {
			var want []int
			for i := range held {
				if held[i][seq] {
					want = append(want, i)
				}
			}
			if !slices.Equal(holders[seq], want) {
				t.Fatalf("%d is held by %v, want %v", seq, holders[seq], want)
			}
		}
		for i := range held {
			if diff := cmp.Diff(naiveLacking(union, held[i]), hosts[i].Lacking(union)); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

// naiveLacking looks message by message. A host that holds something begins
// with the first that it holds; one that holds nothing lacks all.
func naiveLacking(union []marks.Mark, held []bool) []marks.Mark {
	begin := max(0, slices.Index(held[1:], true)) + 1
	var lacking []marks.Mark
	for _, u := range union {
		for seq := max(u.First, uint64(begin)); seq <= u.Seq; seq++ {
			if !held[seq] {
				lacking = append(lacking, marks.Mark{Run: u.Run, First: seq, Seq: seq})
			}
		}
	}
	joined := verify.Join(lacking)
	if len(joined) == 0 {
		return nil
	}
	return joined
}

func TestCount(t *testing.T) {
	if n := verify.Count(ranges(t, "A.1.1-5 A.2.7 B.1.10-11")); n != 8 {
		t.Errorf("%d, want 8", n)
	}
	if n := verify.Count([]marks.Mark{{First: 1, Seq: math.MaxUint64}}); n != math.MaxUint64 {
		t.Errorf("%d", n)
	}
}
