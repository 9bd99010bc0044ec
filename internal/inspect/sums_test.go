package inspect_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/journal"
)

// A letter that was changed in a sealed segment leaves a good line. The
// checksums that the host has made tell.
func TestAChangedTextIsFound(t *testing.T) {
	dir := directory(t, "access.log.1", linesOf("A", 1, 2000))
	j, _, err := journal.Open(journal.Config{FS: disk.OS{}, Dir: dir, Now: time.Now, SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole := open(t, dir)
	if _, err := whole.Held(t.Context()); err != nil || len(whole.Damage()) > 0 {
		t.Fatalf("a log that nobody has changed: %v, %v", whole.Damage(), err)
	}
	path := filepath.Join(dir, "access.log.1")
	log, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndexByte(log, '\r') - 1
	log[at] ^= 1
	if err := os.WriteFile(path, log, 0o600); err != nil {
		t.Fatal(err)
	}
	changed := open(t, dir)
	if _, err := changed.Held(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := changed.Damage(); len(got) != 1 || got[0].File != "access.log.1" || got[0].Offset > int64(at) || got[0].Offset+got[0].Bytes <= int64(at) {
		t.Errorf("the changed byte is at %d, found is %v", at, got)
	}
}
