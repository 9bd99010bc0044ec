package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"xlattice.org/zog/internal/test/figures"
)

// The table in docs/testing.md is what was found, and nothing is missing in it.
// Whoever changes a mutant, or adds one, has it tried: --only its-name --write.
func TestTheTableIsWhatWasFound(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, resultsFile))
	if err != nil {
		t.Fatal(err)
	}
	found, err := parseResults(text)
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, tableFile))
	if err != nil {
		t.Fatal(err)
	}
	want, err := figures.Between(string(page), tableName, table(mutants, found))
	if err != nil || want != string(page) {
		t.Errorf("the table in %s is not that of %s: %v", tableFile, resultsFile, err)
	}
	for _, m := range mutants {
		if r, ok := found[m.Name]; !ok || r.Change != m.change() {
			t.Errorf("%s was not tried as it is now", m.Name)
		} else if r.Caught == nil {
			t.Errorf("%s has survived", m.Name)
		}
	}
	if len(found) != len(mutants) {
		t.Errorf("%d results for %d mutants", len(found), len(mutants))
	}
}

func TestTable(t *testing.T) {
	ms := []*Mutant{
		{Name: "caught", Package: "a", Old: "1", Breaks: "x|y"}, {Name: "hung", Package: "b", Old: "2", Breaks: "x"},
		{Name: "alive", Package: "c", Old: "3", Breaks: "x"}, {Name: "changed", Package: "d", Old: "4", Breaks: "x"},
		{Name: "new", Package: "e", Old: "5", Breaks: "x"},
	}
	found := results{
		"caught":  {ms[0].change(), &catch{Package: "a", Tests: []string{"TestA", "TestB"}}},
		"hung":    {ms[1].change(), &catch{Package: "all tests", Hangs: true}},
		"alive":   {ms[2].change(), nil},
		"changed": {"other", &catch{Package: "a"}},
	}
	got := table(ms, found)
	rows := "| caught | `a` | x\\|y | `a` TestA, TestB |\n" +
		"| hung | `b` | x | `all tests` (hangs) |\n" +
		"| alive | `c` | x | **survived** |\n" +
		"| changed | `d` | x | not tried |\n" +
		"| new | `e` | x | not tried |\n"
	if !strings.Contains(got, "There are 5 such mutants") || !strings.HasSuffix(got, rows) {
		t.Errorf("%s\nwant at its end\n%s", got, rows)
	}
}

// What is stored comes back; a newer result replaces an older one, and one of a
// mutant that is gone is forgotten.
func TestResults(t *testing.T) {
	ms := []*Mutant{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	older := results{"a": {"1", nil}, "b": {"1", nil}, "gone": {"1", nil}}
	newer := results{"b": {"2", &catch{Package: "p", Tests: []string{"T"}, Hangs: true}}}
	merged := older.merge(newer, ms)
	if want := (results{"a": older["a"], "b": newer["b"]}); !reflect.DeepEqual(merged, want) {
		t.Errorf("%v, want %v", merged, want)
	}
	text, err := merged.json()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := parseResults(text); err != nil || !reflect.DeepEqual(again, merged) {
		t.Errorf("%v, %v", again, err)
	}
	if _, err := parseResults([]byte(`{"a": {"caugth": null}}`)); err == nil {
		t.Error("a misspelt key is passed over")
	}
	names := []string{strings.SplitN(string(text), `"`, 3)[1]}
	if !slices.Equal(names, []string{"a"}) {
		t.Errorf("%q come first", names)
	}
}
