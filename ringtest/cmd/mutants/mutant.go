package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// Mutant is one way to break the code.
type Mutant struct {
	Name    string // lower-case letters and hyphens
	Package string // its folder, from the root of the tree
	// Old is replaced by New. Its tokens stand exactly once in the package, tests not counted;
	// comments and white space do not matter.
	Old, New string
	// Breaks says which invariant (I1 to I11) or section of docs/ the mutant violates, and what goes wrong.
	Breaks string
	// Try lists the packages, as ./internal/journal, whose tests run before all others, the quickest first.
	Try []string
	// Race says that only the race detector sees it.
	Race bool
}

// folder returns the mutated package as the go command takes it.
func (m *Mutant) folder() string { return "./" + m.Package }

// list writes a line for each mutant.
func list(to io.Writer, ms []*Mutant) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, m := range ms {
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Name, m.Package, m.Breaks) // Flush has the error
	}
	return table.Flush()
}
