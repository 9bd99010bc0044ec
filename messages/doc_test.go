package messages_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ends are the actors that send a message, and those that receive it; or those that write a state,
// and those that read it.
type ends struct{ From, To []string }

// TestTheTableIsTrue reads who sends and who receives each message from the
// code of the actors, and compares it with the table in the package comment.
func TestTheTableIsTrue(t *testing.T) {
	code := make(map[string]ends)
	for _, pattern := range []string{"../actors/*.go", "../supervisor/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				readFile(t, path, code)
			}
		}
	}
	table := readTable(t)
	for _, name := range declared(t) {
		if _, ok := table[name]; !ok {
			t.Errorf("%s is not in the table", name)
		}
	}
	for name, e := range code {
		slices.Sort(e.From)
		slices.Sort(e.To)
		code[name] = ends{slices.Compact(e.From), slices.Compact(e.To)}
	}
	if diff := cmp.Diff(code, table); diff != "" {
		t.Errorf("the code (-) and the table (+) differ:\n%s", diff)
	}
}

// actorOf returns the name of the actor that a file belongs to.
func actorOf(path string) string {
	name, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(path), ".go"), "_") // link_dial.go is part of link.go
	switch name {
	case "reports":
		return "any"
	case "markwaiters":
		return "accesslog link"
	case "host":
		return "zog"
	}
	return name
}

// readFile notes the messages that a file makes, and those that it asks for in
// a type switch or an assertion.
func readFile(t *testing.T, path string, code map[string]ends) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	actor := actorOf(path)
	note := func(e ast.Expr, receives bool) {
		name, ok := message(e)
		if !ok || name == "Batch" && actor == "router" { // it comes there as a part of Take
			return
		}
		both := code[name]
		if receives {
			both.To = append(both.To, strings.Fields(actor)...)
		} else {
			both.From = append(both.From, strings.Fields(actor)...)
		}
		code[name] = both
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			note(n.Type, false)
		case *ast.CaseClause:
			for _, e := range n.List {
				if star, ok := e.(*ast.StarExpr); ok {
					note(star.X, true)
				}
			}
		case *ast.TypeAssertExpr:
			if star, ok := n.Type.(*ast.StarExpr); ok {
				note(star.X, true)
			}
		}
		return true
	})
}

// message returns the name behind `messages.`, if it is one that is sent.
func message(e ast.Expr) (string, bool) {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	pkg, ok := sel.X.(*ast.Ident)
	carried := []string{"Entry", "ClientTaken", "PeerTaken", "Retaken", "Pulse"} // parts of messages
	name := sel.Sel.Name
	if name == "ClientBatch" || name == "PeerBatch" {
		name = "Batch"
	}
	return name, ok && pkg.Name == "messages" && !slices.Contains(carried, name)
}

// declared returns the messages that messages.go declares in its group.
func declared(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range file.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE && g.Lparen.IsValid() {
			for _, s := range g.Specs {
				names = append(names, s.(*ast.TypeSpec).Name.Name)
			}
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %d messages are declared: %v", len(names), names)
	}
	return append(names, "Batch")
}

// section returns the text under a heading of the package comment.
func section(t *testing.T, heading string) string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "doc.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(file.Doc.Text(), "# "+heading+"\n")
	if !ok {
		t.Fatalf("the package comment has no heading %q", heading)
	}
	text, _, _ = strings.Cut(text, "\n# ")
	return text
}

// readTable reads the rows of the table of messages: those lines that begin with a name.
func readTable(t *testing.T) map[string]ends {
	t.Helper()
	const name, from, to, follows = 0, 13, 45, 83
	table := make(map[string]ends)
	for line := range strings.Lines(section(t, "The messages")) {
		row, ok := strings.CutPrefix(line, "\t")
		if !ok || row[0] < 'A' || row[0] > 'Z' {
			continue
		}
		table[strings.TrimSpace(row[name:from])] = ends{strings.Fields(row[from:to]), strings.Fields(row[to:min(follows, len(row))])}
	}
	return table
}
