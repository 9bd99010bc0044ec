package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/scanner"
	gotoken "go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
)

// A mutant marks its place by tokens that occur once in a package. Comments, formatting, the order
// of declarations and the names of files do not matter. After a rename the list needs the new
// name, but the stored result stays valid (see change).
//
// A pattern of the syntax tree would break at the same changes, and much of what mutants replace
// is no node of the tree: `case info.Size() != size:`, ` || r.j.doubts[path] {`. Comments that
// mark the places would stand in code that ships, and say nothing to its readers.

// token is a token of Go source.
type token struct {
	text       string
	identifier bool
	begin, end int // its bytes
}

// tokens returns the tokens of a source or of a part of one, without comments and without the
// semicolons that a line end implies.
func tokens(source string) (all []token) {
	set := gotoken.NewFileSet()
	file := set.AddFile("", set.Base(), len(source))
	var s scanner.Scanner
	s.Init(file, []byte(source), nil, 0)
	for {
		pos, kind, text := s.Scan()
		switch {
		case kind == gotoken.EOF:
			return all
		case kind == gotoken.SEMICOLON && text == "\n":
			continue
		case text == "": // an operator
			text = kind.String()
		}
		begin := file.Offset(pos)
		all = append(all, token{text, kind == gotoken.IDENT, begin, begin + len(text)})
	}
}

// hasPrefix says whether a list of tokens begins with the texts of another.
func hasPrefix(a, b []token) bool {
	if len(a) < len(b) {
		return false
	}
	for i := range b {
		if a[i].text != b[i].text {
			return false
		}
	}
	return true
}

// source is a file of a package.
type source struct {
	path   string
	text   string
	tokens []token
}

// load reads the files of a package, without its tests.
func load(folder string) (files []source, err error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files = append(files, source{path, string(text), tokens(string(text))})
	}
	return files, nil
}

// Why a mutant cannot be applied.
var (
	errAbsent = errors.New("the old text is not in the package")
	errOften  = errors.New("the old text is in the package more than once")
	errNone   = errors.New("the new text is the old one")
)

// apply makes the change of a mutant in the files of its package. It returns the file that
// changes, and its new text. The error wraps errAbsent, errOften or errNone.
func (m *Mutant) apply(files []source) (in *source, changed string, err error) {
	from := tokens(m.Old)
	if to := tokens(m.New); len(from) == len(to) && hasPrefix(from, to) {
		return nil, "", fmt.Errorf("%s: %w", m.Name, errNone)
	}
	for i := range files {
		f := &files[i]
		for n := range f.tokens {
			if !hasPrefix(f.tokens[n:], from) {
				continue
			}
			if in != nil {
				return nil, "", fmt.Errorf("%s: %w: %s, %s", m.Name, errOften, in.path, f.path)
			}
			in = f
			changed = f.text[:f.tokens[n].begin] + strings.TrimSpace(m.New) + f.text[f.tokens[n+len(from)-1].end:]
		}
	}
	if in == nil {
		return nil, "", fmt.Errorf("%s: %s: %w", m.Name, m.Package, errAbsent)
	}
	return in, changed, nil
}

// change identifies what the mutant does. A stored result is valid as long as its change is equal.
// Identifiers of the old text are replaced by numbers in both texts, so that a rename leaves the
// result valid. Identifiers in the new text alone, literals and predeclared names count.
func (m *Mutant) change() string {
	hash := sha256.New()
	numbers := make(map[string]int)
	fmt.Fprintf(hash, "%s", m.Package)
	for _, t := range tokens(m.Old) {
		if _, known := numbers[t.text]; !known && t.identifier && types.Universe.Lookup(t.text) == nil && t.text != "_" {
			numbers[t.text] = len(numbers) + 1
		}
	}
	for _, text := range []string{m.Old, m.New} {
		fmt.Fprint(hash, "\x00")
		for _, t := range tokens(text) {
			if n, numbered := numbers[t.text]; numbered && t.identifier {
				fmt.Fprintf(hash, "$%d ", n)
			} else {
				fmt.Fprintf(hash, "%s ", t.text)
			}
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:6])
}
