// Package transcript tests a state machine by a text of commands and of what each one
// leads to, as a person would write it down:
//
//	# A comment.
//	client s1 1-3
//	----
//	take LA.7 1-3
//
// A block is comments, one command, a line of dashes, and what it leads to; a blank line
// ends it. `go test -rewrite` writes what the commands lead to now into the files: the
// difference, as git shows it, is then read by whoever changed the state machine.
package transcript

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write what the commands of transcripts lead to into their files")

const dashes = "----"

// Run plays each file that matches a pattern. start returns what plays the commands of
// one file, in their order: it is given a command, and returns what it leads to, without
// a blank line in it.
func Run(t *testing.T, pattern string, start func(t *testing.T) func(command string) string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(raw)
			got := play(want, start(t))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			} else if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("%s (-) and what happens (+) differ; if that is right, go test -rewrite:\n%s", file, diff)
			}
		})
	}
}

// play returns a transcript with what its commands lead to.
func play(text string, play func(command string) string) string {
	var blocks []string
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		before, _, _ := strings.Cut(block, "\n"+dashes)
		lines := strings.Split(strings.Trim(before, "\n"), "\n")
		command := lines[len(lines)-1]
		if strings.HasPrefix(command, "#") { // comments alone
			blocks = append(blocks, strings.Join(lines, "\n"))
			continue
		}
		result := strings.TrimSpace(play(command))
		blocks = append(blocks, strings.TrimSpace(strings.Join(lines, "\n")+"\n"+dashes+"\n"+result))
	}
	return strings.Join(blocks, "\n\n") + "\n"
}
