package main

import (
	"errors"
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	files := []source{
		{path: "f.go", text: "a := b // c\n"}, {path: "g.go", text: "if a {\n\n\td()\n\te /* f */ ()\n}\n"},
	}
	for i := range files {
		files[i].tokens = tokens(files[i].text)
	}
	for _, c := range []struct {
		old, new string
		in, want string
		err      error
	}{
		{"b", "x", "f.go", "a := x // c\n", nil},
		{"\ta:=b", "", "f.go", " // c\n", nil},
		{"{ d(); e", "", "", "", errAbsent}, // a line end is no semicolon
		{"{ d()\ne()", "{\n\te()\n", "g.go", "if a {\n\te()\n}\n", nil},
		{"c", "x", "", "", errAbsent},
		{"a", "x", "", "", errOften},
		{"b", " b // c", "", "", errNone},
	} {
		m := &Mutant{Name: "m", Package: "p", Old: c.old, New: c.new}
		in, got, err := m.apply(files)
		if got != c.want || !errors.Is(err, c.err) || err == nil && in.path != c.in {
			t.Errorf("%q for %q: %q, %v, want %q, %v", c.new, c.old, got, err, c.want, c.err)
		}
	}
}

// A result is about one change: whatever is changed in a mutant gives another, but for the names
// in the code that it replaces, comments and white space.
func TestChange(t *testing.T) {
	const old, new = "if a.b || c(nil) {", "if c(nil) {"
	first := (&Mutant{Package: "p", Old: old, New: new}).change()
	for _, m := range []Mutant{
		{Package: "p", Old: old, New: new, Name: "n", Breaks: "x"},
		{Package: "p", Old: " if a.b||c( nil ) { // why", New: new},
		{Package: "p", Old: "if x.y || z(nil) {", New: "if z(nil) {"},
	} {
		if m.change() != first {
			t.Errorf("%q, %q is another change", m.Old, m.New)
		}
	}
	seen := map[string]bool{first: true}
	others := []Mutant{
		{Package: "q", Old: old, New: new}, {Package: "p", Old: old, New: "if a(nil) {"}, {Package: "p", Old: old, New: "if d(nil) {"},
		{Package: "p", Old: old, New: "if e(nil) {"}, {Package: "p", Old: "if a.b || c(1) {", New: new},
		{Package: "p", Old: "if a.b || b(nil) {", New: "if b(nil) {"}, {Package: "p", Old: old + new},
	}
	for _, m := range others {
		seen[m.change()] = true
	}
	if len(seen) != 1+len(others) {
		t.Errorf("%d changes of %d can be told apart", len(seen), 1+len(others))
	}
}

func TestList(t *testing.T) {
	var b strings.Builder
	err := list(&b, []*Mutant{{Name: "a", Package: "f", Breaks: "x"}, {Name: "long", Package: "g", Breaks: "y"}})
	if want := "a     f  x\nlong  g  y\n"; err != nil || b.String() != want {
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
