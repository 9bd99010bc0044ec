package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"xlattice.org/zog/internal/test/figures"
)

// Where the results are stored, relative to the root of the tree.
const (
	resultsFile = "docs/mutants.json"
	tableFile   = "docs/testing.md"
)

// result is the outcome of the trial of a mutant.
type result struct {
	Change string `json:"change"`           // what it was, by Mutant.change
	Caught *catch `json:"caught,omitempty"` // nil if it has survived everything
}

// catch says which check has caught a mutant.
type catch struct {
	Package string   `json:"package"`         // whose tests have failed
	Tests   []string `json:"tests,omitempty"` // the first ones that did
	Hangs   bool     `json:"hangs,omitempty"` // until the time was up
}

func (c *catch) String() string {
	if c == nil {
		return "survived"
	}
	text := c.Package
	if len(c.Tests) > 0 {
		text += ": " + strings.Join(c.Tests, ", ")
	}
	if c.Hangs {
		text += " (hangs)"
	}
	return text
}

// results holds the results of all mutants, by name.
type results map[string]result

// parseResults reads what json wrote.
func parseResults(text []byte) (results, error) {
	found := make(results)
	in := json.NewDecoder(bytes.NewReader(text))
	in.DisallowUnknownFields()
	if err := in.Decode(&found); err != nil {
		return nil, fmt.Errorf("%s: %w", resultsFile, err)
	}
	return found, nil
}

// json returns the results as text, sorted by name.
func (r results) json() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

// merge returns r with the newer results in their place, and without mutants that are not in the list.
func (r results) merge(newer results, ms []*Mutant) results {
	merged := make(results)
	for _, m := range ms {
		if found, ok := newer[m.Name]; ok {
			merged[m.Name] = found
		} else if found, ok := r[m.Name]; ok {
			merged[m.Name] = found
		}
	}
	return merged
}

// stale returns the mutants that have changed since they were tried, and new ones.
func stale() (list []*Mutant, err error) {
	found, err := loadResults()
	if err != nil {
		return nil, err
	}
	for _, m := range mutants {
		if r, tried := found[m.Name]; !tried || r.Change != m.change() {
			list = append(list, m)
		}
	}
	return list, nil
}

// loadResults reads the results of earlier trials. Without a file there are none.
func loadResults() (results, error) {
	text, err := os.ReadFile(resultsFile)
	if errors.Is(err, fs.ErrNotExist) {
		return make(results), nil
	}
	if err != nil {
		return nil, err
	}
	return parseResults(text)
}

// saveResults stores new results with the older ones, and writes the table.
func saveResults(newer results) error {
	older, err := loadResults()
	if err != nil {
		return err
	}
	merged := older.merge(newer, mutants)
	text, err := merged.json()
	if err != nil {
		return err
	}
	page, err := os.ReadFile(tableFile)
	if err != nil {
		return err
	}
	changed, err := figures.Between(string(page), tableName, table(mutants, merged))
	if err != nil {
		return fmt.Errorf("%s: %w", tableFile, err)
	}
	return errors.Join(os.WriteFile(resultsFile, text, 0o644), os.WriteFile(tableFile, []byte(changed), 0o644))
}
