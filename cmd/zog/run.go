package main

import (
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sirupsen/logrus"
	"github.com/spf13/cobra"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/supervisor"
)

const runHelp = `Run the daemon of one host of a ring, until a signal stops it.

The ring file is the same on every host. It is looked for at --config, in
$ZOG_CONFIG, as zog.yaml in the current directory, and as /etc/zog/zog.yaml.
The machine's name, or else its addresses, say which of its hosts this is; --name
overrides both.

Messages go to access.log. Everything else that arrives is a line in error.log.
Both are in log.dir of the ring file. Diagnostics of the daemon go to stderr; if
nobody reads them, lines are dropped and counted.

If this machine does not have the host's address yet, the daemon waits for it.

Signals:
  SIGTERM, SIGINT  take no more messages, finish those that were taken, and stop
                   within 10 s, by force if something hangs; a second signal
                   stops it at once
  SIGHUP           reopen both logs, after logrotate has renamed them, and read
                   the ring file again: keepalive, reconnect, forward,
                   error_log, limits, tls, revoked, and of log fsync_interval,
                   segment_age, retain_bytes, retain_age, min_free_bytes change
                   at once;
                   changes that need a restart are logged, a bad ring
                   file changes nothing, and bad certificates leave
                   the old ones in force` + exitHelp

const runExample = `  zog run --config /etc/zog/zog.yaml
  zog run --config zog.yaml --name LA    # one of several on this machine
  zog run --justShow                     # what would run, and as which host
  zog run -T -v                          # no ring file: the first host of the built-in
                                         # ring on 127.0.55.1 and up; with debug lines
  zog run -T --name LA                   # another host of that ring`

// runFlags are the flags of zog run. Those with a letter are as in the original daemon.
type runFlags struct {
	config   string
	name     string
	port     cli.Port
	testing  bool
	justShow bool
	diagnostics
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:     "run",
		Short:   "Run the daemon of one host",
		Long:    runHelp,
		Example: runExample,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	set := cmd.Flags()
	set.StringVar(&f.config, "config", "", "ring `FILE`; else $ZOG_CONFIG, zog.yaml here or in /etc/zog")
	set.StringVar(&f.name, "name", "", "`NAME` of this host in the ring; else by the machine's name or addresses")
	set.VarP(&f.port, "port", "p", "serve clients on this `PORT`, not on that of the ring file")
	set.BoolVarP(&f.testing, "testing", "T", false, "no ring file: the built-in ring on loopback, as the host of --name, or else its first")
	set.BoolVarP(&f.justShow, "justShow", "j", false, "show the ring file in force and which host this is, and exit")
	f.diagnostics.flags(set)
	cli.ChooseOne(cmd, "config", "testing")
	return cmd
}

func (f *runFlags) run(cmd *cobra.Command) error {
	log, err := f.logger(cmd.ErrOrStderr())
	if err != nil {
		return cli.Usage(err)
	}
	signals := listen(log)
	m, err := f.member()
	if err != nil {
		return cli.Usage(err)
	}
	if f.justShow {
		return m.show(cmd.OutOrStdout(), nil)
	}
	certs, err := m.watchCertificates(log)
	if err != nil {
		return cli.Usage(fmt.Errorf("%s: %w", m.file, err))
	}
	if warning := exposed(m.ring, m.self); warning != "" {
		log.Warn(warning)
	}
	hosts, err := startHosts(log, signals, func(cancel <-chan struct{}) ([]*supervisor.Host, error) {
		opts := m.options(log, cancel, 1)
		opts.AwaitAddress = true
		host, err := supervisor.Start(opts)
		if err != nil {
			return nil, err
		}
		return []*supervisor.Host{host}, nil
	})
	if len(hosts) == 0 {
		return err
	}
	m.announce(log, hosts[0])
	d := &daemon{log: log, host: hosts[0], member: m, signals: signals, read: readRing, reloads: make(chan struct{}, 1)}
	d.certificates = certs
	defer close(d.reloads)
	go d.reload()
	return serve(log, hosts, signals, d.requestReload)
}

