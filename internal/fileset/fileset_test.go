package fileset

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// tree returns each file below a directory with mode and content.
func tree(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || name == dir {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		line := name[len(dir)+1:] + " " + info.Mode().String()
		if !e.IsDir() {
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			line += " " + string(data)
		}
		all = append(all, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func expect(t *testing.T, dir string, want ...string) {
	t.Helper()
	if got := tree(t, dir); !slices.Equal(got, want) {
		t.Errorf("there are %q, want %q", got, want)
	}
}

func files(dir, text string, names ...string) (all []File) {
	for _, name := range names {
		all = append(all, File{filepath.Join(dir, name), []byte(text), 0o600})
	}
	return all
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := Write(append(files(dir, "one", "a", "x/y/b"), File{filepath.Join(dir, "x/c"), []byte("all"), 0o644}), false); err != nil {
		t.Fatal(err)
	}
	first := []string{"a -rw------- one", "x drwx------", "x/c -rw-r--r-- all", "x/y drwx------", "x/y/b -rw------- one"}
	expect(t, dir, first...)

	var exists *ExistsError
	if err := Write(files(dir, "two", "new/n", "a", "x/c"), false); !errors.As(err, &exists) || len(exists.Names) != 2 {
		t.Errorf("%v", err)
	}
	expect(t, dir, first...)
	if err := Write(files(dir, "two", "a", "x/c"), true); err != nil {
		t.Fatal(err)
	}
	expect(t, dir, "a -rw------- two", "x drwx------", "x/c -rw------- two", "x/y drwx------", "x/y/b -rw------- one")
}

// What fails in the middle leaves everything as it was, wherever the middle is.
func TestNothingIsLeftHalfWritten(t *testing.T) {
	for _, bad := range []string{"a/below-a-file", "dir"} {
		for place := range 3 {
			dir := t.TempDir()
			if err := errors.Join(Write(files(dir, "one", "a", "b"), false), os.MkdirAll(filepath.Join(dir, "dir", "full"), 0o700)); err != nil {
				t.Fatal(err)
			}
			before := tree(t, dir)
			names := slices.Insert([]string{"b", "new/c"}, place, bad)
			if err := Write(files(dir, "two", names...), true); err == nil {
				t.Errorf("%v are written", names)
			}
			expect(t, dir, before...)
		}
	}
}
