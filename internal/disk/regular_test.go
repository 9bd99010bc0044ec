package disk

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// soon fails the test if something does not return: to open a named pipe may take for ever.
func soon(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(20 * time.Second):
		t.Fatalf("%s does not return", what)
		return nil
	}
}

// Whatever is no regular file is not opened and not locked, is left as it is, and the
// error says what it is. Nobody is waited for.
func TestOnlyFilesAreOpened(t *testing.T) {
	dir := t.TempDir()
	kinds := map[string]string{"pipe": "a named pipe", "dir": "a directory", "link": "a symbolic link", "dangling": "a symbolic link", "socket": "a socket"}
	at := func(name string) string { return filepath.Join(dir, name) }
	l, err := net.Listen("unix", at("socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if err := errors.Join(syscall.Mkfifo(at("pipe"), 0o600), os.Mkdir(at("dir"), 0o700), os.WriteFile(at("theirs"), []byte("theirs"), 0o600),
		os.Symlink(at("theirs"), at("link")), os.Symlink(at("gone"), at("dangling"))); err != nil {
		t.Fatal(err)
	}
	for name, is := range kinds {
		for _, flag := range []int{os.O_RDONLY, os.O_WRONLY | os.O_CREATE | os.O_APPEND, os.O_RDWR | os.O_CREATE | os.O_TRUNC} {
			err := soon(t, "opening "+name, func() error { _, err := OS{}.OpenFile(at(name), flag); return err })
			requireSaid(t, err, at(name), is)
		}
		requireSaid(t, soon(t, "locking "+name, func() error { _, err := OS{}.Lock(at(name)); return err }), at(name), is)
	}
	if now, err := os.ReadFile(at("theirs")); string(now) != "theirs" || err != nil {
		t.Errorf("behind the link is %q, %v", now, err)
	}
	if _, err := os.Lstat(at("gone")); err == nil {
		t.Error("behind the dangling link a file was made")
	}
	requireSaid(t, soon(t, "opening a device", func() error { _, err := OS{}.OpenFile(os.DevNull, os.O_WRONLY); return err }), os.DevNull, "a device")
}

func requireSaid(t *testing.T, err error, name, is string) {
	t.Helper()
	if !errors.Is(err, ErrNotRegular) || !strings.Contains(err.Error(), name+": "+is) {
		t.Errorf("%s is opened, or it is not said that it is %s: %v", name, is, err)
	}
}

// A lock is the file's that was locked, not that of the name.
func TestALockKnowsItsFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), ".lock")
	held, err := OS{}.Lock(name)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	mine, err := held.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if there, err := (OS{}).Stat(name); err != nil || !(OS{}).SameFile(mine, there) {
		t.Errorf("it is not the file of this name: %v", err)
	}
	if err := errors.Join(os.Remove(name), os.WriteFile(name, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if mine, err = held.Stat(); err != nil {
		t.Fatal(err)
	}
	if there, err := (OS{}).Stat(name); err != nil || (OS{}).SameFile(mine, there) {
		t.Errorf("another file of this name is taken for it: %v", err)
	}
}

// How much has to be free: at the limit it does not change with every byte, and a small
// file system can be used too.
func TestHowMuchHasToBeFree(t *testing.T) {
	const mib = 1 << 20
	for name, tt := range map[string]struct {
		space Space
		least int64
		was   bool
		want  int64
		short bool
	}{
		"much":                  {Space{9000 * mib, 10_000 * mib}, 64 * mib, false, 64 * mib, false},
		"just enough":           {Space{64 * mib, 10_000 * mib}, 64 * mib, false, 64 * mib, false},
		"a byte less":           {Space{64*mib - 1, 10_000 * mib}, 64 * mib, false, 64 * mib, true},
		"enough, but it was":    {Space{64 * mib, 10_000 * mib}, 64 * mib, true, 72 * mib, true},
		"more than enough":      {Space{72 * mib, 10_000 * mib}, 64 * mib, true, 72 * mib, false},
		"a small file system":   {Space{40 * mib, 100 * mib}, 64 * mib, false, 5 * mib, false},
		"a small one, and full": {Space{4 * mib, 100 * mib}, 64 * mib, false, 5 * mib, true},
		"nothing is asked for":  {Space{0, 100 * mib}, 0, true, 0, false},
	} {
		if want, short := tt.space.Short(tt.least, tt.was); want != tt.want || short != tt.short {
			t.Errorf("%s: %d, %t, want %d, %t", name, want, short, tt.want, tt.short)
		}
	}
}

func TestSpaceIsThatOfTheDirectory(t *testing.T) {
	s, err := OS{}.Space(t.TempDir())
	if err != nil || s.Size <= 0 || s.Free < 0 || s.Free > s.Size {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := (OS{}).Space(filepath.Join(t.TempDir(), "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}
