package errorlog_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/errorlog"
	"xlattice.org/zog/internal/test/crashdisk"
)

const (
	dir   = "log"
	bound = 64 << 10
)

var (
	current = filepath.Join(dir, errorlog.Name)
	older   = filepath.Join(dir, errorlog.Older)
)

// line returns the nth line, 1,000 bytes of it.
func line(n int) string { return fmt.Sprintf("%07d ", n) + strings.Repeat("x", 990) + "\r\n" }

// content returns what a file holds, "" if it is not there.
func content(t interface{ Fatal(...any) }, fsys disk.FS, path string) string {
	f, err := fsys.OpenFile(path, os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	data := make([]byte, info.Size())
	if n, err := f.ReadAt(data, 0); n < len(data) && err != io.EOF {
		t.Fatal(err)
	}
	return string(data)
}

// put writes a file as somebody else does.
func put(t *testing.T, fsys disk.FS, path, text string) {
	t.Helper()
	f, err := fsys.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC)
	if err == nil {
		_, err = f.Write([]byte(text))
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, fsys disk.FS) *errorlog.File {
	t.Helper()
	f := errorlog.New(fsys, dir)
	if err := f.Open(bound); err != nil {
		t.Fatal(err)
	}
	return f
}

// write writes lines from up to but not to.
func write(t *testing.T, f *errorlog.File, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := f.Write([]byte(line(n))); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
	}
}

// requireNewest fails unless both files together are within the bound, and hold whole
// lines, the newest ones up to the last.
func requireNewest(t *testing.T, fsys disk.FS, last int) {
	t.Helper()
	text := content(t, fsys, older) + content(t, fsys, current)
	if len(text) > bound {
		t.Errorf("%d bytes, more than %d", len(text), bound)
	}
	lines := strings.SplitAfter(text, "\r\n")
	lines = lines[:len(lines)-1]
	for i := range lines {
		if want := line(last + 1 - len(lines) + i); lines[i] != want {
			t.Fatalf("line %d of %d is %.20q, want %.20q", i, len(lines), lines[i], want)
		}
	}
	if len(lines) == 0 {
		t.Error("there is no line")
	}
}

// The newest lines are in error.log and error.log.1, which stay within the bound, over
// restarts too.
func TestTheFileIsBounded(t *testing.T) {
	d := crashdisk.New(dir)
	f := open(t, d)
	for n := range 300 {
		write(t, f, n, n+1)
		requireNewest(t, d, n)
		if n%7 == 6 { // a restart
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			f = open(t, d)
		}
	}
	if n := len(content(t, d, older)); n < bound/2-2000 {
		t.Errorf("error.log.1 has only %d bytes", n)
	}
}

// It is the same on a real disk.
func TestTheFileIsBoundedOnARealDisk(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	f := open(t, disk.OS{})
	write(t, f, 0, 300)
	requireNewest(t, disk.OS{}, 299)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// What is too large already, from before there was a bound, or because it was made
// smaller, is cut to its newest lines.
func TestLargeFilesAreCut(t *testing.T) {
	d := crashdisk.New(dir)
	var lines strings.Builder
	for n := range 4000 {
		lines.WriteString(line(n))
	}
	put(t, d, older, lines.String())
	put(t, d, current, lines.String())
	f := open(t, d)
	for _, path := range []string{older, current} {
		text := content(t, d, path)
		if len(text) > bound/2 || len(text) < bound/2-2000 || !strings.HasPrefix(text, "000") || !strings.HasSuffix(text, line(3999)) {
			t.Errorf("%s has %d bytes, from %.20q on", path, len(text), text)
		}
	}
	if err := f.SetBound(8 << 20); err != nil {
		t.Fatal(err)
	}
	write(t, f, 4000, 5000)
	if err := f.SetBound(bound); err != nil {
		t.Fatal(err)
	}
	write(t, f, 5000, 5050)
	requireNewest(t, d, 5049)
}

// If error.log cannot be renamed its older lines go, and newer ones are written.
func TestARenameThatFails(t *testing.T) {
	d := crashdisk.New(dir)
	f := open(t, d)
	heal := d.Fail(crashdisk.Fault{Op: crashdisk.OpRename, Err: syscall.EACCES})
	for n := range 200 {
		write(t, f, n, n+1)
		requireNewest(t, d, n)
	}
	if !errors.Is(f.RenameErr(), syscall.EACCES) {
		t.Errorf("kept because of %v", f.RenameErr())
	}
	heal()
	write(t, f, 200, 300)
	requireNewest(t, d, 299)
	if f.RenameErr() != nil || content(t, d, older) == "" {
		t.Errorf("still kept because of %v", f.RenameErr())
	}
}

// A directory in the place of error.log.1 is in the way, and stops no line.
func TestADirectoryInThePlaceOfTheOlderFile(t *testing.T) {
	d := crashdisk.New(dir)
	if err := d.MkdirAll(older); err != nil {
		t.Fatal(err)
	}
	f := open(t, d)
	write(t, f, 0, 200)
	text := content(t, d, current)
	if len(text) > bound/2 || !strings.HasSuffix(text, line(199)) || f.RenameErr() == nil {
		t.Errorf("%d bytes, kept because of %v", len(text), f.RenameErr())
	}
}

// Others rename, remove or truncate the file at any time, with or without telling.
func TestOthersMoveTheFile(t *testing.T) {
	for name, move := range map[string]func(d *crashdisk.Disk){
		"logrotate":         func(d *crashdisk.Disk) { d.Rename(current, older) },
		"under a free name": func(d *crashdisk.Disk) { d.Rename(current, current+"-20261123") },
		"removed":           func(d *crashdisk.Disk) { d.Remove(current) },
		"copytruncate":      func(d *crashdisk.Disk) { d.Cut(current, 0) },
		"with a new file":   func(d *crashdisk.Disk) { d.Rename(current, older); d.Put(current, nil) },
	} {
		for _, told := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, told %v", name, told), func(t *testing.T) {
				d := crashdisk.New(dir)
				f := open(t, d)
				for n := range 300 {
					if n%20 == 15 {
						move(d)
						if told {
							if err := f.Open(bound); err != nil {
								t.Fatal(err)
							}
							if content(t, d, current) != "" {
								t.Fatal("the new file is not empty")
							}
						}
					}
					write(t, f, n, n+1)
					if size := len(content(t, d, older)) + len(content(t, d, current)); size > bound {
						t.Fatalf("%d bytes, more than %d", size, bound)
					}
				}
				if err := f.SetBound(bound); err != nil {
					t.Fatal(err)
				}
				write(t, f, 300, 301)
				if !strings.HasSuffix(content(t, d, current), line(300)) {
					t.Error("the last line is not in error.log")
				}
			})
		}
	}
}

