package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What is no file is not read, and the error says what it is: a pipe is not waited for.
func TestARingFileIsAFile(t *testing.T) {
	dir := t.TempDir()
	pipe, link := filepath.Join(dir, "pipe"), filepath.Join(dir, "link")
	file := filepath.Join(dir, "file")
	write(t, file, "real")
	if err := errors.Join(syscall.Mkfifo(pipe, 0o600), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	for name, is := range map[string]string{pipe: "pipe: a named pipe", dir: ": a directory", "/dev/zero": "/dev/zero: a device"} {
		done := make(chan error, 1)
		go func() { _, _, err := FindRing(name); done <- err }()
		select {
		case err := <-done:
			if err == nil || !strings.Contains(err.Error(), is+", not a regular file") {
				t.Errorf("%s: %v", name, err)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("%s is waited for", name)
		}
	}
	if _, ring, err := FindRing(link); err != nil || ring.Ring != "real" {
		t.Errorf("by a link: %+v, %v", ring, err)
	}
}

// Of a file that has no end only as much is read as tells that.
func TestALongRingFile(t *testing.T) {
	long := filepath.Join(t.TempDir(), "long")
	if err := errors.Join(os.WriteFile(long, nil, 0o600), os.Truncate(long, 1<<40)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := FindRing(long); err == nil || !strings.Contains(err.Error(), "too long for a ring file") {
		t.Errorf("%v", err)
	}
}
