package zog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The daemon still says what is looked for in its diagnostics.
func TestTheWordsOfTheDaemon(t *testing.T) {
	files, err := filepath.Glob("../../internal/stream/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	source := ""
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		source += string(text)
	}
	for _, words := range outOfWindow {
		if !strings.Contains(source, words) {
			t.Errorf("no note of a stream says %q", words)
		}
	}
}
