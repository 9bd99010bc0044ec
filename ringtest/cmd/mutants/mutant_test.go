package main

import (
	"errors"
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	for _, c := range []struct {
		old, new string
		want     string
		err      error
	}{
		{"b", "x", "a x c a", nil},
		{"b c ", "", "a a", nil},
		{"d", "x", "", errAbsent},
		{"a", "x", "", errOften},
		{"b", "b", "", errNone},
	} {
		m := &Mutant{Name: "m", File: "f.go", Old: c.old, New: c.new}
		if got, err := m.apply("a b c a"); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q for %q: %q, %v, want %q, %v", c.new, c.old, got, err, c.want, c.err)
		}
	}
}

// A result is about one change: whatever is changed in a mutant gives another.
func TestChange(t *testing.T) {
	seen := make(map[string]bool)
	for _, m := range []Mutant{
		{File: "f", Old: "a", New: "b"}, {File: "g", Old: "a", New: "b"},
		{File: "f", Old: "ab", New: ""}, {File: "f", Old: "a", New: "c"},
	} {
		seen[m.change()] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d changes of 4 can be told apart", len(seen))
	}
}

func TestList(t *testing.T) {
	var b strings.Builder
	err := list(&b, []*Mutant{{Name: "a", File: "f.go", Breaks: "x"}, {Name: "long", File: "g.go", Breaks: "y"}})
	if want := "a     f.go  x\nlong  g.go  y\n"; err != nil || b.String() != want {
		t.Errorf("%v, %q, want %q", err, b.String(), want)
	}
}

func TestChoose(t *testing.T) {
	first, second := mutants[0].Name, mutants[1].Name
	for _, c := range []struct {
		only []string
		jobs int
		want int
		err  string
	}{
		{nil, 1, len(mutants), ""},
		{[]string{second, first}, 2, 2, ""},
		{[]string{first, "no-such"}, 1, 0, `there is no mutant "no-such"`},
		{nil, 0, 0, "--jobs"},
	} {
		s := &settings{only: c.only, jobs: c.jobs, each: 1, limit: 1}
		got, err := s.choose()
		if len(got) != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%v: %d mutants, %v", c.only, len(got), err)
		}
	}
}
