package inspect_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xlattice.org/zog/internal/inspect"
)

// A host rotates while its log is read: nothing is missed and nothing read
// twice.
func TestReadingWhileItRotates(t *testing.T) {
	const segments, each = 2000, 1
	dir := directory(t, "access.log", "")
	active := filepath.Join(dir, "access.log")
	done := make(chan struct{})
	go func() {
		defer close(done)
		for seq := 1; seq <= segments*each; seq++ {
			write(t, active, line(seq), os.O_APPEND)
			if seq%each == 0 {
				rename(t, active, filepath.Join(dir, fmt.Sprint("access.log.", seq/each)))
			}
		}
	}()
	reading := open(t, dir)
	for over := false; !over; {
		select {
		case <-done:
			over = true
		default:
		}
		for _, d := range []*inspect.Dir{reading, open(t, dir)} {
			if got := said(t, d); strings.Contains(got, ";") || got != "" && !strings.HasPrefix(got, "A.1.1") {
				<-done
				t.Fatalf("found %q", got)
			}
		}
	}
	if got, want := said(t, reading), fmt.Sprint("A.1.1-", segments*each); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
}
