package cli

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

// wallet writes the certificates of a client of a ring into a folder; with an empty name, only that of the CA.
func wallet(t *testing.T, dir, ring, name string) {
	t.Helper()
	ca, err := trust.NewAuthority(ring, time.Now(), trust.DefaultCALife)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"ca.crt": trust.EncodeCerts(ca.Cert)}
	if name != "" {
		key, err := trust.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		cert, err := ca.Issue(key.Public(), trust.Request{Kind: trust.Client, Name: name, Roles: trust.Send, Life: time.Hour}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		files["client.crt"] = trust.EncodeCerts(cert)
		if files["client.key"], err = trust.EncodeKey(key, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(dir, file), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// Where a client's certificates are looked for, in which order, and what is said if they are not there.
func TestWhereCertificatesAre(t *testing.T) {
	t.Chdir(t.TempDir())
	for dir, name := range map[string]string{
		"flag": "by-flag", "folder": "by-folder", "files": "by-files", "home/.config/zog": "at-home", "bare": "", "bare-home/.config/zog": "", "tls": "",
	} {
		wallet(t, dir, "house", name)
	}
	wallet(t, "barn", "barn", "stranger")
	wallet(t, "half", "house", "half")
	if err := os.Remove("half/client.key"); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{EnvTLSCA: "files/ca.crt", EnvTLSCert: "files/client.crt", EnvTLSKey: "files/client.key"}
	folder := maps.Clone(files)
	folder[EnvTLSDir] = "folder"
	for name, test := range map[string]struct {
		args     []string
		env      map[string]string
		home     string
		mode     config.TLSMode
		optional bool // clients need no certificate
		noRing   bool // there is no ring file
		who      string
		err      string
	}{
		"the flag":                        {args: []string{"--tls", "flag"}, env: map[string]string{EnvTLSDir: "folder"}, home: "home", mode: config.TLSRequire, who: "client/by-flag"},
		"the flag, with mode off":         {args: []string{"--tls", "flag"}, mode: config.TLSOff, who: "client/by-flag"},
		"the flag, without a ring file":   {args: []string{"--tls", "barn"}, noRing: true, who: "client/stranger"},
		"a folder of the environment":     {env: folder, home: "home", mode: config.TLSRequire, who: "client/by-folder"},
		"files of the environment":        {env: files, home: "home", mode: config.TLSAccept, who: "client/by-files"},
		"a CA of the environment":         {env: map[string]string{EnvTLSCA: "files/ca.crt"}, home: "home", mode: config.TLSAccept, optional: true, who: "nobody"},
		"a CA alone":                      {env: map[string]string{EnvTLSCA: "files/ca.crt"}, mode: config.TLSAccept, err: "the environment has $ZOG_TLS_CA, and lacks $ZOG_TLS_CERT and $ZOG_TLS_KEY: all three belong together"},
		"no key of the environment":       {env: map[string]string{EnvTLSCA: "files/ca.crt", EnvTLSCert: "files/client.crt"}, mode: config.TLSOff, err: "the environment has $ZOG_TLS_CA and $ZOG_TLS_CERT, and lacks $ZOG_TLS_KEY"},
		"no CA of the environment":        {env: map[string]string{EnvTLSCert: "files/client.crt", EnvTLSKey: "files/client.key"}, home: "home", mode: config.TLSRequire, err: "lacks $ZOG_TLS_CA:"},
		"at home":                         {home: "home", mode: config.TLSRequire, who: "client/at-home"},
		"at home, with mode accept":       {home: "home", mode: config.TLSAccept, who: "client/at-home"},
		"at home, with mode off":          {home: "home", mode: config.TLSOff, who: "plain"},
		"at home, without a ring file":    {home: "home", noRing: true, who: "plain"},
		"a CA at home":                    {home: "bare-home", mode: config.TLSRequire, optional: true, who: "nobody"},
		"nowhere, with mode off":          {mode: config.TLSOff, who: "plain"},
		"nowhere, with mode accept":       {mode: config.TLSAccept, who: "plain"},
		"nowhere, with client off":        {mode: config.TLSRequire, optional: true, who: "nobody"}, // the CA of the ring file
		"nowhere":                         {mode: config.TLSRequire, err: "zog.yaml has tls.mode require, and there are no certificates: put ca.crt, client.crt and client.key into ~/.config/zog, or give --tls DIR"},
		"a folder without a certificate":  {args: []string{"--tls", "bare"}, mode: config.TLSRequire, who: "nobody"},
		"a folder without a key":          {args: []string{"--tls", "half"}, mode: config.TLSRequire, err: "half/client.key: no such file or directory"},
		"a folder that is not there":      {args: []string{"--tls", "none"}, mode: config.TLSRequire, err: "none/ca.crt: no such file or directory"},
		"a folder of the environment, no": {env: map[string]string{EnvTLSDir: "none"}, home: "home", mode: config.TLSRequire, err: "none/ca.crt: no such file or directory"},
		"another ring":                    {args: []string{"--tls", "barn"}, mode: config.TLSRequire, err: "barn/client.crt: client/stranger is of ring barn, not of ring house"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, key := range []string{EnvTLSDir, EnvTLSCA, EnvTLSCert, EnvTLSKey} {
				t.Setenv(key, test.env[key])
			}
			t.Setenv("HOME", "nobody's")
			if test.home != "" {
				t.Setenv("HOME", test.home)
			}
			ring, file := config.Loopback(2), "zog.yaml"
			ring.Ring, ring.TLS.Mode, ring.TLS.CA = "house", test.mode, "tls/ca.crt"
			if test.optional {
				ring.TLS.Client = config.TLSClientOff
			}
			if test.noRing {
				ring, file = config.Loopback(2), ""
			}
			var f TLS
			cmd := &cobra.Command{RunE: func(*cobra.Command, []string) error { return nil }}
			f.Add(cmd)
			cmd.SetArgs(test.args)
			if err := cmd.Execute(); err != nil {
				t.Fatal(err)
			}
			got, err := f.Load(file, ring, nil)
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("the error is %v, want %q", err, test.err)
			}
			if err != nil {
				return
			}
			if who := nameOf(got); who != test.who {
				t.Errorf("it is %s, want %s", who, test.who)
			}
		})
	}
}

// What is to be done if a host does not take what there is.
func TestHints(t *testing.T) {
	t.Chdir(t.TempDir())
	wallet(t, "home/.config/zog", "house", "at-home")
	wallet(t, "bare", "house", "")
	const onlyTLS, wanted = "MV: the host takes only TLS; the time is up", "MV: the other side wants a certificate, and this one has none"
	for name, test := range map[string]struct {
		args []string
		home string
		mode config.TLSMode
		file string
		text string
		want string
	}{
		"mode off":               {nil, "home", config.TLSOff, "zog.yaml", onlyTLS, "~/.config/zog is not used, as zog.yaml has tls.mode off: set tls.mode there, or give --tls DIR"},
		"mode off, not at home":  {nil, "none", config.TLSOff, "zog.yaml", "refuses the connection: plain text where TLS is wanted", "zog.yaml has tls.mode off: give --tls DIR, or set tls.mode there and put certificates into ~/.config/zog"},
		"mode accept":            {nil, "none", config.TLSAccept, "zog.yaml", onlyTLS, "there are no certificates: put ca.crt, client.crt and client.key into ~/.config/zog, or give --tls DIR"},
		"no ring file":           {nil, "home", config.TLSOff, "", onlyTLS, "~/.config/zog is not used without a ring file: give --tls ~/.config/zog"},
		"nothing at all":         {nil, "none", config.TLSOff, "", onlyTLS, "give --tls DIR, with ca.crt, client.crt and client.key"},
		"another problem":        {nil, "home", config.TLSOff, "zog.yaml", "MV: connection refused", ""},
		"a CA only":              {[]string{"--tls", "bare"}, "home", config.TLSRequire, "zog.yaml", wanted, "bare has ca.crt, and neither client.crt nor client.key"},
		"a CA, another problem":  {[]string{"--tls", "bare"}, "home", config.TLSRequire, "zog.yaml", "MV: connection refused", ""},
		"a certificate is there": {nil, "home", config.TLSRequire, "zog.yaml", wanted, ""},
	} {
		t.Setenv("HOME", test.home)
		ring := config.Loopback(2)
		ring.Ring, ring.TLS.Mode = "house", test.mode
		var f TLS
		cmd := &cobra.Command{RunE: func(*cobra.Command, []string) error { return nil }}
		f.Add(cmd)
		cmd.SetArgs(test.args)
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		c, err := f.Load(test.file, ring, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Hint(test.text); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// nameOf returns who has loaded certificates: plain without any, nobody without one of its own.
func nameOf(c *Certificates) string {
	if c.Plain() {
		return "plain"
	}
	if id, ok := c.Current().Self(); ok {
		return id.Who()
	}
	return "nobody"
}
