package main

import (
	"fmt"
	"strings"
)

// tableName is what the place of the table in docs/testing.md is called.
const tableName = "mutants"

// preface stands before the table.
const preface = `What the tests are worth is shown by breaking the code on purpose. ` + "`make mutants`" + ` does this in a
copy of the tree, in one place at a time, and sees that a check fails: the tests of the packages
concerned, then all tests, then the chaos. There are %d such mutants, and each was caught by the first
tests that the last column names. "Hangs" means that the tests did not end.

The list is in ` + "`ringtest/cmd/mutants`" + `, and tests there hold it to the code: whoever changes a line that a
mutant changes, changes the mutant too, and has it tried again with
` + "`go run ./ringtest/cmd/mutants --only NAME --write`" + `, which also writes this section.

`

// table says of each mutant in the list what caught it.
func table(ms []*Mutant, found results) string {
	var b strings.Builder
	fmt.Fprintf(&b, preface, len(ms))
	b.WriteString("| mutant | in | what it breaks | caught by |\n|---|---|---|---|\n")
	for _, m := range ms {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", m.Name, m.Package, cell(m.Breaks), caughtBy(m, found))
	}
	return b.String()
}

// caughtBy is the last cell of a row.
func caughtBy(m *Mutant, found results) string {
	r, ok := found[m.Name]
	switch {
	case !ok || r.Change != m.change():
		return "not tried"
	case r.Caught == nil:
		return "**survived**"
	}
	said := "`" + r.Caught.Package + "`"
	if len(r.Caught.Tests) > 0 {
		said += " " + strings.Join(r.Caught.Tests, ", ")
	}
	if r.Caught.Hangs {
		said += " (hangs)"
	}
	return cell(said)
}

// cell is a text as it may stand in a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
