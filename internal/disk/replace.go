package disk

import (
	"errors"
	"os"
)

// FreshSuffix ends the name of a file that is to replace another and is not finished.
const FreshSuffix = ".new"

// Replace replaces a small file atomically, or creates it: whenever it is read, it has the old
// content or the new one. The new one is durable once the directory is synced. It is first
// written to a file beside it, with FreshSuffix, which a crash may leave.
func Replace(fs FS, path string, content []byte) error {
	fresh := path + FreshSuffix
	file, err := Create(fs, fresh, os.O_WRONLY)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = fs.Rename(fresh, path)
	}
	if err != nil {
		return errors.Join(err, fs.Remove(fresh))
	}
	return nil
}
