package docs_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// testCase is a row of the table of cases in testing.md.
type testCase struct {
	group, name, result string
	tests               []string // as package.TestName, or make target
}

// guide returns testing.md without the part that lists the mutants.
func guide(t *testing.T) string {
	t.Helper()
	raw, err := os.ReadFile("testing.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(raw), "<!-- mutants: begin -->")
	_, after, ends := strings.Cut(rest, "<!-- mutants: end -->")
	if !begins || !ends {
		t.Fatal("testing.md has no place for the mutants")
	}
	return before + after
}

// cases returns the rows of the table under "Cases".
func cases(t *testing.T) (rows []testCase) {
	t.Helper()
	_, section, _ := strings.Cut(guide(t), "\n## Cases\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for line := range strings.Lines(section) {
		cells := strings.Split(strings.ReplaceAll(line, `\|`, "/"), " | ")
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| group |") {
			continue
		}
		if len(cells) != 4 {
			t.Fatalf("%d cells: %s", len(cells), line)
		}
		c := testCase{group: cells[0][2:], name: cells[1], result: strings.TrimSuffix(cells[3], " |\n")}
		for _, m := range quoted.FindAllStringSubmatch(cells[2], -1) {
			c.tests = append(c.tests, m[1])
		}
		rows = append(rows, c)
	}
	return rows
}

var quoted = regexp.MustCompile("`([^`]+)`")

// Each case is there once, with a test or the reason why there is none, and
// with a result.
func TestEachCaseHasATestOrAReason(t *testing.T) {
	seen, groups := map[string]bool{}, map[string]bool{}
	for _, c := range cases(t) {
		what := c.group + ": " + c.name
		if seen[what] {
			t.Errorf("%s: it is there twice", what)
		}
		seen[what], groups[c.group] = true, true
		reason, excused := strings.CutPrefix(c.result, "No test: ")
		if excused == (len(c.tests) > 0) || len(reason) < 4 {
			t.Errorf("%s: tests %q, result %q: want tests and what they show, or why there are none", what, c.tests, c.result)
		}
	}
	for _, group := range []string{
		"Process", "Connection", "Partition", "Clock", "Disk", "Input", "Overload", "Security", "Operations",
	} {
		if !groups[group] {
			t.Errorf("no case is about: %s", group)
		}
		delete(groups, group)
	}
	if len(groups) > 0 {
		t.Errorf("groups that nobody knows: %v", groups)
	}
}

// tests are the tests and fuzz targets in the tree, as package.TestName, and the
// strings in the test files of ringtest, among which its cases are.
type tests struct {
	names map[string]bool
	cases string
}

var testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)

// findTests reads all test files. A package goes by the last part of its path.
func findTests(t *testing.T) *tests {
	t.Helper()
	found, root := &tests{names: map[string]bool{}}, os.DirFS("..")
	err := fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		pkg := path.Base(path.Dir(name))
		for _, m := range testFunc.FindAllSubmatch(source, -1) {
			found.names[pkg+"."+string(m[1])] = true
		}
		if pkg == "ringtest" {
			found.cases += string(source)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// ringCases are the tests that have a table of cases, named one by one.
var ringCases = []string{"ringtest.TestCases", "ringtest.TestLongCases"}

// has tells whether a test is in the tree. Of a subtest the parent counts, but
// for those of ringCases, which are held to their tables.
func (f *tests) has(name string) bool {
	parent, sub, _ := strings.Cut(name, "/")
	if !f.names[parent] || !slices.Contains(ringCases, parent) {
		return f.names[parent]
	}
	return strings.Contains(f.cases, `"`+sub+`"`)
}

// named finds what testing.md calls a test or a target of make.
var named = regexp.MustCompile("`(?:(make) ([a-z-]+)[^`]*|([a-z0-9]+\\.(?:Test|Fuzz)\\w+(?:/[\\w-]+)?))`")

// Whatever test and whatever target is named is there.
func TestNamedTestsExist(t *testing.T) {
	makefile, err := os.ReadFile("../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	found, n := findTests(t), 0
	for _, m := range named.FindAllStringSubmatch(guide(t), -1) {
		n++
		switch {
		case m[1] != "" && !strings.Contains(string(makefile), "\n"+m[2]+":"):
			t.Errorf("there is no target of make called %s", m[2])
		case m[3] != "" && !found.has(m[3]):
			t.Errorf("there is no test %s", m[3])
		}
	}
	if n < 200 {
		t.Errorf("only %d names are found in testing.md", n)
	}
	for _, c := range cases(t) {
		if i := slices.IndexFunc(c.tests, func(name string) bool { return !named.MatchString("`" + name + "`") }); i >= 0 {
			t.Errorf("%s: %s: %q is neither a test nor a target of make", c.group, c.name, c.tests[i])
		}
	}
}
