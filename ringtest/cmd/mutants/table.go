package main

import (
	"fmt"
	"strings"
)

// tableName is the name of the markers around the table in docs/testing.md.
const tableName = "mutants"

// tableIntro is the text before the table.
const tableIntro = "`make mutants`" + ` shows that the tests find errors: it breaks the code on purpose in a copy of the tree, in one
place at a time, and checks that a test fails. The tests of the packages concerned run first, then all
tests, then chaos. There are %d such mutants. The last column names the first tests that caught the
mutant. "Hangs" means that the tests did not end.

The list is in ` + "`ringtest/cmd/mutants`" + `. A mutant finds its place by the tokens of the code that it replaces, so
a move within the package or another comment asks for nothing. After a rename the list needs the new name.
After any other change of that code the mutant must be changed too, and be tried again with
` + "`go run ./ringtest/cmd/mutants --only NAME --write`" + `, which also writes this section. Tests compare the list
with the code and with the results.

`

// table returns the section: what caught each mutant of the list.
func table(ms []*Mutant, found results) string {
	var b strings.Builder
	fmt.Fprintf(&b, tableIntro, len(ms))
	b.WriteString("| mutant | in | what it breaks | caught by |\n|---|---|---|---|\n")
	for _, m := range ms {
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", m.Name, m.Package, escapeCell(m.Breaks), caughtBy(m, found))
	}
	return b.String()
}

// caughtBy returns the last cell of a row.
func caughtBy(m *Mutant, found results) string {
	r, ok := found[m.Name]
	switch {
	case !ok || r.Change != m.change():
		return "not tried"
	case r.Caught == nil:
		return "**survived**"
	}
	text := "`" + r.Caught.Package + "`"
	if len(r.Caught.Tests) > 0 {
		text += " " + strings.Join(r.Caught.Tests, ", ")
	}
	if r.Caught.Hangs {
		text += " (hangs)"
	}
	return escapeCell(text)
}

// escapeCell returns a text as the cell of a table.
func escapeCell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
