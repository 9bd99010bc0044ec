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

// Certificates are those of a client. Without a Live the hosts are spoken to in plain text.
type Certificates struct{ *trust.Live }

// Plain reports whether hosts are spoken to in plain text.
func (c *Certificates) Plain() bool { return c.Live == nil }

// Load reads the certificates of a client, and checks that they are of the ring. They are plain if
// nothing says where certificates are, and the ring file does not want them, or there is none.
// changed is that of [trust.NewLive].
func (f *TLS) Load(file string, ring *config.Ring, changed func(*trust.Trust, error)) (*Certificates, error) {
	settings := f.settings(ring)
	if settings == nil {
		if file == "" || ring.TLS.Mode != config.TLSRequire {
			return &Certificates{}, nil
		}
		if ring.TLS.Client == config.TLSClientRequire {
			return nil, fmt.Errorf("%s has tls.mode require, and there are no certificates: put ca.crt, client.crt and client.key into ~/.config/zog, or give --tls DIR", file)
		}
		ca, _, _ := ring.TLSFiles(filepath.Dir(file), "")
		settings = func() trust.Settings { return trust.Settings{CA: ca} }
	}
	live, err := trust.NewLive(func() trust.Settings {
		s := settings()
		if file != "" {
			s.Ring = ring.Ring
		}
		return s
	}, changed)
	if err != nil {
		return nil, err
	}
	return &Certificates{live}, nil
}

// settings returns what says where the files are; nil if nothing does.
func (f *TLS) settings(ring *config.Ring) func() trust.Settings {
	folder := func(dir string) func() trust.Settings {
		return func() trust.Settings { return trust.FolderSettings(dir) }
	}
	if dir := f.dir; dir != "" {
		return folder(dir)
	}
	if dir := os.Getenv(EnvTLSDir); dir != "" {
		return folder(dir)
	}
	if ca := os.Getenv(EnvTLSCA); ca != "" {
		s := trust.Settings{CA: ca, Cert: os.Getenv(EnvTLSCert), Key: os.Getenv(EnvTLSKey)}
		return func() trust.Settings { return s }
	}
	home, err := os.UserHomeDir()
	if ring.TLS.Mode == config.TLSOff || err != nil {
		return nil
	}
	dir := filepath.Join(home, ".config", "zog")
	if _, err := os.Stat(filepath.Join(dir, "ca.crt")); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return folder(dir)
}
