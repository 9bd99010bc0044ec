package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
)

const tlsHelp = `Make and show the certificates of a ring. They say who a host or a client is, and
what a client may do:

  send    hand in messages
  follow  read the log (sprog tail, sprog exec), and survey it (zog verify --ring)
  admin   nothing yet; it is for changes of the ring

Make them on the machine of who administers the ring, as ca.key can make anybody
anything. All files are in one directory, tls beside the ring file:

  ca.crt                the certificate of the CA; everybody needs it
  ca.key                the key of the CA; nobody else needs it
  hosts/NAME.crt .key   for the host NAME
  clients/NAME.crt .key for the client NAME

Files that exist are overwritten with --force only; zog tls renew replaces .crt files.

To try TLS without any of this: zog dev --tls`

const tlsExample = `  zog tls init                                # a CA, all hosts of the ring file, a client
  zog tls client laptop --role send,follow    # one more client
  zog tls host MV                             # a host that is new in the ring file
  zog tls show                                # who, which roles, until when
  zog tls renew                               # all certificates again, with the same keys
  zog tls check --ring                        # asks all hosts for theirs`

func newTLS() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "tls",
		Short:   "Make, renew, show and check certificates",
		Long:    tlsHelp,
		Example: tlsExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newTLSInit(), newTLSHost(), newTLSClient(), newTLSRenew(), newTLSShow(), newTLSCheck())
	return cmd
}

// tlsFlags are the flags that several of these commands have.
type tlsFlags struct {
	config     string
	dir        string
	caKey      string
	passphrase string // file
	days       int
	force      bool
}

// addDir adds the flags that say where the files are.
func (f *tlsFlags) addDir(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.dir, "dir", "", "`DIR` of the certificates; else tls beside the ring file, or here")
	cmd.Flags().StringVar(&f.config, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
}

// addSigning adds the flags of commands that sign.
func (f *tlsFlags) addSigning(cmd *cobra.Command) {
	f.addDir(cmd)
	set := cmd.Flags()
	set.StringVar(&f.caKey, "ca-key", "", "`FILE` with the key of the CA; else ca.key in the directory")
	set.StringVar(&f.passphrase, "passphrase-file", "", "`FILE` whose first line is the passphrase of that key; else $"+envPassphrase+", else it is asked for")
	set.IntVar(&f.days, "days", 365, "how many days certificates are valid")
}

func (f *tlsFlags) addForce(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.force, "force", false, "overwrite files that exist")
}

// maxDays is a hundred years; X.509 ends with the year 9999.
const maxDays = 36500

// life returns how long something is valid.
func life(flag string, days int) (time.Duration, error) {
	if days < 1 || days > maxDays {
		return 0, cli.Usage(errors.New("--" + flag + " is 1 to 36500"))
	}
	return time.Duration(days) * 24 * time.Hour, nil
}

// ring reads the ring file, and returns the directory of the certificates.
func (f *tlsFlags) ring() (*config.Ring, *store, error) {
	file, ring, err := findRing(f.config, byFlagOnly)
	if err != nil {
		return nil, nil, err
	}
	return ring, f.at(filepath.Dir(file)), nil
}

// store returns the directory of the certificates, for commands that need no ring file.
func (f *tlsFlags) store() (*store, error) {
	if f.dir != "" {
		return f.at(""), nil
	}
	file, _, err := cli.FindRing(f.config)
	if errors.Is(err, cli.ErrNoRing) {
		return f.at("."), nil
	}
	if err != nil {
		return nil, err
	}
	return f.at(filepath.Dir(file)), nil
}

// at returns the directory that the flags name, or else tls in another directory.
func (f *tlsFlags) at(beside string) *store {
	s := &store{dir: f.dir, keyFile: f.caKey}
	if s.dir == "" {
		s.dir = filepath.Join(beside, "tls")
	}
	if s.keyFile == "" {
		s.keyFile = filepath.Join(s.dir, "ca.key")
	}
	return s
}

// notThere reports whether a file does not exist.
func notThere(err error) bool { return errors.Is(err, fs.ErrNotExist) }
