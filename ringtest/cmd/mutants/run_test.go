package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// fake is a small module: one function with a test, one without.
var fake = map[string]string{
	"go.mod": "module xlattice.org/zog\n\ngo 1.26\n",
	"a/a.go": "package a\n\n// Twice is tested.\nfunc Twice(n int) int { return 2 * n }\n\n" +
		"// Half is not.\nfunc Half(n int) int { return n / 2 }\n",
	"a/a_test.go": "package a\n\nimport \"testing\"\n\nfunc TestTwice(t *testing.T) {\n" +
		"\tif Twice(2) != 4 {\n\t\tt.Error(\"not 4\")\n\t}\n}\n",
	"b/b.go": "package b\n\nimport \"xlattice.org/zog/a\"\n\n// Four is four.\nfunc Four() int { return a.Half(8) }\n",
	"b/b_test.go": "package b\n\nimport \"testing\"\n\nfunc TestFour(t *testing.T) {\n" +
		"\tif Four() < 4 {\n\t\tt.Error(\"less\")\n\t}\n}\n",
}

// planted writes the fake module, and returns a copy of it.
func planted(t *testing.T) *tree {
	t.Helper()
	from := t.TempDir()
	for name, text := range fake {
		path := filepath.Join(from, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	in, err := copyTree(from, append(slices.Sorted(maps.Keys(fake)), "removed.go"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return in
}

// quick is the first two stages with a limit for a machine that does nothing else
// with these tests: they take no time, unless they hang.
func quick(m *Mutant) []check {
	all := append(packageStage(nil).checks(m), allTestsStage().checks(m)...)
	for i := range all {
		all[i].limit = 5 * time.Second
	}
	return all
}

// A mutant that is caught by its own package's tests, by another's, by hanging,
// or by nothing, and one that does not compile, are told apart. Afterwards the
// copy is as it was.
func TestMutantsOfAFakeModule(t *testing.T) {
	in := planted(t)
	for _, c := range []struct {
		name     string
		old, new string
		want     *catch
		err      error
	}{
		{"caught", "2 * n", "3 * n", &catch{Package: "a", Tests: []string{"TestTwice"}}, nil},
		{"caught elsewhere", "n / 2", "n / 4", &catch{Package: "b", Tests: []string{"TestFour"}}, nil},
		{"survives", "n / 2", "n/2 + 1", nil, nil},
		{"hangs", "{ return 2 * n }", "{\n\tfor n > 0 {\n\t}\n\treturn 0\n}", &catch{Package: "a", Tests: []string{"TestTwice"}, Hangs: true}, nil},
		{"panics", "2 * n", "2 * n / (n - n)", &catch{Package: "a", Tests: []string{"TestTwice"}}, nil},
		{"does not compile", "2 * n", "2 * m", nil, errNotCompiled},
		{"does not compile with the others", "func Half", "func Halve", nil, errNotCompiled},
		{"does not apply", "no such", "text", nil, errAbsent},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := &trial{settings: &settings{each: time.Minute}, progress: t.Output()}
			const file = "a/a.go"
			m := &Mutant{Name: "m", Package: "a", Old: c.old, New: c.new, Try: []string{"./a"}}
			checks := quick(m)
			if c.want != nil && c.want.Hangs {
				for i := range checks {
					checks[i].limit = time.Second
				}
			}
			caught, err := run.tryMutant(t.Context(), in, m, checks)
			if caught.String() != c.want.String() || !errors.Is(err, c.err) {
				t.Errorf("%v, %v, want %v, %v", caught, err, c.want, c.err)
			}
			if text, err := os.ReadFile(filepath.Join(in.dir, file)); err != nil || string(text) != fake[file] {
				t.Errorf("the copy is not as it was: %v\n%s", err, text)
			}
		})
	}
}

// A check that is not over when the mutant's time is up has hung; one that is
// interrupted has not.
func TestTheTimeOfAMutant(t *testing.T) {
	in := planted(t)
	c := check{what: "a check", args: []string{"test", "./a"}, limit: time.Minute}
	for _, cause := range []error{errTimeout, errLimit} {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		caught, err := in.try(ctx, &c)
		if hung := caught != nil && caught.Hangs; hung != (cause == errTimeout) || !hung && !errors.Is(err, cause) {
			t.Errorf("%v: %v, %v", cause, caught, err)
		}
	}
}

// A whole trial: all mutants are noted, the survivor is said, and a copy that
// fails as it is stops everything.
func TestTrial(t *testing.T) {
	ms := []*Mutant{
		{Name: "good", Package: "a", Old: "2 * n", New: "3 * n", Try: []string{"./a"}},
		{Name: "alive", Package: "a", Old: "n / 2", New: "n/2 + 1", Breaks: "I0", Try: []string{"./a"}},
	}
	var said strings.Builder
	run := &trial{settings: &settings{each: time.Minute}, progress: &said, trees: []*tree{planted(t)}, found: make(results)}
	if err := run.runStages(t.Context(), ms); err != nil {
		t.Fatal(err)
	}
	if want := "2 mutants, 1 caught, 1 survived\nsurvived: alive: I0\n"; run.summary(ms) != want || run.verdict(ms) == nil {
		t.Errorf("%q, %v", run.summary(ms), run.verdict(ms))
	}
	if !strings.Contains(said.String(), "NO CHAOS") {
		t.Errorf("nobody is told that there is no chaos: %s", said.String())
	}

	if _, err := run.trees[0].mutate(ms[0]); err != nil {
		t.Fatal(err)
	}
	if err := run.runStages(t.Context(), ms); err == nil || !strings.Contains(err.Error(), "the unchanged copy fails: a: TestTwice") {
		t.Errorf("a copy that fails is taken: %v", err)
	}
}

// Each package is tried once before the mutants are, with and without the race detector.
func TestWhatMustBeSound(t *testing.T) {
	var got []string
	for _, c := range packageStage([]*Mutant{
		{Try: []string{"./a", "./b"}}, {Try: []string{"./b"}}, {Try: []string{"./a"}, Race: true},
	}).baseline {
		got = append(got, strings.Join(c.args, " "))
	}
	want := []string{"test -failfast -count=1 ./a", "test -failfast -count=1 ./b", "test -failfast -count=1 -race ./a"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
