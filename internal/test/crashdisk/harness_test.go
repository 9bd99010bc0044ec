package crashdisk

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"xlattice.org/zog/internal/disk"
)

const appending = os.O_CREATE | os.O_RDWR | os.O_APPEND

// open opens a file, and closes it at the end unless the disk is dead.
func open(t *testing.T, d disk.FS, name string, flag int) disk.File {
	t.Helper()
	f, err := d.OpenFile(name, flag)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// write writes text, and requires that it succeeds.
func write(t *testing.T, f disk.File, text string) {
	t.Helper()
	if n, err := f.Write([]byte(text)); n != len(text) || err != nil {
		t.Fatalf("%d of %d bytes, %v", n, len(text), err)
	}
}

// must fails the test if there is an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content returns what can be read in a file, and false if there is no file.
func content(t *testing.T, d disk.FS, name string) (string, bool) {
	t.Helper()
	f, err := d.OpenFile(name, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false
	}
	must(t, err)
	defer f.Close()
	info, err := f.Stat()
	must(t, err)
	b := make([]byte, info.Size())
	if n, err := f.ReadAt(b, 0); n != len(b) || err != nil && err != io.EOF {
		t.Fatalf("%d of %d bytes, %v", n, len(b), err)
	}
	return string(b), true
}

// requireFiles requires that a directory has exactly these files.
func requireFiles(t *testing.T, d disk.FS, dir string, want map[string]string) {
	t.Helper()
	entries, err := d.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if _, ok := want[e.Name()]; !ok {
			t.Errorf("there is %s", e.Name())
		}
	}
	for name, text := range want {
		if got, ok := content(t, d, filepath.Join(dir, name)); !ok || got != text {
			t.Errorf("%s is %q, %t, want %q", name, got, ok, text)
		}
	}
}
