package archtest

import (
	"bytes"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// module is this repository's module path.
const module = "xlattice.org/zog"

// tree is what the rules look at.
type tree struct {
	packages map[string]*pkg   // by folder from the root, such as internal/ring
	texts    map[string]string // the text files, by path from the root
}

// pkg is a folder with Go files that are not tests.
type pkg struct {
	main       bool
	documented bool
	imports    map[string]bool
}

// skipped are the folders whose files are not of the repository's making.
var skipped = []string{".git", "bin", "build", "logs"}

// read parses the repository. Packages in a nested module are left out: that
// module is there so that the layout need not bind it.
func read(root fs.FS) (*tree, error) {
	t := &tree{packages: map[string]*pkg{}, texts: map[string]string{}}
	nested := map[string]bool{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(skipped, name) {
				return fs.SkipDir
			}
			_, err := fs.Stat(root, path.Join(name, "go.mod"))
			nested[name] = nested[path.Dir(name)] || name != "." && err == nil
			return nil
		}
		if !d.Type().IsRegular() {
			return nil
		}
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		return t.add(name, data, nested[path.Dir(name)])
	})
	return t, err
}

// add files a file under what it is: a text, a source file, or neither.
func (t *tree) add(name string, data []byte, nested bool) error {
	if !utf8.Valid(data) || bytes.IndexByte(data, 0) >= 0 {
		return nil
	}
	t.texts[name] = string(data)
	testdata := strings.Contains("/"+name, "/testdata/")
	if nested || testdata || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return nil
	}
	return t.addSource(name, data)
}

func (t *tree) addSource(name string, data []byte) error {
	file, err := parser.ParseFile(token.NewFileSet(), name, data, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	folder := path.Dir(name)
	p := t.packages[folder]
	if p == nil {
		p = &pkg{imports: map[string]bool{}}
		t.packages[folder] = p
	}
	p.main = file.Name.Name == "main"
	p.documented = p.documented || strings.TrimSpace(file.Doc.Text()) != ""
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.imports[imported] = true
	}
	return nil
}

// folders returns the folders of all packages, sorted.
func (t *tree) folders() []string {
	return slices.Sorted(maps.Keys(t.packages))
}

// inside returns the folder of a package of this module.
func inside(imported string) (folder string, ok bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// under reports whether a path is at or below another.
func under(p, parent string) bool {
	return p == parent || strings.HasPrefix(p, parent+"/")
}

// reach returns what a package imports from outside this module, itself or
// through packages of this module, and for each the folder that imports it.
func (t *tree) reach(folder string) map[string]string {
	found, seen := map[string]string{}, map[string]bool{}
	var visit func(string)
	visit = func(folder string) {
		p := t.packages[folder]
		if p == nil || seen[folder] {
			return
		}
		seen[folder] = true
		for _, imported := range slices.Sorted(maps.Keys(p.imports)) {
			if next, ok := inside(imported); ok {
				visit(next)
			} else if found[imported] == "" {
				found[imported] = folder
			}
		}
	}
	visit(folder)
	return found
}

// repository reads the tree that this test stands in.
func repository(t *testing.T) *tree {
	t.Helper()
	const root = "../../.."
	mod, err := os.ReadFile(root + "/go.mod")
	if err != nil || !bytes.HasPrefix(mod, []byte("module "+module+"\n")) {
		t.Fatalf("%s is not the root of %s: %v", root, module, err)
	}
	tr, err := read(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
