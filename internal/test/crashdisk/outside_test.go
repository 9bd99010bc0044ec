package crashdisk

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"testing"

	"xlattice.org/zog/internal/disk"
)

// What is done from outside is seen at once, and by a crash too.
func TestFromOutside(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	write(t, f, "synced")
	must(t, f.Sync())
	must(t, d.SyncDir("log"))
	write(t, f, " and not")

	must(t, d.Flip("log/a", 0, 'S'^'s'))
	must(t, d.Flip("log/a", 11, 'N'^'n'))
	requireFiles(t, d.Crash(KeepSynced()), "log", files{"a": "Synced"})
	after := d.Crash(KeepAll())
	requireFiles(t, after, "log", files{"a": "Synced and Not"})
	must(t, open(t, after, "log/a", appending).Sync())
	requireFiles(t, after.Crash(KeepSynced()), "log", files{"a": "Synced and Not"})

	after = d.Crash(KeepAll())
	must(t, after.Cut("log/a", 10))
	requireFiles(t, after.Crash(KeepSynced()), "log", files{"a": "Synced and"})

	after = d.Crash(KeepAll())
	must(t, after.Rename("log/a", "log/b"))
	must(t, after.Put("log/a", []byte("old backup")))
	requireFiles(t, after.Crash(KeepSynced()), "log", files{"a": "old backup", "b": "Synced"})

	after = d.Crash(KeepAll())
	must(t, after.Delete("log/a"))
	requireFiles(t, after.Crash(KeepSynced()), "log", files{})
}

// What was deleted does not come back, though its making was not synced.
func TestDeletedIsGone(t *testing.T) {
	d := New("log")
	open(t, d, "log/a", appending)
	must(t, d.Delete("log/a"))
	for seed := range uint64(16) {
		requireFiles(t, d.Crash(KeepSome(rand.New(rand.NewPCG(seed, 0)))), "log", files{})
	}
}

// Who has a deleted file open works on in it, and can tell.
func TestDeletedWhileOpen(t *testing.T) {
	d := New("log")
	f := open(t, d, "log/a", appending)
	write(t, f, "text")
	before, err := f.Stat()
	must(t, err)
	must(t, d.Delete("log/a"))
	write(t, f, " and more")
	must(t, f.Sync())
	mine, err := f.Stat()
	must(t, err)
	if d.Unlinked(before) || !d.Unlinked(mine) || mine.Size() != 13 || !d.SameFile(before, mine) {
		t.Errorf("unlinked before %t, after %t; %d bytes", d.Unlinked(before), d.Unlinked(mine), mine.Size())
	}
	other, err := open(t, d, "log/a", appending).Stat()
	must(t, err)
	if d.SameFile(mine, other) {
		t.Error("the new file is the old one")
	}
}

func TestWhatIsNotThere(t *testing.T) {
	d := New("log")
	_, read := d.Contents("log/a")
	for name, err := range map[string]error{
		"Flip": d.Flip("log/a", 0, 1), "Cut": d.Cut("log/a", 0), "Delete": d.Delete("log/a"),
		"Contents": read, "Put": d.Put("gone/a", nil),
	} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.Put("log/a", []byte("x")))
	if d.Flip("log/a", 1, 1) == nil || d.Flip("log/a", -1, 1) == nil || d.Cut("log", 0) == nil {
		t.Error("what cannot be done is no error")
	}
}

// A file with two names is one: it has a name until both are gone.
func TestTwoNames(t *testing.T) {
	d := New("log", "backup")
	f := open(t, d, "log/a", appending)
	write(t, f, "text")
	must(t, f.Sync())
	must(t, d.Link("log/a", "backup/b"))
	if d.Link("log/a", "backup/b") == nil || d.Link("log/a", "gone/b") == nil {
		t.Error("what cannot be done is no error")
	}
	if used := d.Used(); used != 4 {
		t.Errorf("%d bytes are used", used)
	}
	for _, name := range []string{"log/a", "backup/b"} {
		must(t, d.Delete(name))
		mine, err := f.Stat()
		must(t, err)
		if d.Unlinked(mine) != (name == "backup/b") {
			t.Errorf("without %s: unlinked is %t", name, d.Unlinked(mine))
		}
	}
}

// A directory that is moved takes all with it: what is open, and what is locked.
func TestAMovedDirectory(t *testing.T) {
	d := New("top/log")
	held, err := d.Lock("top/log/.lock")
	must(t, err)
	f := open(t, d, "top/log/a", appending)
	must(t, d.Move("top/log", "top/old"))
	if d.Move("top/log", "top/other") == nil || d.Move("top/old", "top/old") == nil {
		t.Error("what cannot be done is no error")
	}
	write(t, f, "text")
	must(t, f.Sync())
	requireFiles(t, d.Crash(KeepSynced()), "top/old", files{"a": "text", ".lock": ""})
	if _, err := held.Stat(); !errors.Is(err, ErrCrashed) {
		t.Errorf("after a crash: %v", err)
	}
}

// What is no file cannot be opened, and is said to be what it is.
func TestWhatIsNoFile(t *testing.T) {
	d := New("log")
	must(t, d.Special("log/a", fs.ModeNamedPipe))
	if _, err := d.OpenFile("log/a", os.O_RDONLY); !errors.Is(err, disk.ErrNotRegular) {
		t.Errorf("opened: %v", err)
	}
	if info, err := d.Stat("log/a"); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("it is %v, %v", info.Mode(), err)
	}
	must(t, d.Remove("log/a"))
}

// What is free is what the limit leaves.
func TestSpace(t *testing.T) {
	d := New("log")
	must(t, d.Put("log/a", make([]byte, 30)))
	if s, err := d.Space("log"); err != nil || s.Free < 1<<60 || s.Size < s.Free {
		t.Errorf("without a limit: %+v, %v", s, err)
	}
	d.Limit(100)
	if s, err := d.Space("log"); err != nil || s != (disk.Space{Free: 70, Size: 100}) {
		t.Errorf("with a limit: %+v, %v", s, err)
	}
	if _, err := d.Space("gone"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of nothing: %v", err)
	}
}
