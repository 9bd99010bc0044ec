package main

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/trust"
)

const tlsShowHelp = `Show certificates: who each is for, which roles it has, and until when. Without FILE
it shows all in the directory. STATE is ok, or what is wrong: the time, the CA (if
ca.crt is in the directory), the list revoked of the ring file, or the key beside it:
another one, or one that everybody may read. The serial number is what the list
revoked takes.

Exit codes:
  0  all are ok
  1  a file cannot be read
  2  a wrong flag or ring file, or no certificates
  6  the STATE of one is not ok`

func newTLSShow() *cobra.Command {
	f := &tlsFlags{}
	output := "text"
	cmd := &cobra.Command{
		Use:     "show [FILE...]",
		Short:   "Show who certificates are for, and until when",
		Long:    tlsShowHelp,
		Example: "  zog tls show\n  zog tls show ~/.config/zog/client.crt\n  zog tls show -o json | jq '.[] | select(.state != \"ok\")'",
		Args:    cli.Paths,
		RunE:    func(cmd *cobra.Command, args []string) error { return f.show(cmd, args, output) },
	}
	f.addDir(cmd)
	cmd.Flags().StringVarP(&output, "output", "o", "text", "the result as `text|json`")
	return cmd
}

// shown is a certificate in the output.
type shown struct {
	Who    string    `json:"who"`
	Ring   string    `json:"ring"`
	Roles  string    `json:"roles,omitempty"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Serial string    `json:"serial"`
	State  string    `json:"state"`
	File   string    `json:"file"`
}

func (f *tlsFlags) show(cmd *cobra.Command, files []string, output string) error {
	if output != "text" && output != "json" {
		return cli.Usage(fmt.Errorf("--output is text or json, not %q", output))
	}
	s, err := f.store()
	if err != nil {
		return err
	}
	if len(files) == 0 {
		if files = s.certFiles(); len(files) == 0 {
			return cli.Usage(fmt.Errorf("%s: there are no certificates: zog tls init makes some", s.dir))
		}
	}
	_, ring, err := cli.FindRing(f.config)
	if err != nil && !errors.Is(err, cli.ErrNoRing) {
		return err
	}
	all := []shown{}
	for _, file := range files {
		some, err := s.look(file, ring, time.Now())
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	if output == "json" {
		err = json.NewEncoder(cmd.OutOrStdout()).Encode(all)
	} else {
		err = table(cmd.OutOrStdout(), all, time.Now())
	}
	if err == nil && slices.ContainsFunc(all, func(c shown) bool { return c.State != "ok" }) {
		return &cli.Exit{Code: codeUnreachable}
	}
	return err
}

func table(w io.Writer, all []shown, now time.Time) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHO\tRING\tROLES\tUNTIL\tDAYS\tSERIAL\tSTATE\tFILE")
	for _, c := range all {
		days := int(c.Until.Sub(now) / (24 * time.Hour))
		roles := c.Roles
		if roles == "" {
			roles = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s\n", c.Who, c.Ring, roles, trust.Date(c.Until), days, c.Serial, c.State, c.File)
	}
	return t.Flush()
}

// look reads the certificates of a file. ring is nil if there is no ring file.
func (s *store) look(file string, ring *config.Ring, now time.Time) (all []shown, err error) {
	certs, err := trust.ReadCerts(file)
	if err != nil {
		return nil, err
	}
	for i, c := range certs {
		id, err := trust.Identify(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		one := shown{id.Who(), id.Ring, "", id.NotBefore, id.NotAfter, id.Serial, s.state(id, certs[i:], now), file}
		if id.Kind == trust.Client {
			one.Roles = id.Roles.String()
		}
		if ring != nil && ring.Ring == id.Ring && one.State == "ok" && trust.Revoked(ring.Revoked).Has(id) {
			one.State = string(trust.IsRevoked)
		}
		if state := keyState(file, c); i == 0 && one.State == "ok" && state != "" {
			one.State = state
		}
		all = append(all, one)
	}
	return all, nil
}

// state returns ok, or what is wrong with a certificate.
func (s *store) state(id trust.Identity, chain []*x509.Certificate, now time.Time) string {
	switch {
	case now.Before(id.NotBefore):
		return string(trust.NotYetValid)
	case now.After(id.NotAfter):
		return string(trust.Expired)
	case id.Kind == trust.CA:
		return "ok"
	}
	t, err := trust.Load(trust.Settings{Ring: id.Ring, CA: s.caFile()})
	if err != nil {
		return "ok" // nothing to compare it with
	}
	var refusal *trust.Refusal
	if _, err := t.Verify(chain, now, trust.Want{}); errors.As(err, &refusal) {
		return string(refusal.Cause)
	}
	return "ok"
}

// keyState returns what is wrong with the key beside a certificate, if there is one that can be read.
func keyState(file string, cert *x509.Certificate) string {
	base, ok := strings.CutSuffix(file, ".crt")
	if !ok {
		return ""
	}
	data, err := os.ReadFile(base + ".key")
	if err != nil {
		return ""
	}
	if info, err := os.Stat(base + ".key"); err == nil && info.Mode().Perm()&0o007 != 0 {
		return "key is not secret"
	}
	key, err := trust.DecodeKey(data, nil)
	if err == nil && !trust.Matches(cert, key) {
		return "other key"
	}
	return ""
}
