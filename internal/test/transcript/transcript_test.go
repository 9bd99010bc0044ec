package transcript

import (
	"strings"
	"testing"
)

// What commands lead to takes the place of what was there; comments stay.
func TestPlay(t *testing.T) {
	const before = `# A comment
# before the first command.

# One with a comment.
say a b
----
old

say
----
`
	const want = `# A comment
# before the first command.

# One with a comment.
say a b
----
1: say a b

say
----
2: say
`
	n := 0
	got := play(before, func(command string) string {
		n++
		return strings.Repeat(" ", n) + string(rune('0'+n)) + ": " + command + "\n"
	})
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := play(want, func(command string) string { return "" }); strings.Contains(again, "1:") {
		t.Errorf("what was there stays:\n%s", again)
	}
}
