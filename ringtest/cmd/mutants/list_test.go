package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

const root = "../../.."

// Each mutant of the list can be made: what it changes is there, once.
func TestEveryMutantApplies(t *testing.T) {
	loaded := make(map[string][]source)
	for _, m := range mutants {
		files, ok := loaded[m.Package]
		if !ok {
			var err error
			if files, err = load(filepath.Join(root, m.Package)); err != nil {
				t.Error(err)
			}
			loaded[m.Package] = files
		}
		if _, _, err := m.apply(files); err != nil {
			t.Error(err)
		}
	}
}

// Names are unique, the packages exist, and everything is said that the table
// needs.
func TestTheListIsSound(t *testing.T) {
	if len(mutants) < 36 {
		t.Errorf("%d mutants are too few", len(mutants))
	}
	var names []string
	fit := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, m := range mutants {
		if !fit.MatchString(m.Name) || slices.Contains(names, m.Name) {
			t.Errorf("%q is there twice, or no name", m.Name)
		}
		names = append(names, m.Name)
		if m.Breaks == "" || len(m.Try) == 0 {
			t.Errorf("%s does not say what it breaks or what to try", m.Name)
		}
		for _, p := range m.Try {
			if tests, err := filepath.Glob(filepath.Join(root, p, "*_test.go")); err != nil || len(tests) == 0 {
				t.Errorf("%s: %s has no tests", m.Name, p)
			}
		}
	}
}
