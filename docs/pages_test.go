package docs_test

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are all Markdown files, by their path from the root.
func pages(t *testing.T) (names []string) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(".."), ".", func(name string, e fs.DirEntry, err error) error {
		if e != nil && e.IsDir() && strings.HasPrefix(e.Name(), ".") && name != "." {
			return fs.SkipDir
		}
		if err == nil && strings.HasSuffix(name, ".md") {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// anchors returns what a page can be linked at: its headings, as GitHub names them.
func anchors(text string) map[string]bool {
	all := make(map[string]bool)
	for _, heading := range submatches(`(?m)^#+ (.+)$`, text) {
		heading = regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading), "")
		all[strings.ReplaceAll(heading, " ", "-")] = true
	}
	return all
}

// A link to a file, or to a heading, leads there.
func TestLinksLeadSomewhere(t *testing.T) {
	n := 0
	for _, name := range pages(t) {
		text := read(t, name)
		for _, link := range submatches(`\]\(([^)\s]+)\)`, text) {
			if strings.Contains(link, "://") {
				continue
			}
			n++
			file, anchor, _ := strings.Cut(link, "#")
			to := name
			if file != "" {
				to = path.Join(path.Dir(name), file)
			}
			if _, err := os.Stat(path.Join("..", to)); err != nil {
				t.Errorf("%s: %s: %v", name, link, err)
			} else if anchor != "" && !anchors(read(t, to))[anchor] {
				t.Errorf("%s: %s: no such heading; there are %v", name, link, slices.Sorted(maps.Keys(anchors(read(t, to)))))
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d links are found", n)
	}
}

// The index names each page once.
func TestTheIndexHasAllPages(t *testing.T) {
	var want []string
	for _, name := range pages(t) {
		if file, ok := strings.CutPrefix(name, "docs/"); ok && file != "README.md" {
			want = append(want, file)
		}
	}
	same(t, "docs/README.md", submatches(`(?m)^\| \[[^\]]*\]\(([a-z]+\.md)\) \|`, read(t, "docs/README.md")), want)
}

// A test that a page tells how to run by go test is in the package that it names.
func TestCommandsOfTestsAreRight(t *testing.T) {
	found, n := findTests(t), 0
	command := regexp.MustCompile(`go test (?:-[\w=]+ )*\./([\w/]+) -run '?(Test\w+)`)
	for _, name := range pages(t) {
		for _, m := range command.FindAllStringSubmatch(read(t, name), -1) {
			n++
			if !found.names[path.Base(m[1])+"."+m[2]] {
				t.Errorf("%s: there is no %s in %s", name, m[2], m[1])
			}
		}
	}
	if n == 0 {
		t.Error("no command was found")
	}
}