// A file that can be written and not read is emptied when it is full.
func TestAFileThatCannotBeRead(t *testing.T) {
	d := crashdisk.New(dir)
	f := open(t, d)
	d.Fail(crashdisk.Fault{Op: crashdisk.OpRename})
	heal := d.Fail(crashdisk.Fault{Op: crashdisk.OpRead})
	write(t, f, 0, 200)
	heal()
	requireNewest(t, d, 199)
}

// After a write that was cut short the next line begins on a line of its own.
func TestALineThatWasCutOff(t *testing.T) {
	d := crashdisk.New(dir)
	f := open(t, d)
	write(t, f, 0, 1)
	d.Fail(crashdisk.Fault{Op: crashdisk.OpWrite, Times: 1, Err: syscall.ENOSPC, Done: 100})
	if err := f.Write([]byte(line(1))); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a write on a full disk: %v", err)
	}
	write(t, f, 2, 3)
	if got, want := content(t, d, current), line(0)+line(1)[:100]+"\r\n"+line(2); got != want {
		t.Errorf("%q", got)
	}
}

// Wherever the machine crashes, and whatever that leaves: both files are within the
// bound afterwards, and what is written then is whole lines.
func TestACrashAtAnyMoment(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := crashdisk.New(dir)
		d.CrashAt(rapid.IntRange(1, 120).Draw(rt, "crash at"))
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0))
		if rapid.Bool().Draw(rt, "renaming fails") {
			d.Fail(crashdisk.Fault{Op: crashdisk.OpRename})
		}
		f := errorlog.New(d, dir)
		_ = f.Open(bound)
		for n := range 100 {
			_ = f.Write([]byte(line(n)))
		}
		loss := rapid.SampledFrom([]crashdisk.Loss{crashdisk.KeepSynced(), crashdisk.KeepAll(), crashdisk.KeepSome(random)}).Draw(rt, "loss")
		after := d.Crash(loss)
		f = errorlog.New(after, dir)
		if err := f.Open(bound); err != nil {
			rt.Fatal(err)
		}
		if text := content(rt, after, older) + content(rt, after, current); strings.Contains(text, "\x00") {
			rt.Fatal("there are zeros")
		}
		for n := 100; n < 120; n++ {
			if err := f.Write([]byte(line(n))); err != nil {
				rt.Fatal(err)
			}
			if used := after.Used(); used > bound {
				rt.Fatalf("%d bytes, more than %d", used, bound)
			}
		}
		text := "\n" + content(rt, after, older) + "\n" + content(rt, after, current)
		for n := 100; n < 120; n++ {
			if !strings.Contains(text, "\n"+line(n)) {
				rt.Fatalf("line %d is not a line", n)
			}
		}
	})
}
