package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

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
type TLS struct {
	dir string

	// Own, if not nil, returns where the certificates of this host are, for a command on a host that
	// has none of a client; nil if this machine is no host. An error says why they cannot be used.
	Own func(file string, ring *config.Ring) (*trust.Settings, error)

	Always bool // TLS is used with tls.mode accept too, if there are no certificates of a client
}

// Add adds the flag to a command and those below it.
func (f *TLS) Add(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&f.dir, "tls", "", "`DIR` with ca.crt, client.crt and client.key; else $"+EnvTLSDir+", else\n$"+EnvTLSCA+", $"+EnvTLSCert+" and $"+EnvTLSKey+", else ~/.config/zog if the ring\nfile has TLS")
}

// Certificates are those of a client. Without a Live the hosts are spoken to in plain text.
type Certificates struct {
	*trust.Live
	Where string // a directory or files; empty in plain text
	hint  string // what to do if a host wants TLS, or a certificate, and there is none
}

// Plain reports whether hosts are spoken to in plain text.
func (c *Certificates) Plain() bool { return c.Live == nil }

// Hint returns what to do about a problem with a host, or nothing. text is what was said about it.
func (c *Certificates) Hint(text string) string {
	if c.Plain() {
		if strings.Contains(text, "takes only TLS") || strings.Contains(text, "plain text where TLS is wanted") {
			return c.hint
		}
		return ""
	}
	if _, ok := c.Current().Self(); !ok && strings.Contains(text, "wants a certificate") {
		return c.hint
	}
	return ""
}

// place is where certificates are.
type place struct {
	settings func() trust.Settings
	name     string
	lacks    string // the files of the own certificate that are not there, if they are not
}

func folder(dir string) *place {
	return &place{
		settings: func() trust.Settings { return trust.FolderSettings(dir) }, name: dir,
		lacks: dir + " has ca.crt, and neither client.crt nor client.key",
	}
}

func files(s trust.Settings, name string) *place {
	return &place{settings: func() trust.Settings { return s }, name: name, lacks: name + " is a CA, without a certificate"}
}

// Load reads the certificates of a client, and checks that they are of the ring. They are plain if
// nothing says where certificates are, and the ring file does not want them, or there is none.
// changed is that of [trust.NewLive].
func (f *TLS) Load(file string, ring *config.Ring, changed func(*trust.Trust, error)) (*Certificates, error) {
	at, err := f.place(ring)
	if at == nil && err == nil {
		at, err = f.fromRing(file, ring)
	}
	if err != nil {
		return nil, err
	}
	if at == nil {
		return &Certificates{hint: plainHint(file, ring)}, nil
	}
	live, err := trust.NewLive(func() trust.Settings {
		s := at.settings()
		if file != "" {
			s.Ring = ring.Ring
		}
		return s
	}, changed)
	if err != nil {
		return nil, err
	}
	return &Certificates{Live: live, Where: at.name, hint: at.lacks}, nil
}

// homeName is how users know the directory of home.
const homeName = "~/.config/zog"

// home returns the directory in which certificates are if nothing says where; empty if there is none.
func home() string {
	dir, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, ".config", "zog")
}

// hasCA reports whether there may be the certificate of a CA in a directory.
func hasCA(dir string) bool {
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "ca.crt"))
	return !errors.Is(err, fs.ErrNotExist)
}

// place returns where the user says that the files are; nil if nobody says anything.
func (f *TLS) place(ring *config.Ring) (*place, error) {
	if dir := f.dir; dir != "" {
		return folder(dir), nil
	}
	if dir := os.Getenv(EnvTLSDir); dir != "" {
		return folder(dir), nil
	}
	s := trust.Settings{CA: os.Getenv(EnvTLSCA), Cert: os.Getenv(EnvTLSCert), Key: os.Getenv(EnvTLSKey)}
	if s.CA != "" || s.Cert != "" || s.Key != "" {
		return byVariables(s, ring)
	}
	if dir := home(); ring.TLS.Mode != config.TLSOff && hasCA(dir) {
		return folder(dir), nil
	}
	return nil, nil
}

// byVariables returns the files that the environment names. A CA alone is enough only for hosts that
// want no certificate.
func byVariables(s trust.Settings, ring *config.Ring) (*place, error) {
	if s.CA != "" && s.Cert == "" && s.Key == "" && ring.TLS.Client == config.TLSClientOff {
		return files(s, s.CA), nil
	}
	var set, missing []string
	for _, v := range []struct{ name, value string }{{EnvTLSCA, s.CA}, {EnvTLSCert, s.Cert}, {EnvTLSKey, s.Key}} {
		if v.value != "" {
			set = append(set, "$"+v.name)
		} else {
			missing = append(missing, "$"+v.name)
		}
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("the environment has %s, and lacks %s: all three belong together", strings.Join(set, " and "), strings.Join(missing, " and "))
	}
	return files(s, s.Cert), nil
}

// fromRing returns where the files are that the ring file names: those of this host, or that of the CA if
// hosts want no certificate of a client. It returns nil for plain text.
func (f *TLS) fromRing(file string, ring *config.Ring) (*place, error) {
	if file == "" || ring.TLS.Mode != config.TLSRequire && (!f.Always || ring.TLS.Mode == config.TLSOff) {
		return nil, nil
	}
	why := ""
	if f.Own != nil {
		s, err := f.Own(file, ring)
		switch {
		case err != nil:
			why = "; those of this host cannot be used: " + err.Error()
		case s != nil:
			return files(*s, s.Cert), nil
		}
	}
	if ring.TLS.Client == config.TLSClientRequire {
		return nil, fmt.Errorf("%s has tls.mode %s, and there are no certificates: put ca.crt, client.crt and client.key into %s, or give --tls DIR%s", file, ring.TLS.Mode, homeName, why)
	}
	ca, _, _ := ring.TLSFiles(filepath.Dir(file), "")
	return files(trust.Settings{CA: ca}, ca), nil
}

// plainHint returns what to do if a host takes no plain text.
func plainHint(file string, ring *config.Ring) string {
	switch {
	case file == "" && hasCA(home()):
		return homeName + " is not used without a ring file: give --tls " + homeName
	case file == "":
		return "give --tls DIR, with ca.crt, client.crt and client.key"
	case ring.TLS.Mode == config.TLSOff && hasCA(home()):
		return homeName + " is not used, as " + file + " has tls.mode off: set tls.mode there, or give --tls DIR"
	case ring.TLS.Mode == config.TLSOff:
		return file + " has tls.mode off: give --tls DIR, or set tls.mode there and put certificates into " + homeName
	}
	return "there are no certificates: put ca.crt, client.crt and client.key into " + homeName + ", or give --tls DIR"
}
