// Package fileset writes small files that belong together, such as a key and its certificate: all
// of them, or none.
//
//	err := fileset.Write([]fileset.File{
//		{Name: "tls/a.key", Data: key, Mode: 0o600},
//		{Name: "tls/a.crt", Data: cert, Mode: 0o644},
//	}, false)
//
// Each file is written beside its place, synced, and renamed when all of them are there. If a rename
// fails, what was renamed before is put back. Only a crash of the machine between two renames can
// leave some files new and others old.
package fileset

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"xlattice.org/zog/internal/disk"
)

// File is a file to write. Directories that its path lacks are made with mode 0700.
type File struct {
	Name string
	Data []byte
	Mode fs.FileMode // whatever the umask is
}

// ExistsError means that files are there already.
type ExistsError struct{ Names []string }

func (e *ExistsError) Error() string {
	const most = 3
	switch n := len(e.Names); {
	case n == 1:
		return e.Names[0] + " is there already"
	case n > most:
		return fmt.Sprintf("%s and %d more are there already", strings.Join(e.Names[:most], ", "), n-most)
	}
	return strings.Join(e.Names, ", ") + " are there already"
}

// Write writes files. If any of them exists the error is an [*ExistsError], unless they are to be
// replaced. After an error all files are as they were.
func Write(files []File, replace bool) error {
	var w writing
	if err := w.stage(files, replace); err != nil {
		return errors.Join(err, w.undo())
	}
	if err := w.commit(files, replace); err != nil {
		return errors.Join(err, w.undo())
	}
	return w.syncDirs(files)
}

// writing is what has been done so far.
type writing struct {
	dirs    []string // that were made, outer ones first
	staged  []string // names of files beside their places, "" once renamed
	renamed []before
}

// before is what a file was.
type before struct {
	File
	existed bool
}

// stage writes all files beside their places.
func (w *writing) stage(files []File, replace bool) error {
	if err := none(files); err != nil && !replace {
		return err
	}
	for _, f := range files {
		if err := w.makeDirs(filepath.Dir(f.Name)); err != nil {
			return err
		}
		name, err := writeBeside(f)
		if name != "" {
			w.staged = append(w.staged, name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// none returns an error if a file exists.
func none(files []File) error {
	var there []string
	for _, f := range files {
		if _, err := os.Lstat(f.Name); err == nil {
			there = append(there, f.Name)
		}
	}
	if len(there) > 0 {
		return &ExistsError{there}
	}
	return nil
}

func (w *writing) makeDirs(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if above := filepath.Dir(dir); above != dir {
		if err := w.makeDirs(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	w.dirs = append(w.dirs, dir)
	return nil
}

// writeBeside returns the name of what it made, also with an error.
func writeBeside(f File) (name string, err error) {
	// CreateTemp makes files with mode 0600, so nobody else can open the key meanwhile.
	tmp, err := os.CreateTemp(filepath.Dir(f.Name), "."+filepath.Base(f.Name)+".new-*")
	if err != nil {
		return "", fmt.Errorf("%s cannot be written: %w", f.Name, err)
	}
	_, err = tmp.Write(f.Data)
	return tmp.Name(), errors.Join(err, tmp.Chmod(f.Mode), tmp.Sync(), tmp.Close())
}

// commit renames all files to their places.
func (w *writing) commit(files []File, replace bool) error {
	for i, f := range files {
		old, err := look(f.Name)
		if err != nil {
			return err
		}
		if old.existed && !replace { // it came since stage has looked
			return &ExistsError{[]string{f.Name}}
		}
		if err := os.Rename(w.staged[i], f.Name); err != nil {
			return err
		}
		w.staged[i] = ""
		w.renamed = append(w.renamed, old)
	}
	return nil
}

// look returns what a file is.
func look(name string) (before, error) {
	old := before{File: File{Name: name}}
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return old, nil
	}
	if err != nil {
		return old, err
	}
	old.existed, old.Mode = true, info.Mode().Perm()
	if err := disk.NotRegular(name, info.Mode()); err != nil {
		return old, err
	}
	old.Data, err = os.ReadFile(name)
	return old, err
}

// undo puts everything back. An error says what could not be.
func (w *writing) undo() (failed error) {
	for _, name := range w.staged {
		if name != "" {
			failed = errors.Join(failed, os.Remove(name))
		}
	}
	for _, old := range w.renamed {
		failed = errors.Join(failed, old.restore())
	}
	for i := len(w.dirs) - 1; i >= 0; i-- {
		failed = errors.Join(failed, os.Remove(w.dirs[i]))
	}
	return failed
}

func (b before) restore() error {
	if !b.existed {
		return os.Remove(b.Name)
	}
	name, err := writeBeside(b.File)
	if err != nil {
		return err
	}
	return os.Rename(name, b.Name)
}

// syncDirs makes the renames durable.
func (w *writing) syncDirs(files []File) error {
	for _, f := range files {
		if err := (disk.OS{}).SyncDir(filepath.Dir(f.Name)); err != nil && !disk.NoDirSync(err) {
			return err
		}
	}
	return nil
}
