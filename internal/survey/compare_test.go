package survey_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/verify"
)

// source holds messages 1 to n of one run, with n by the time that has passed.
type source struct {
	name  string
	begun time.Time
	n     func(passed time.Duration) uint64
	// ill tells whether message 5 has another text, or, with dead, whether the
	// source fails.
	ill   func(passed time.Duration) bool
	dead  func(passed time.Duration) bool
	asked int // for digests
}

var run = marks.Run{Origin: "A", Boot: 1}

func newSource(name string, n uint64) *source {
	never := func(time.Duration) bool { return false }
	return &source{name: name, begun: time.Now(), n: func(time.Duration) uint64 { return n }, ill: never, dead: never}
}

func (s *source) Name() string { return s.name }

func (s *source) Held(context.Context) ([]marks.Mark, error) {
	passed := time.Since(s.begun)
	if s.dead(passed) {
		return nil, errors.New("is dead")
	}
	return []marks.Mark{{Run: run, First: 1, Seq: s.n(passed)}}, nil
}

func (s *source) Digests(_ context.Context, ranges []marks.Mark) ([]verify.Digest, error) {
	s.asked++
	passed := time.Since(s.begun)
	digests := make([]verify.Digest, len(ranges))
	for i, r := range ranges {
		digests[i] = verify.Digest(verify.Text(r))
		if r.First <= 5 && 5 <= r.Seq && s.ill(passed) {
			digests[i] += "x"
		}
		if r.Seq > s.n(passed) {
			digests[i] = ""
		}
	}
	if s.dead(passed) {
		return nil, errors.New("is dead")
	}
	return digests, nil
}

func compare(t *testing.T, settle time.Duration, all ...*source) (got string, took time.Duration) {
	t.Helper()
	sources := make([]survey.Source, len(all))
	for i, s := range all {
		sources[i] = s
	}
	begun := time.Now()
	report := survey.Compare(t.Context(), sources, survey.Options{Settle: settle, Holders: 1})
	return strings.Join(report.Lines(), "\n"), time.Since(begun)
}

func until(end time.Duration) func(time.Duration) bool {
	return func(passed time.Duration) bool { return passed < end }
}

func from(begin time.Duration) func(time.Duration) bool {
	return func(passed time.Duration) bool { return passed >= begin }
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name   string
		change func(a, b, c *source)
		want   string
		took   time.Duration // at the most
	}{
		{"alike", func(a, b, c *source) {}, "3/3 identical: 9 messages in 1 run, A B C", 0},
		{"one catches up", func(a, b, c *source) {
			c.n = func(passed time.Duration) uint64 { return min(9, uint64(passed/time.Second)) }
		}, "3/3 identical: 9 messages in 1 run, A B C", 9 * time.Second},
		{"one does not", func(a, b, c *source) { c.n = func(time.Duration) uint64 { return 7 } },
			"2/3 identical: 9 messages in 1 run, A B\nC lacks A.1.8-9", 10 * time.Second},
		{"all grow, and the last is behind", func(a, b, c *source) {
			grow := func(passed time.Duration) uint64 { return 9 + uint64(passed/time.Millisecond) }
			a.n, b.n = grow, grow
			c.n = func(passed time.Duration) uint64 { return grow(passed) - 5 }
		}, "3/3 identical: 9 messages in 1 run, A B C", time.Second},
		{"another text", func(a, b, c *source) { c.ill = from(0) },
			"2/3 identical: 9 messages in 1 run, A B\nC differs in A.1.5 (another text)", 10 * time.Second},
		{"another text, which is mended", func(a, b, c *source) { c.ill = until(4 * time.Second) },
			"3/3 identical: 9 messages in 1 run, A B C", 5 * time.Second},
		{"one fails at once", func(a, b, c *source) { b.dead = from(0) },
			"2/2 reachable identical: 9 messages in 1 run, A C\nB is dead", 0},
		{"one fails while it is waited for another", func(a, b, c *source) {
			c.n = func(passed time.Duration) uint64 { return min(9, uint64(passed/time.Second)) }
			b.dead = from(3 * time.Second)
		}, "2/2 reachable identical: 9 messages in 1 run, A C\nB is dead", 9 * time.Second},
		{"one fails that is waited for", func(a, b, c *source) {
			c.n = func(time.Duration) uint64 { return 7 }
			c.dead = from(3 * time.Second)
		}, "2/2 reachable identical: 9 messages in 1 run, A B\nC is dead", 4 * time.Second},
		{"all fail", func(a, b, c *source) { a.dead, b.dead, c.dead = from(0), from(0), from(0) },
			"A is dead\nB is dead\nC is dead", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b, c := newSource("A", 9), newSource("B", 9), newSource("C", 9)
				tt.change(a, b, c)
				got, took := compare(t, 10*time.Second, a, b, c)
				if got != tt.want {
					t.Errorf("found %q, want %q", got, tt.want)
				}
				if took > tt.took {
					t.Errorf("it took %v", took)
				}
				if once := []string{"alike", "one catches up"}; slices.Contains(once, tt.name) && a.asked != 1 {
					t.Errorf("asked %d times for digests", a.asked)
				}
			})
		})
	}
}

// A source that fails in the middle of a question is left out, and what the
// others say stands.
func TestASourceThatFailsInARound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := newSource("A", 9), newSource("B", 9), newSource("C", 9)
		c.dead = func(time.Duration) bool { return c.asked > 0 }
		b.ill = from(0)
		if got, _ := compare(t, 0, a, b, c); got != "A, B do not agree on A.1.5 (different texts)\nC is dead" &&
			got != "C is dead\nA, B do not agree on A.1.5 (different texts)" {
			t.Errorf("found %q", got)
		}
	})
}

func TestCompareIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		survey.Compare(ctx, []survey.Source{newSource("A", 9), newSource("B", 8)}, survey.Options{Settle: time.Hour, Holders: 1})
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// What only one holds is asked for only if one is enough.
func TestHolders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for holders, want := range map[int]int{1: 1, 2: 0} {
			a := newSource("A", 9)
			survey.Compare(t.Context(), []survey.Source{a}, survey.Options{Holders: holders})
			if a.asked != want {
				t.Errorf("with %d holders asked %d times", holders, a.asked)
			}
		}
	})
}
