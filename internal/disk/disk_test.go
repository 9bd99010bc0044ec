package disk

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A lock is for one holder, within a process too, and ends with its holder.
func TestALockHasOneHolder(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	first, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (OS{}).Lock(name); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	again, err := OS{}.Lock(name)
	if err != nil {
		t.Fatalf("after its end: %v", err)
	}
	again.Close()
}

func TestWhatIsNotThereIsSaidSo(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone", "x")
	_, opened := OS{}.OpenFile(gone, os.O_CREATE|os.O_RDWR)
	_, read := OS{}.ReadDir(gone)
	_, stat := OS{}.Stat(gone)
	_, locked := OS{}.Lock(gone)
	for name, err := range map[string]error{
		"OpenFile": opened, "ReadDir": read, "Stat": stat, "Lock": locked,
		"Rename": OS{}.Rename(gone, gone+"2"), "SyncDir": OS{}.SyncDir(gone),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What a file that cannot be opened leaves behind is nil, not a nil inside an
// interface.
func TestAFileThatIsNotOpenIsNil(t *testing.T) {
	if f, err := (OS{}).OpenFile(filepath.Join(t.TempDir(), "gone"), os.O_RDONLY); f != nil || err == nil {
		t.Errorf("%v, %v", f, err)
	}
}

// The log holds what people said: it is not for everybody to read.
func TestOthersMayNotRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := (OS{}).MkdirAll(dir); err != nil {
		t.Fatal(err)
	}
	f, err := OS{}.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_RDWR|os.O_APPEND)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, most := range map[string]fs.FileMode{dir: 0o750, filepath.Join(dir, "log"): 0o640} {
		info, err := OS{}.Stat(name)
		if err != nil || info.Mode().Perm()&^most != 0 {
			t.Errorf("%s has mode %v, %v", name, info.Mode(), err)
		}
	}
	if err := (OS{}).SyncDir(dir); err != nil {
		t.Error(err)
	}
}

// A symbolic link is seen as what it is, and not followed.
func TestALinkIsNotFollowed(t *testing.T) {
	dir := t.TempDir()
	others, link := filepath.Join(dir, "others"), filepath.Join(dir, "access.log")
	if err := errors.Join(os.WriteFile(others, []byte("theirs"), 0o600), os.Symlink(others, link)); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_APPEND, os.O_WRONLY | os.O_CREATE | os.O_TRUNC} {
		if f, err := (OS{}).OpenFile(link, flag); !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), "access.log: a symbolic link") {
			t.Errorf("it is opened: %v, %v", f, err)
		}
	}
	if info, err := (OS{}).Stat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("it is taken for another file: %v, %v", info, err)
	}
	if now, err := os.ReadFile(others); string(now) != "theirs" || err != nil {
		t.Errorf("behind it is %q, %v", now, err)
	}
}
