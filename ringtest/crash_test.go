package ringtest_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"xlattice.org/zog/ringtest"
)

// TestFilesFollowACrash: who has asked for a host's files before a crash reads what the
// crash has left.
func TestFilesFollowACrash(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		files := mv.Files()
		must(t, r.Client("MV").Send("before"))
		mv.Disk().Hang("sync")
		_ = quickly(r).Send("not synced")
		if got := read(t, files); !strings.Contains(got, "before") || !strings.Contains(got, "not synced") {
			t.Errorf("before the crash there is %q", got)
		}
		mv.PowerCut()
		if got := read(t, files); !strings.Contains(got, "before") || strings.Contains(got, "not synced") {
			t.Errorf("after the crash there is %q", got)
		}
		mv.Start()
		must(t, r.Client("MV").Send("after"))
		if got := read(t, files); !strings.Contains(got, "after") {
			t.Errorf("after the start there is %q", got)
		}
		mv.Stop()
		mv.Wipe()
		if _, err := files.Open("access.log"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("on an empty disk: %v", err)
		}
	})
}

func read(t *testing.T, files fs.FS) string {
	t.Helper()
	content, err := fs.ReadFile(files, "access.log")
	must(t, err)
	return string(content)
}
