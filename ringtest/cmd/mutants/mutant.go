package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// Mutant is one way to break the code.
type Mutant struct {
	Name string // letters and hyphens
	File string // from the root of the tree
	// Old is what is replaced by New. It stands exactly once in the file.
	Old, New string
	// Breaks says what does not hold any more: an invariant (I1 to I11), or a
	// section of the design, and what goes wrong.
	Breaks string
	// Try are the packages, as ./internal/journal, whose tests are tried before
	// all others, the quickest first.
	Try []string
	// Race says that it takes the race detector to see it.
	Race bool
}

// Why a mutant cannot be applied.
var (
	errAbsent = errors.New("the old text is not there")
	errOften  = errors.New("the old text is there more than once")
	errNone   = errors.New("the new text is the old one")
)

// apply returns a file's text with the change in it.
func (m *Mutant) apply(text string) (string, error) {
	switch n := strings.Count(text, m.Old); {
	case n == 0:
		return "", fmt.Errorf("%s: %s: %w", m.Name, m.File, errAbsent)
	case n > 1:
		return "", fmt.Errorf("%s: %s: %w", m.Name, m.File, errOften)
	case m.Old == m.New:
		return "", fmt.Errorf("%s: %w", m.Name, errNone)
	}
	return strings.Replace(text, m.Old, m.New, 1), nil
}

// change names what the mutant does to which file, so that a result can be told
// from one about an earlier change of the same name.
func (m *Mutant) change() string {
	sum := sha256.Sum256([]byte(m.File + "\x00" + m.Old + "\x00" + m.New))
	return hex.EncodeToString(sum[:6])
}

// folder returns the mutated package as the go command takes it.
func (m *Mutant) folder() string { return "./" + m.File[:strings.LastIndexByte(m.File, '/')] }

// list writes a line for each mutant.
func list(to io.Writer, ms []*Mutant) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, m := range ms {
		fmt.Fprintf(table, "%s\t%s\t%s\n", m.Name, m.File, m.Breaks) // Flush has the error
	}
	return table.Flush()
}
