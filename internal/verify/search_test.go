package verify_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/internal/verify"
)

// pretended is a host that holds some ranges by its own word. Its log has other
// texts for some messages, and lacks some lines.
type pretended struct {
	held    string
	other   map[uint64]string // by seq: the text
	missing map[uint64]bool
	dead    bool // it does not answer
	asked   int
	lines   []*record.Record
}

func (p *pretended) digests(t *testing.T, question []marks.Mark) []verify.Digest {
	t.Helper()
	p.asked++
	if !verify.Disjoint(question) {
		t.Fatalf("asked for ranges that overlap: %s", texts(question))
	}
	if p.lines == nil {
		p.lines = slices.DeleteFunc(log(t, p.held), func(rec *record.Record) bool { return p.missing[rec.Seq] })
	}
	for _, rec := range p.lines {
		if text, ok := p.other[rec.Seq]; ok {
			rec.Text = []byte(text + "\r\n")
		}
	}
	return digests(question, p.lines)
}

// search lets a Search ask the hosts, and returns what it found as words.
func search(t *testing.T, least int, hosts ...*pretended) string {
	t.Helper()
	var held []*verify.Holdings
	for _, p := range hosts {
		held = append(held, verify.NewHoldings(ranges(t, p.held)))
	}
	s := verify.NewSearch(verify.Shared(verify.Union(held), held, least))
	rounds := 0
	for s.Next() {
		if rounds++; rounds > 40 {
			t.Fatal("it does not end")
		}
		for i, p := range hosts {
			question := s.Ranges(i)
			switch {
			case p.dead:
				s.Drop(i)
			case len(question) > 0:
				s.Answer(i, p.digests(t, question))
			}
		}
	}
	var words []string
	for _, f := range s.Findings() {
		word := fmt.Sprint(f.Kind, f.Hosts, verify.Text(f.Range))
		if !f.Whole {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func seqs(text string, of ...uint64) map[uint64]string {
	all := make(map[uint64]string)
	for _, seq := range of {
		all[seq] = text
	}
	return all
}

func lines(of ...uint64) map[uint64]bool {
	all := make(map[uint64]bool)
	for _, seq := range of {
		all[seq] = true
	}
	return all
}

func TestSearch(t *testing.T) {
	const all = "A.1.1-1000"
	tests := []struct {
		name  string
		hosts []*pretended
		want  string
	}{
		{"alike", []*pretended{{held: all}, {held: all}, {held: all}}, ""},
		{"alone", []*pretended{{held: all}}, ""},
		{"one text", []*pretended{{held: all}, {held: all}, {held: all, other: seqs("x", 777)}}, "differs[2]A.1.777"},
		{"the first and the last", []*pretended{{held: all}, {held: all, other: seqs("x", 1, 1000)}, {held: all}},
			"differs[1]A.1.1 differs[1]A.1.1000"},
		{"neighbours", []*pretended{{held: all}, {held: all, other: seqs("x", 499, 500, 501, 502)}, {held: all}},
			"differs[1]A.1.499-502"},
		{"two hosts, each for itself", []*pretended{{held: all, other: seqs("x", 3)}, {held: all}, {held: all, other: seqs("y", 4)}},
			"differs[0]A.1.3 differs[2]A.1.4"},
		{"two against three", []*pretended{{held: all}, {held: all}, {held: all, other: seqs("x", 5)}, {held: all, other: seqs("x", 5)}, {held: all}},
			"differs[2]A.1.5 differs[3]A.1.5"},
		{"one against one", []*pretended{{held: all}, {held: all, other: seqs("x", 5, 6)}}, "disagree[0 1]A.1.5-6"},
		{"three texts", []*pretended{{held: all}, {held: all, other: seqs("x", 5)}, {held: all, other: seqs("y", 5)}},
			"disagree[0 1 2]A.1.5"},
		{"two and two", []*pretended{{held: all}, {held: all}, {held: all, other: seqs("x", 5)}, {held: all, other: seqs("x", 5)}},
			"disagree[0 1 2 3]A.1.5"},
		{"a line is missing", []*pretended{{held: all}, {held: all}, {held: all, missing: lines(40, 41, 900)}},
			"unread[2]A.1.40-41 unread[2]A.1.900"},
		{"missing, and another text", []*pretended{{held: all, missing: lines(10)}, {held: all, other: seqs("x", 20)}, {held: all}},
			"differs[1]A.1.20 unread[0]A.1.10"},
		{"missing at one, and the others disagree", []*pretended{{held: all, missing: lines(10)}, {held: all, other: seqs("x", 10)}, {held: all}},
			"disagree[1 2]A.1.10 unread[0]A.1.10"},
		{"only one has it, and cannot read it", []*pretended{{held: all + " B.1.1-9", missing: lines(5)}, {held: all, missing: lines(5)}},
			"unread[0]A.1.5 unread[0]B.1.5 unread[1]A.1.5"},
		{"one is behind", []*pretended{{held: all}, {held: "A.1.1-900", other: seqs("x", 900)}, {held: all}}, "differs[1]A.1.900"},
		{"one does not answer", []*pretended{{held: all}, {held: all, dead: true}, {held: all, other: seqs("x", 7)}, {held: all}},
			"differs[2]A.1.7"},
		{"only one answers", []*pretended{{held: all}, {held: all, dead: true}}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := search(t, 1, tt.hosts...); got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
		})
	}
}

// A log costs its host time to read: questions are few.
func TestASearchAsksSeldom(t *testing.T) {
	const all = "A.1.1-1000"
	well, ill := &pretended{held: all}, &pretended{held: all, other: seqs("x", 1, 333, 1000)}
	search(t, 1, well, ill)
	if ill.asked > 4 {
		t.Errorf("asked %d times, for a thousand messages", ill.asked)
	}
	well, other := &pretended{held: all}, &pretended{held: all}
	search(t, 1, well, other)
	if well.asked != 1 {
		t.Errorf("asked %d times where all is well", well.asked)
	}
}

// Where hosts differ in very much, the search ends all the same, and says where
// it did not look further.
func TestASearchIsBounded(t *testing.T) {
	const many = 40_000
	held := fmt.Sprintf("A.1.1-%d", many)
	other := make(map[uint64]string)
	for seq := uint64(1); seq <= many; seq += 2 {
		other[seq] = "x"
	}
	words := strings.Fields(search(t, 1, &pretended{held: held}, &pretended{held: held, other: other}, &pretended{held: held}))
	if len(words) == 0 || len(words) > 1<<14 {
		t.Fatalf("%d findings", len(words))
	}
	partly := 0
	for _, word := range words {
		switch {
		case strings.HasSuffix(word, "?"):
			partly++
		case strings.Contains(word, "-"):
			t.Errorf("%s: not all of that differs", word)
		}
	}
	if partly == 0 || partly == len(words) {
		t.Errorf("%d of %d findings say that they are not searched to the end", partly, len(words))
	}
}

// More runs than go into one question are asked for in several.
func TestManyRuns(t *testing.T) {
	var held strings.Builder
	for boot := 1; boot <= verify.MaxRanges+100; boot++ {
		fmt.Fprintf(&held, "A.%s.1 ", fmt.Sprint(boot))
	}
	one, other := &pretended{held: held.String()}, &pretended{held: held.String()}
	if got := search(t, 1, one, other); got != "" || one.asked != 2 {
		t.Errorf("found %q with %d questions", got, one.asked)
	}
}

// Whatever differs, a Search names exactly that, unless it is too much.
func TestSearchFindsExactlyWhatDiffers(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		last := rapid.Uint64Range(1, 300).Draw(rt, "last")
		held := fmt.Sprintf("A.1.1-%d", last)
		ill := &pretended{held: held, other: make(map[uint64]string), missing: make(map[uint64]bool)}
		want := make(map[uint64]verify.Kind)
		for range rapid.IntRange(0, 10).Draw(rt, "faults") {
			seq := rapid.Uint64Range(1, last).Draw(rt, "seq")
			if rapid.Bool().Draw(rt, "missing") {
				ill.missing[seq], want[seq] = true, verify.Unread
			} else if !ill.missing[seq] {
				ill.other[seq], want[seq] = "x", verify.Differs
			}
		}
		got := make(map[uint64]verify.Kind)
		for word := range strings.FieldsSeq(search(t, 1, &pretended{held: held}, ill, &pretended{held: held})) {
			kind, text, _ := strings.Cut(word, "[1]")
			for _, r := range ranges(t, text) {
				for seq := r.First; seq <= r.Seq; seq++ {
					got[seq] = verify.Kind(kind)
				}
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("found %v, want %v", got, want)
		}
	})
}
