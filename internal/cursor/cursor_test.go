package cursor_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xlattice.org/zog/internal/cursor"
	"xlattice.org/zog/internal/position"
)

func TestAPositionIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	c, err := cursor.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if at, kept := c.Kept(); kept {
		t.Errorf("a file that is not there has %v", at)
	}
	for _, text := range []string{"zog1:MV.b.41", "zog1:MV.b.42,PA.10.7", "zog1:MV.b.42,PA.10.7", "zog1:"} {
		if err := c.Keep(text); err != nil {
			t.Fatal(err)
		}
		again, err := cursor.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if at, kept := again.Kept(); !kept || at.String() != text {
			t.Errorf("kept %v, %v, want %s", at, kept, text)
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
		t.Errorf("there are %v, %v", entries, err)
	}
}

// One process at a time has a cursor file.
func TestACursorFileIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cursor")
	for range 2 {
		unlock, err := cursor.Lock(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cursor.Lock(path); err == nil || !strings.Contains(err.Error(), path+": another reader") {
			t.Errorf("locked twice: %v", err)
		}
		unlock()
	}
	if _, err := cursor.Lock(filepath.Join(path, "none", "such")); err == nil || !strings.Contains(err.Error(), "cursor file: ") {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := cursor.Lock(""); err == nil {
		t.Error("a file without a name is locked")
	}
}

// What is no position is neither taken for one nor for no file: both would read something else
// than what is missing.
func TestAFileThatIsNoCursor(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"empty": "", "text": "hello\n", "two lines": "zog1:\nzog1:\n", "cut off": "zog1:MV.b.", "line end": "\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := cursor.Open(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := cursor.Open(dir); err == nil {
		t.Error("a directory is a cursor file")
	}
	c, err := cursor.Open(filepath.Join(dir, "not", "there"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Keep((position.Position{}).String()); err == nil {
		t.Error("kept in a directory that is not there")
	}
}
