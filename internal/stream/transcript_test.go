package stream

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write what the Machine does into testdata/*.txt")

// TestTranscripts plays the events of each file in testdata and compares what the
// Machine wants done, and its phase after, with what stands there below each event. With
// the flag -rewrite it writes that there instead: go test ./internal/stream -rewrite.
//
// A line that is indented is what follows from the event above it. Lines that begin with
// # and empty lines are comments.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			old, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			played := playAll(t, string(old))
			if *rewrite {
				if err := os.WriteFile(path, []byte(played), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(old), "\n"), strings.Split(played, "\n")); diff != "" {
				t.Errorf("the transcript (-) and the Machine (+) differ:\n%s", diff)
			}
		})
	}
}

// playAll returns a transcript as it is when its events are played.
func playAll(t *testing.T, old string) string {
	p, b := newPlayer(), new(strings.Builder)
	for line := range strings.Lines(old) {
		if line[0] == ' ' {
			continue
		}
		b.WriteString(line)
		if line[0] == '#' || line == "\n" {
			continue
		}
		wants, err := p.play(line)
		if err != nil {
			t.Fatalf("%s: %v", strings.TrimSpace(line), err)
		}
		for _, want := range wants {
			b.WriteString("  " + want + "\n")
		}
		b.WriteString("  -> " + p.m.phase.String() + "\n")
	}
	return b.String()
}
