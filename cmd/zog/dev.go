package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/plural"
	"xlattice.org/zog/supervisor"
)

const devHelp = `Run a whole ring in one process, to try it out or to develop against.

Its hosts are on 127.0.55.1, 127.0.55.2 and so on, on the default ports: 55551 for
peers and 55552 for clients. The first host also serves clients on
127.0.0.1:55552, where sprog -T sends to. Each host has its own log directory,
DIR/MV and so on. The logs stay when the ring stops; the next start continues them.

With --tls the ring takes only TLS. Its certificates are in DIR` + devTLS + `, together with
those of a client that may do everything: ca.crt, client.crt and client.key. They are
made unless good ones are there. sprog and zog verify read them from $` + cli.EnvTLSDir + `.

Signals:
  SIGTERM, SIGINT  finish what was taken, and stop within 10 s; a second signal
                   stops it at once
  SIGHUP           the same: a terminal that closes sends it; nohup prevents that` + exitHelp

const devExample = `  zog dev                      # five hosts, logs in ./logs/dev
  zog dev --hosts 9 --dir /tmp/ring
  zog dev --tls                # with certificates; it prints what clients need
  zog dev --ports 7001,7002    # a second ring beside the first: on other ports,
                               # and with --dir in another place`

// devFlags are the flags of zog dev.
type devFlags struct {
	hosts int
	dir   string
	ports []uint
	tls   bool
	diagnostics
}

func newDev() *cobra.Command {
	var f devFlags
	cmd := &cobra.Command{
		Use:     "dev",
		Short:   "Run a whole ring in one process, on loopback",
		Long:    devHelp,
		Example: devExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	set := cmd.Flags()
	set.IntVar(&f.hosts, "hosts", testHosts, "how many hosts: `N`, 1 to 64")
	set.StringVar(&f.dir, "dir", filepath.Join("logs", "dev"), "`DIR` for the logs")
	set.UintSliceVar(&f.ports, "ports", []uint{55551, 55552}, "ports for peers and for clients: `PEER,CLIENT`")
	set.BoolVar(&f.tls, "tls", false, "take only TLS, with certificates in DIR"+devTLS)
	f.diagnostics.flags(set)
	return cmd
}

func (f *devFlags) run(cmd *cobra.Command) error {
	ring, err := f.ring()
	if err != nil {
		return cli.Usage(err)
	}
	log, err := f.logger(cmd.ErrOrStderr())
	if err != nil {
		return cli.Usage(err)
	}
	if f.tls {
		if err := f.protect(ring); err != nil {
			return cli.Usage(err)
		}
	}
	signals := listenInTerminal(log)
	cli.EndWith(cmd, signals.stop)
	level := log.GetLevel()
	if !f.verbose {
		log.SetLevel(logrus.WarnLevel) // links fail until all hosts have started, which is expected
	}
	hosts, err := startHosts(log, signals, func(cancel <-chan struct{}) ([]*supervisor.Host, error) {
		return startAll(log, ring, cancel)
	})
	if len(hosts) == 0 {
		return err
	}
	for i, h := range hosts {
		(&member{ring: ring, self: i}).announce(log, h)
	}
	log.SetLevel(level)
	if err := f.welcome(cmd.OutOrStdout(), ring); err != nil && !signals.stopped() {
		return errors.Join(err, stopHosts(log, hosts))
	}
	return serve(log, hosts, signals, nil)
}

// ring returns the ring that the flags ask for, or an error if it is invalid.
func (f *devFlags) ring() (*config.Ring, error) {
	ring := config.Loopback(f.hosts)
	ring.Log.Dir = filepath.Join(f.dir, "{name}")
	if len(f.ports) != 2 || f.ports[0] > 1<<16-1 || f.ports[1] > 1<<16-1 {
		return nil, fmt.Errorf("--ports takes two ports, such as 55551,55552")
	}
	ring.Ports = config.Ports{Peer: uint16(f.ports[0]), Client: uint16(f.ports[1])}
	return ring, ring.Validate()
}

// startAll starts all hosts of a ring. If one fails to start, it stops the others.
func startAll(log logrus.FieldLogger, ring *config.Ring, cancel <-chan struct{}) ([]*supervisor.Host, error) {
	var hosts []*supervisor.Host
	local := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ring.Ports.Client)
	for i := range ring.Hosts {
		certificates, err := loadTrust("", ring, i)
		if err != nil {
			return nil, errors.Join(err, stopHosts(log, hosts))
		}
		opts := (&member{ring: ring, self: i, trust: certificates}).options(log, cancel, len(ring.Hosts))
		if i == 0 {
			opts.ExtraClients = []netip.AddrPort{local}
		}
		h, err := supervisor.Start(opts)
		if err != nil {
			return nil, errors.Join(err, stopHosts(log, hosts))
		}
		hosts = append(hosts, h)
	}
	return hosts, nil
}

const welcome = `A ring of %[1]s takes messages, on %[2]s.

In other terminals:
%[5]s  tail -f %[4]s
  %[3]s send -T 'hello, ring'
  seq 1000 | sed 's/^/message number /' | %[3]s send - -T

Ctrl-C ends it.
`

// welcome prints that the ring runs, and what to type next.
func (f *devFlags) welcome(w io.Writer, ring *config.Ring) error {
	dir, _ := filepath.Split(os.Args[0]) // sprog is usually in the same directory
	sprog := dir + "sprog"
	if ring.Ports != config.Loopback(1).Ports {
		sprog += fmt.Sprintf(" -p %d", ring.Ports.Client)
	}
	n := len(ring.Hosts)
	addresses := ring.Hosts[0].Address.String()
	if n > 1 {
		addresses += " to " + ring.Hosts[n-1].Address.String()
	}
	certificates := ""
	if f.tls {
		certificates = fmt.Sprintf("  export %s=%s\n", cli.EnvTLSDir, absolute(f.tlsDir()))
	}
	_, err := fmt.Fprintf(w, welcome, plural.Of(n, "host"), addresses, sprog,
		filepath.Join(f.dir, "*", "access.log"), certificates)
	return err
}