// member reads the ring file and finds this host in it.
func (f *runFlags) member() (*member, error) {
	m, name := &member{port: uint16(f.port)}, f.name
	var err error
	if f.testing {
		m.ring = config.Loopback(testHosts)
		if name == "" {
			name = m.ring.Hosts[0].Name
		}
	} else if m.file, m.ring, err = findRing(f.config, byFlag); err != nil {
		return nil, err
	}
	if err := checkPort(f.port, m.ring); err != nil {
		return nil, err
	}
	m.self, err = identify(m.ring, name)
	return m, err
}

// checkPort returns an error if a port cannot be the client port.
func checkPort(port cli.Port, ring *config.Ring) error {
	if uint16(port) == ring.Ports.Peer {
		return fmt.Errorf("--port %d is the ring's port for peers", uint16(port))
	}
	return nil
}

// testHosts is the size of the built-in ring.
const testHosts = 5

// daemon is a running host and its ring file.
type daemon struct {
	log     logrus.FieldLogger
	host    *supervisor.Host
	signals *signals
	*member

	read      func(file string) (*config.Ring, error)
	reloads   chan struct{} // requests to read the ring file again; holds one
	reloading atomic.Bool

	certificates certificates
}

// readRing reads a ring file again.
func readRing(file string) (*config.Ring, error) {
	_, ring, err := findRing(file, byFlag)
	return ring, err
}

// requestReload handles SIGHUP. It does not wait for the ring file, which may be on a file
// system that hangs. While the file is being read, one more request is kept.
func (d *daemon) requestReload() {
	d.host.Reopen()
	if d.file == "" {
		d.log.Info("there is no ring file to reload")
		return
	}
	if d.reloading.Load() {
		d.log.WithField("file", d.file).Warn("the ring file is still being read for an earlier SIGHUP")
	}
	select {
	case d.reloads <- struct{}{}:
	default:
	}
}

// reload reads the ring file for each request, until reloads is closed.
func (d *daemon) reload() {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	d.checkCertificates()
	for {
		select {
		case _, more := <-d.reloads:
			if !more {
				return
			}
			d.reloadRing()
		case <-minute.C:
			d.checkCertificates()
		}
	}
}

// reloadRing reads the ring file again, and the certificates that it names.
func (d *daemon) reloadRing() {
	d.reloading.Store(true)
	file, err := d.read(d.file)
	d.reloading.Store(false)
	switch {
	case d.signals.stopped(): // the daemon is stopping
	case err != nil:
		d.log.Errorf("the ring file is not reloaded, the old one stays in force: %v", err)
	default:
		d.apply(file)
	}
}

// checkCertificates reads the certificates again if their files have changed, closes the
// connections of those that have expired, and warns of the own ones.
func (d *daemon) checkCertificates() {
	if d.trust == nil {
		return
	}
	changed := d.certificates.changed(trustSettings(d.file, d.ring, d.host.Name()))
	if changed || d.certificates.early {
		t, err := reloadTrust(d.trust, d.file, d.ring, d.self, time.Now())
		d.certificates.refused(err, !changed)
		if err == nil {
			d.trust = t
			d.host.Reload(d.ring, t)
			d.log.Info("certificates reloaded")
		}
	}
	d.host.Recheck()
	d.certificates.warn(d.trust, time.Now())
}

// apply applies the parts of a new ring file that may change. Bad certificates keep nothing else of it from
// coming into force: the list revoked least of all.
func (d *daemon) apply(file *config.Ring) {
	next := reload(d.ring, file)
	t, err := reloadTrust(d.trust, d.file, next.ring, d.self, time.Now())
	if err != nil && t == nil {
		d.log.Errorf("the certificates are not loaded, tls.mode stays off: %v", err)
		plain := *file
		plain.TLS = d.ring.TLS
		next = reload(d.ring, &plain)
	} else {
		d.certificates.refused(err, false)
	}
	d.ring, d.trust = next.ring, t
	d.certificates.changed(trustSettings(d.file, d.ring, d.host.Name()))
	d.host.Reload(next.ring, t)
	d.certificates.warn(t, time.Now())
	log := d.log.WithField("file", d.file)
	if len(next.needRestart) > 0 {
		log.Warnf("these changes need a restart: %s", strings.Join(next.needRestart, ", "))
	}
	if len(next.applied) > 0 {
		log = log.WithField("changed", strings.Join(next.applied, ", "))
	}
	log.Info("ring file reloaded")
}
