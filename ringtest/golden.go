package ringtest

import (
	"os"
	"path/filepath"

	"github.com/google/go-cmp/cmp"
)

// Golden fails the test unless a text is what the file of that name in testdata
// holds. With RINGTEST_UPDATE=1 in the environment it writes the file instead.
func Golden(t TB, name, text string) {
	t.Helper()
	name = filepath.Join("testdata", name)
	if os.Getenv("RINGTEST_UPDATE") == "1" {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatalf("%v", err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s, and what there is (RINGTEST_UPDATE=1 writes it anew):\n%s", name, diff)
	}
}
