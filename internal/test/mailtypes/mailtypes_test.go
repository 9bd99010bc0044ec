package mailtypes_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"xlattice.org/zog/internal/test/mailtypes"
)

// TestAllAreThere: the list has the types that the actors ask for in a type switch, and no
// others.
func TestAllAreThere(t *testing.T) {
	var code []string
	for _, pattern := range []string{"../../../actors/*.go", "../../../supervisor/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
		}
		for _, path := range files {
			if !strings.HasSuffix(path, "_test.go") {
				code = append(code, taken(t, path)...)
			}
		}
	}
	slices.Sort(code)
	list := slices.Sorted(slices.Values(mailtypes.All))
	if diff := cmp.Diff(slices.Compact(code), list); diff != "" {
		t.Errorf("the code (-) and the list (+) differ:\n%s", diff)
	}
}

// taken returns the messages that a file asks for.
func taken(t *testing.T, path string) (names []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if clause, ok := n.(*ast.CaseClause); ok {
			for _, e := range clause.List {
				if star, ok := e.(*ast.StarExpr); ok {
					names = append(names, name(star.X)...)
				}
			}
		}
		return true
	})
	return names
}

// name is the name of a type, unless it is one of another package than messages.
func name(e ast.Expr) []string {
	switch e := e.(type) {
	case *ast.Ident:
		return []string{e.Name}
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok && pkg.Name == "messages" {
			if name := e.Sel.Name; name == "ClientBatch" || name == "PeerBatch" {
				return []string{"Batch"}
			}
			return []string{e.Sel.Name}
		}
	}
	return nil
}
