package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// Environment variables with the places of a client's certificates.
const (
	EnvTLSDir  = "ZOG_TLS_DIR"
	EnvTLSCA   = "ZOG_TLS_CA"
	EnvTLSCert = "ZOG_TLS_CERT"
	EnvTLSKey  = "ZOG_TLS_KEY"
)

// TLS is the flag that says where a client's certificates are.
type TLS struct{ dir string }

// Add adds the flag to a command and those below it.
func (f *TLS) Add(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.dir, "tls", "", "`DIR` with ca.crt, client.crt and client.key; else $"+EnvTLSDir+", else\n$"+EnvTLSCA+", $"+EnvTLSCert+" and $"+EnvTLSKey+", else ~/.config/zog if the ring\nfile has TLS")
}

// Load reads the certificates of a client, and checks that they are of the ring. It returns nil if
// hosts are to be spoken to in plain text: nothing says where certificates are, and the ring file
// does not want them, or there is none.
func (f *TLS) Load(file string, ring *config.Ring) (*trust.Trust, error) {
	s, found := f.settings(ring)
	if !found {
		if file == "" || ring.TLS.Mode != config.TLSRequire {
			return nil, nil
		}
		if ring.TLS.Client == config.TLSClientRequire {
			return nil, fmt.Errorf("%s has tls.mode require, and there are no certificates: put ca.crt, client.crt and client.key into ~/.config/zog, or give --tls DIR", file)
		}
		s.CA, _, _ = ring.TLSFiles(filepath.Dir(file), "")
	}
	if file != "" {
		s.Ring = ring.Ring
	}
	t, err := trust.Load(s)
	if err != nil {
		return nil, err
	}
	if id, ok := t.Self(); ok && id.Ring != t.Ring() {
		return nil, fmt.Errorf("%s: %s is of ring %s, and %s of ring %s", s.Cert, id.Who(), id.Ring, file, t.Ring())
	}
	return t, nil
}

// settings returns where the files are; found is false if nothing says so.
func (f *TLS) settings(ring *config.Ring) (s trust.Settings, found bool) {
	if dir := f.dir; dir != "" {
		return trust.FolderSettings(dir), true
	}
	if dir := os.Getenv(EnvTLSDir); dir != "" {
		return trust.FolderSettings(dir), true
	}
	if ca := os.Getenv(EnvTLSCA); ca != "" {
		return trust.Settings{CA: ca, Cert: os.Getenv(EnvTLSCert), Key: os.Getenv(EnvTLSKey)}, true
	}
	home, err := os.UserHomeDir()
	if ring.TLS.Mode == config.TLSOff || err != nil {
		return s, false
	}
	s = trust.FolderSettings(filepath.Join(home, ".config", "zog"))
	_, err = os.Stat(s.CA)
	return s, !errors.Is(err, fs.ErrNotExist)
}
