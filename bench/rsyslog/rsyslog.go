// Package rsyslog has rsyslog do zog's job: the host that takes the texts writes
// them to its file and forwards them to the others, who write them to theirs. It
// does so over plain TCP ("rsyslog"), which acknowledges nothing, and over RELP
// ("rsyslog-relp"), in which a receiver answers for each message once it is in its
// queue, in memory and not yet in a file.
//
// In neither does anybody know when all hosts have a message.
package rsyslog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// program is where Debian has it, which need not be in PATH.
const program = "/usr/sbin/rsyslogd"

func init() {
	system.Register(rsyslog{protocol: plain})
	system.Register(rsyslog{protocol: relp})
}

// protocol is how messages come to rsyslog and go on from it.
type protocol string

const (
	plain protocol = "rsyslog"
	relp  protocol = "rsyslog-relp"
)

// rsyslog implements [system.System].
type rsyslog struct{ protocol protocol }

// Name implements [system.System].
func (r rsyslog) Name() string { return string(r.protocol) }

// Missing implements [system.System].
func (r rsyslog) Missing() error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("there is no rsyslogd, of Debian's package rsyslog: %w", err)
	}
	if r.protocol == plain {
		return nil
	}
	if modules, _ := filepath.Glob("/usr/lib/*/rsyslog/imrelp.so"); len(modules) == 0 {
		return errors.New("there is no module imrelp, of Debian's package rsyslog-relp")
	}
	return nil
}

// Start implements [system.System].
func (r rsyslog) Start(ctx context.Context, dir string, w system.Work) (_ system.Cluster, err error) {
	if r.protocol == plain && (w.Sync || w.Copies > 1 || w.Window == 1) {
		return nil, fmt.Errorf("nothing is acknowledged: %w", peer.ErrUnable)
	}
	if w.Sync || w.Copies > 1 {
		return nil, fmt.Errorf("only the first host acknowledges, and does not sync: %w", peer.ErrUnable)
	}
	ports, err := peer.FreePorts(w.Hosts, 1)
	if err != nil {
		return nil, err
	}
	c := peer.NewCluster(dir, w)
	defer func() {
		if err != nil {
			_ = c.Stop() // the other error tells
		}
	}()
	for i := range w.Hosts {
		if err := r.start(ctx, c, i, w.Hosts, ports[0]); err != nil {
			return nil, err
		}
	}
	c.Addresses = []string{peer.At(0, ports[0])}
	return c, nil
}

// start starts a host, and returns when it listens.
func (r rsyslog) start(ctx context.Context, c *peer.Cluster, host, hosts, port int) error {
	file, err := r.configure(c, host, hosts, port)
	if err != nil {
		return err
	}
	// In the foreground, and without a file for its process id.
	p, err := c.Start(host, program, "-n", "-iNONE", "-f", file)
	if err != nil {
		return err
	}
	return p.Await(ctx, "listening", func() bool {
		conn, err := net.Dial("tcp", peer.At(host, port))
		if err == nil {
			conn.Close() // it was only to be had
		}
		return err == nil
	})
}

// Dial implements [system.System].
func (r rsyslog) Dial(ctx context.Context, at string, w system.Work) (system.Client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", at)
	if err != nil {
		return nil, err
	}
	if r.protocol == relp {
		return newRelp(ctx, conn, w)
	}
	return newPlain(conn, w), nil
}
