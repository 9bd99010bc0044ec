package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What the daemon says at level warning or error has a row in operations.md.
func TestEachWarningIsExplained(t *testing.T) {
	section := between(t, read(t, "docs/operations.md"), "\n## Diagnostics\n", "\n## ")
	rows, n := strings.Join(submatches(`(?m)^\| ([^|]+) \|`, section), "\n"), 0
	for _, folder := range []string{"actors", "supervisor", "cmd/zog"} {
		for _, said := range warnings(t, folder) {
			n++
			if fixed := fixedPart(said); !strings.Contains(rows, fixed) {
				t.Errorf("%s says %q, and no row of operations.md has %q", folder, said, fixed)
			}
		}
	}
	if n < 35 {
		t.Errorf("only %d warnings are found", n)
	}
}

// fixedPart returns by what a line with this format can be recognised: the first part of it
// that is not short and always the same.
func fixedPart(format string) string {
	for _, part := range regexp.MustCompile(`%[\d.]*[a-zA-Z]|[(:;,]`).Split(format, -1) {
		if part = strings.TrimSpace(part); len(part) >= 10 {
			return part
		}
	}
	return ""
}

// warnings returns the texts, or formats, of the lines that a package says at level
// warning, error or fatal.
func warnings(t *testing.T, folder string) (found []string) {
	t.Helper()
	files := token.NewFileSet()
	entries, err := os.ReadDir(path.Join("..", folder))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path.Join("..", folder, e.Name()), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if said := warning(call); said != "" {
					found = append(found, said)
				}
			}
			return true
		})
	}
	return found
}

var (
	loud  = regexp.MustCompile(`^(?:Warn|Error|Fatal)f?$`)
	level = regexp.MustCompile(`^(?:Warn|Error|Fatal)Level$`)
)

// warning returns what a call says, if it is a call of a logger at such a level.
func warning(call *ast.CallExpr) string {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	isLoud := loud.MatchString(method.Sel.Name)
	for _, arg := range call.Args {
		if l, ok := arg.(*ast.SelectorExpr); ok && level.MatchString(l.Sel.Name) {
			isLoud = true
		}
		if text := literal(arg); isLoud && text != "" {
			if inner, ok := method.X.(*ast.Ident); ok && (inner.Name == "t" || inner.Name == "fmt") {
				return ""
			}
			return text
		}
	}
	return ""
}

// literal returns a text that is written out, also as a sum.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	}
	return ""
}

// The exit codes in operations.md are those of the help, with the same words.
func TestTheExitCodesAreExplained(t *testing.T) {
	section := between(t, read(t, "docs/operations.md"), "\n## Exit codes\n", "\n## ")
	tables := strings.Split(section, "\n| code | ")
	files := []string{"cmd/zog/root.go", "cmd/zog/verify.go", "cmd/sprog/tally.go", "cmd/sprog/exec.go", "cmd/sprog/tail.go", "cmd/zog/log.go", "cmd/zog/tls_show.go", "cmd/zog/tls_check.go"}
	if len(tables)-1 != len(files) {
		t.Fatalf("%d tables of exit codes, want %d", len(tables)-1, len(files))
	}
	for i, file := range files {
		help := between(t, read(t, file), "Exit codes:\n", "`")
		same(t, file, submatches(`(?m)^\| (\d+) \|`, tables[i+1]), submatches(`(?m)^  (\d+)  `, help))
	}
}
