// Package transcript tests a state machine with text files of commands and their results:
//
//	# A comment.
//	client s1 1-3
//	----
//	take LA.7 1-3
//
// A block is comments, one command, a line of dashes, and the result. A blank line ends it.
// `go test -rewrite` writes the present results into the files. Whoever changed the state
// machine then reads the difference in git.
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

// Run plays each file that matches pattern. start returns the function that plays the
// commands of one file, in their order: it is given a command and returns the result, which
// must not contain a blank line.
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

// play returns a transcript with the present results of its commands.
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
