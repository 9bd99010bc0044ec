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

// MaxFile is the size limit of a ring file in bytes. A file with 64 hosts is far smaller.
const MaxFile = 32 << 10

// Parse parses a ring file, sets the defaults of the keys that it leaves out, and checks it. An
// error is an [*Error] with the given file name.
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

// document returns the only document of a YAML text, or nil if it is empty.
func document(data []byte) (ast.Node, *Error) {
	if len(data) > MaxFile {
		return nil, faultf("", "it is too long for a ring file, which has at most %d bytes", MaxFile)
	}
	// Some editors begin a file with a byte-order mark.
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

// syntaxFault returns the parser's error as one line, without the drawing of the source that
// the parser adds.
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

// tabFault returns the fault with the first tab of its line, or nil if the line has none. The
// parser reports a tab as a space, or fails at what follows it.
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

// position is a line and a column, both from 1. The zero position is unknown.
type position struct{ line, column int }

func (p position) fault(key, format string, args ...any) *Error {
	fault := faultf(key, format, args...)
	fault.Line, fault.Column = p.line, p.column
	return fault
}

// positionOf returns where a node begins. The token of a mapping without braces is its first
// colon, so for that it is the position of its first key.
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

// positions has the position of the value of each key.
type positions map[string]position

// locate sets the position of a fault to that of its key, or of the nearest section around it
// if the file does not have the key.
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
