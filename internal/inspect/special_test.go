package inspect_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/internal/inspect"
)

// Whatever is no file in the place of one is named, and nobody is waited for.
func TestWhatIsNoFileIsNamed(t *testing.T) {
	for _, name := range []string{"access.log", "access.log.2", ".access.log.floors", ".access.log.1.index"} {
		dir := directory(t, "access.log.1", linesOf("A", 1, 3))
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
		said := make(chan string, 1)
		go func() {
			d, err := inspect.Open("A", dir)
			if err == nil {
				_, err = d.Held(context.Background())
			}
			if err != nil {
				said <- err.Error()
				return
			}
			said <- strings.Join(d.Notes(), " ")
		}()
		select {
		case got := <-said:
			if !strings.Contains(got, name+": a named pipe") && name != ".access.log.1.index" {
				t.Errorf("%s: %q", name, got)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s is waited for", name)
		}
	}
}

// An old segment that lies elsewhere, with a link to it, is read.
func TestALinkedSegmentIsRead(t *testing.T) {
	dir, elsewhere := directory(t, "access.log", linesOf("A", 4, 5)), directory(t, "old", linesOf("A", 1, 3))
	if err := os.Symlink(filepath.Join(elsewhere, "old"), filepath.Join(dir, "access.log.1")); err != nil {
		t.Fatal(err)
	}
	held, err := open(t, dir).Held(context.Background())
	if err != nil || len(held) != 1 || held[0].Seq != 5 || held[0].First != 1 {
		t.Errorf("%v, %v", held, err)
	}
}
