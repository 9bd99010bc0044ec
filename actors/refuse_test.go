package actors

import (
	"fmt"
	"io"
	"testing"
)

// A host that is refused for what it is dials rarely, and one that was slow soon.
func TestWhatIsARefusal(t *testing.T) {
	for why, want := range map[error]bool{
		refusedError("another ring: it is of ring \"a\""): true,
		refusedError(errNoHello):                          false,
		fmt.Errorf("%w: it is of ring \"a\"", errRing):    true,
		errName:   true,
		io.EOF:    false,
		errSilent: false,
	} {
		if got := isRefusal(fmt.Errorf("link: %w", why)); got != want {
			t.Errorf("%v: %v", why, got)
		}
	}
}
