package ringtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// Golden fails the test unless a text equals the content of the named file in testdata. With
// RINGTEST_UPDATE=1 in the environment it writes the file instead, and makes the directory.
func Golden(t TB, name, text string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("RINGTEST_UPDATE") == "1" {
		err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o644))
		if err != nil {
			t.Fatalf("ringtest: %v", err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("ringtest: %v (RINGTEST_UPDATE=1 in the environment makes it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); diff != "" {
		t.Errorf("%s, and what there is (RINGTEST_UPDATE=1 writes it anew):\n%s", name, diff)
	}
}
