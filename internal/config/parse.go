package config

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxFile is how many bytes a ring file has at the most: far more than any of 64 hosts.
const MaxFile = 32 << 10

// Parse reads a ring file, fills in what it leaves out, and checks it (DESIGN
// section 9). The name is only for errors, each of which is an [*Error].
func Parse(name string, data []byte) (*Ring, error) {
	r, fault := parse(data)
	if fault != nil {
		fault.File = name
		return nil, fault
	}
	return r, nil
}

func parse(data []byte) (*Ring, *Error) {
	root, fault := document(data)
	if fault != nil {
		return nil, fault
	}
	r, seen := defaults(), positions{}
	if root != nil {
		fault = r.shape().read(seen, "", root)
	}
	if fault == nil {
		fault = r.check()
	}
	if fault == nil {
		return r, nil
	}
	return nil, seen.locate(fault)
}

// document returns the one document of a YAML text, nil if there is nothing
// in it.
func document(data []byte) (ast.Node, *Error) {
	if len(data) > MaxFile {
		return nil, faultf("", "it is too long for a ring file, which has at most %d bytes", MaxFile)
	}
	// A byte-order mark is how some editors begin a file: no part of the text.
	file, err := parser.ParseBytes(bytes.TrimPrefix(data, []byte("\ufeff")), 0)
	if err != nil {
		return nil, syntaxFault(err, data)
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, positionOf(doc.Body).fault("", "a second document: a ring file has one")
		}
		root = doc.Body
	}
	return root, nil
}

// syntaxFault makes one line of the parser's error, which draws the source in
// several. Its message is quoted where it repeats a part of the source.
func syntaxFault(err error, data []byte) *Error {
	var at position
	message := err.Error()
	var located yaml.Error
	if errors.As(err, &located) {
		message = located.GetMessage()
		if t := located.GetToken(); t != nil {
			at = position{t.Position.Line, t.Position.Column}
		}
	}
	message = strings.Join(strings.Fields(message), " ")
	if fault := tabFault(at, message, data); fault != nil {
		return fault
	}
	return at.fault("", "%s", message)
}

// tabFault returns the fault as one of the first tab in its line; nil if there is none.
// The parser calls a tab a space, or stumbles over what comes behind it.
func tabFault(at position, message string, data []byte) *Error {
	lines := strings.Split(string(data), "\n")
	if at.line < 1 || at.line > len(lines) {
		return nil
	}
	code, _, _ := strings.Cut(lines[at.line-1], "#")
	before, _, found := strings.Cut(code, "\t")
	if !found {
		return nil
	}
	tab := position{at.line, utf8.RuneCountInString(before) + 1}
	if tab == at || strings.Contains(message, "tab") {
		return tab.fault("", "a tab, where only spaces are allowed")
	}
	return at.fault("", "%s; there is a tab at column %d of this line", message, tab.column)
}

// position is a line and a column, both from 1; the zero position is unknown.
type position struct{ line, column int }

func (p position) fault(key, format string, args ...any) *Error {
	fault := faultf(key, format, args...)
	fault.Line, fault.Column = p.line, p.column
	return fault
}

// place returns where a node begins. The token of a mapping without braces is
// its first colon: there the first key is meant.
func positionOf(n ast.Node) position {
	var t *token.Token
	switch n := n.(type) {
	case nil:
		return position{}
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return positionOf(n.Values[0].Key)
		}
		t = n.GetToken()
	default:
		t = n.GetToken()
	}
	if t == nil || t.Position == nil {
		return position{}
	}
	return position{t.Position.Line, t.Position.Column}
}

// places remembers where each key's value stands.
type positions map[string]position

// locate gives a fault the place of its key, or of the nearest section around
// it if the file does not have that key.
func (p positions) locate(fault *Error) *Error {
	if fault.Line > 0 {
		return fault
	}
	for key := fault.Key; key != ""; key = key[:max(strings.LastIndexAny(key, ".["), 0)] {
		if at, ok := p[key]; ok {
			fault.Line, fault.Column = at.line, at.column
			break
		}
	}
	return fault
}
