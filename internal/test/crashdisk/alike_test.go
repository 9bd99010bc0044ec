package crashdisk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/disk"
)

// twins does everything on this disk and on that of the operating system, and
// requires that the answers are the same.
type twins struct {
	disks [2]disk.FS
	root  string
	files [2][]disk.File
	locks [2][]io.Closer
}

// both does something on both disks; do returns what can be seen of it.
func (w *twins) both(t *rapid.T, what string, do func(i int) string) {
	t.Logf("%s", what)
	if here, there := do(0), do(1); here != there {
		t.Fatalf("%s: here %s, really %s", what, here, there)
	}
}

// kind is what code may tell of an error.
func kind(err error) string {
	for name, is := range map[string]error{
		"not exist": fs.ErrNotExist, "exist": fs.ErrExist, "closed": fs.ErrClosed, "locked": disk.ErrLocked, "end": io.EOF,
	} {
		if errors.Is(err, is) {
			return name
		}
	}
	return fmt.Sprint("error ", err != nil)
}

func (w *twins) name(t *rapid.T) string {
	return filepath.Join(w.root, rapid.SampledFrom([]string{"a", "b", "dir", "dir/c", "gone/d", "."}).Draw(t, "name"))
}

func (w *twins) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"open":   w.open,
		"close":  w.close,
		"write":  w.write,
		"read":   w.read,
		"lock":   w.lock,
		"unlock": w.unlock,
		"list":   w.list,
		"rename": func(t *rapid.T) {
			from, to := w.name(t), w.name(t)
			if w.isDir(from) || w.isDir(to) {
				return // it is for files
			}
			w.both(t, "rename", func(i int) string { return kind(w.disks[i].Rename(from, to)) })
		},
		"remove": func(t *rapid.T) {
			if name := w.name(t); name != w.root {
				w.both(t, "remove "+name, func(i int) string { return kind(w.disks[i].Remove(name)) })
			}
		},
		"mkdir": func(t *rapid.T) {
			name := filepath.Join(w.root, rapid.SampledFrom([]string{"dir", "a", "b/x"}).Draw(t, "dir"))
			w.both(t, "mkdir "+name, func(i int) string { return kind(w.disks[i].MkdirAll(name)) })
		},
		"sync directory": func(t *rapid.T) {
			name := filepath.Join(w.root, rapid.SampledFrom([]string{"dir", ".", "gone"}).Draw(t, "dir"))
			if _, err := w.disks[1].Stat(name); err == nil && !w.isDir(name) {
				return // the real one syncs files too
			}
			w.both(t, "sync "+name, func(i int) string { return kind(w.disks[i].SyncDir(name)) })
		},
	}
}

// isDir tells whether there is a directory of this name.
func (w *twins) isDir(name string) bool {
	info, err := w.disks[1].Stat(name)
	return err == nil && info.IsDir()
}

func (w *twins) open(t *rapid.T) {
	name := w.name(t)
	flag := rapid.SampledFrom([]int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR | os.O_APPEND}).Draw(t, "access") |
		rapid.SampledFrom([]int{0, os.O_CREATE, os.O_CREATE | os.O_TRUNC, os.O_CREATE | os.O_EXCL}).Draw(t, "flags")
	if w.isDir(name) {
		return // directories are opened by SyncDir and ReadDir only
	}
	w.both(t, fmt.Sprintf("open %s %x", name, flag), func(i int) string {
		f, err := w.disks[i].OpenFile(name, flag)
		if err == nil {
			w.files[i] = append(w.files[i], f)
		}
		return kind(err)
	})
}

// file chooses one that was opened, perhaps closed since.
func (w *twins) file(t *rapid.T) int {
	if len(w.files[0]) == 0 {
		t.Skip("none was opened")
	}
	return rapid.IntRange(0, len(w.files[0])-1).Draw(t, "file")
}

func (w *twins) close(t *rapid.T) {
	k := w.file(t)
	w.both(t, "close", func(i int) string { return kind(w.files[i][k].Close()) })
}

func (w *twins) write(t *rapid.T) {
	k, at := w.file(t), rapid.Int64Range(-1, 900).Draw(t, "at")
	text := bytes.Repeat([]byte{rapid.Byte().Draw(t, "byte")}, rapid.IntRange(1, 700).Draw(t, "size"))
	how := rapid.IntRange(0, 3).Draw(t, "how")
	w.both(t, fmt.Sprint("write, the way ", how), func(i int) string {
		f := w.files[i][k]
		switch how {
		case 0:
			n, err := f.Write(text)
			return fmt.Sprint(n, kind(err))
		case 1:
			n, err := f.WriteAt(text, at)
			return fmt.Sprint(n, kind(err))
		case 2:
			return kind(f.Truncate(at))
		}
		return kind(f.Sync())
	})
}

func (w *twins) read(t *rapid.T) {
	k, at := w.file(t), rapid.Int64Range(-1, 900).Draw(t, "at")
	size := rapid.IntRange(1, 700).Draw(t, "size")
	w.both(t, "read", func(i int) string {
		b := make([]byte, size)
		n, err := w.files[i][k].ReadAt(b, at)
		return fmt.Sprintf("%q %s", b[:n], kind(err))
	})
	w.both(t, "stat", func(i int) string {
		info, err := w.files[i][k].Stat()
		if err != nil {
			return kind(err)
		}
		there, err := w.disks[i].Stat(filepath.Join(w.root, "a"))
		same := err == nil && w.disks[i].SameFile(info, there)
		return fmt.Sprint(info.Name(), info.Size(), info.Mode().Type(), w.disks[i].Unlinked(info), same)
	})
}

func (w *twins) lock(t *rapid.T) {
	name := filepath.Join(w.root, rapid.SampledFrom([]string{".lock", "dir/.lock", "gone/.lock"}).Draw(t, "name"))
	w.both(t, "lock "+name, func(i int) string {
		l, err := w.disks[i].Lock(name)
		if err == nil {
			w.locks[i] = append(w.locks[i], l)
		}
		return kind(err)
	})
}

func (w *twins) unlock(t *rapid.T) {
	if len(w.locks[0]) == 0 {
		t.Skip("nothing was locked")
	}
	k := rapid.IntRange(0, len(w.locks[0])-1).Draw(t, "lock")
	w.both(t, "unlock", func(i int) string { return kind(w.locks[i][k].Close()) })
}

// list shows what is there.
func (w *twins) list(t *rapid.T) {
	for _, dir := range []string{w.root, filepath.Join(w.root, "dir")} {
		w.both(t, "list "+dir, func(i int) string {
			entries, err := w.disks[i].ReadDir(dir)
			said := kind(err)
			for _, e := range entries {
				said += fmt.Sprint(" ", e.Name(), e.IsDir())
			}
			info, err := w.disks[i].Stat(dir)
			return said + fmt.Sprint(err == nil && info.IsDir())
		})
	}
}

// As long as nothing crashes this disk is like any other.
func TestLikeTheRealOne(t *testing.T) {
	top := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		root, err := os.MkdirTemp(top, "")
		check(t, err)
		w := &twins{disks: [2]disk.FS{New(root), disk.OS{}}, root: root}
		defer func() {
			for _, f := range w.files[1] {
				_ = f.Close() // it may be closed already
			}
			for _, l := range w.locks[1] {
				_ = l.Close()
			}
		}()
		t.Repeat(w.actions())
		w.list(t)
	})
}
