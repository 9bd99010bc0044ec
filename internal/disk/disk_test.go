package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gofrs/flock"
)

// A lock is for one holder, within a process too, and ends with its holder.
func TestALockHasOneHolder(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	first, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (OS{}).Lock(name); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), fmt.Sprintf("(pid %d)", os.Getpid())) {
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

// What an earlier holder has left in the file, or anybody else, names nobody who
// does not hold the lock.
func TestAStaleLockNamesNobody(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Fatal(err)
	}
	for _, left := range []string{fmt.Sprintln(gone.Process.Pid), "", "0", "-1", "nonsense", strings.Repeat("1", 100)} {
		held := flock.New(name)
		if got, err := held.TryLock(); !got || err != nil {
			t.Fatal(got, err)
		}
		if err := os.WriteFile(name, []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := (OS{}).Lock(name); err != ErrLocked {
			t.Errorf("with %.20q in the file: %v", left, err)
		}
		if err := held.Close(); err != nil {
			t.Fatal(err)
		}
		next, err := OS{}.Lock(name)
		if err != nil {
			t.Fatalf("with %.20q in the file: %v", left, err)
		}
		if text, err := os.ReadFile(name); err != nil || string(text) != fmt.Sprintln(os.Getpid()) {
			t.Errorf("behind %.20q the holder leaves %q, %v", left, text, err)
		}
		if err := next.Close(); err != nil {
			t.Fatal(err)
		}
		if text, err := os.ReadFile(name); err != nil || len(text) > 0 {
			t.Errorf("a lock that was given back leaves %q, %v", text, err)
		}
	}
}

// Only a file system that cannot sync directories is excused.
func TestNoDirSync(t *testing.T) {
	for err, want := range map[error]bool{
		syscall.EINVAL: true, syscall.EOPNOTSUPP: true, syscall.ENOSYS: true,
		syscall.EIO: false, syscall.ENOSPC: false, syscall.EROFS: false, fs.ErrNotExist: false, nil: false,
	} {
		if err != nil {
			err = &fs.PathError{Op: "sync", Path: "log", Err: err}
		}
		if got := NoDirSync(err); got != want {
			t.Errorf("%v: %v", err, got)
		}
	}
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

// What is in a file that is not the lock's alone stays as it is: a lock file may be a
// hard link to somebody's file, or be another holder's by now.
func TestALockSignsNoOtherFile(t *testing.T) {
	dir := t.TempDir()
	name, somebodys := filepath.Join(dir, "lock"), filepath.Join(dir, "theirs")
	if err := os.WriteFile(somebodys, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(somebodys, name); err != nil {
		t.Fatal(err)
	}
	l, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("of another holder"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	for path, want := range map[string]string{somebodys: "precious", name: "of another holder"} {
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}
