package trust

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// FolderSettings returns the settings of a client whose files are in one folder: ca.crt, and
// client.crt with client.key unless neither of them exists.
func FolderSettings(dir string) Settings {
	at := func(name string) string { return filepath.Join(dir, name) }
	s := Settings{CA: at("ca.crt"), Cert: at("client.crt"), Key: at("client.key")}
	if missing(s.Cert) && missing(s.Key) {
		s.Cert, s.Key = "", ""
	}
	return s
}

func missing(file string) bool {
	_, err := os.Stat(file)
	return errors.Is(err, fs.ErrNotExist)
}
