package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/tlsconn"
	"xlattice.org/zog/internal/trust"
	"xlattice.org/zog/internal/verify"
)

// compareRing asks the hosts of the ring concurrently.
func (f *verifyFlags) compareRing(ctx context.Context, progress io.Writer) (*verify.Report, error) {
	file, ring, err := f.findRing()
	if err != nil {
		return nil, err
	}
	f.tls.Own = ownFiles
	own, err := f.tls.Load(file, ring, nil)
	if err != nil {
		return nil, cli.Usage(err)
	}
	begun := time.Now()
	var pending pendingHosts
	var sources []survey.Source
	for _, h := range ring.Hosts {
		address := netip.AddrPortFrom(h.Address, ring.Ports.Client).String()
		times := survey.Times{Silence: time.Duration(f.timeout), Answer: time.Duration(f.longest)}
		host := survey.NewHost(h.Name, address, times, dialler(own, h.Name))
		defer host.Close()
		sources = append(sources, &trackedHost{host, &pending})
	}
	var status cli.Status
	status.Start(progress, func() string {
		return fmt.Sprintf("asking %s, %v", pending.text(), time.Since(begun).Round(time.Second))
	})
	defer status.Stop()
	report := survey.Compare(ctx, sources, survey.Options{Settle: time.Duration(f.settle), Holders: 1})
	f.hint = hintOf(own, report)
	return report, nil
}

// hintOf returns what to do about certificates, if a host says that it does not take what there is.
func hintOf(own *cli.Certificates, report *verify.Report) string {
	for _, h := range report.Hosts {
		if h.Err != nil {
			if hint := own.Hint(h.Err.Error()); hint != "" {
				return hint
			}
		}
	}
	return ""
}

// dialler returns how the client port of a host is dialled: plain if there are no certificates.
func dialler(own *cli.Certificates, name string) survey.Dialler {
	if own.Plain() {
		return new(net.Dialer).DialContext
	}
	dial := dialTLS(own.Current(), name)
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return conn, nil
	}
}

// hostConn is a connection with TLS to a host. The errors of its reads are in words: a host says only then
// that it refuses the certificate of here.
type hostConn struct{ *tlsconn.Conn }

// Read implements net.Conn.
func (c *hostConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, trust.Explain(err)
}

// dialTLS returns how the client port of a host is dialled with TLS.
func dialTLS(t *trust.Trust, name string) func(ctx context.Context, network, address string) (*hostConn, error) {
	return func(ctx context.Context, network, address string) (*hostConn, error) {
		raw, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		conn, err := tlsconn.Dial(ctx, raw, t.DialHost(name))
		if err != nil {
			return nil, trust.Explain(err)
		}
		return &hostConn{conn}, nil
	}
}

// pendingHosts are the hosts that owe an answer.
type pendingHosts struct {
	mu    sync.Mutex
	names []string
}

// text returns their names, for the status line.
func (p *pendingHosts) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.names) == 0 {
		return "again, soon"
	}
	return strings.Join(p.names, " ")
}

// add adds a host until done is called.
func (p *pendingHosts) add(name string) (done func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names = append(p.names, name)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.names = slices.DeleteFunc(p.names, func(n string) bool { return n == name })
	}
}

// trackedHost is a host that is in pending while it owes an answer.
type trackedHost struct {
	*survey.Host
	pending *pendingHosts
}

// Held implements survey.Source.
func (h *trackedHost) Held(ctx context.Context) ([]marks.Mark, error) {
	defer h.pending.add(h.Name())()
	return h.Host.Held(ctx)
}

// Digests implements survey.Source.
func (h *trackedHost) Digests(ctx context.Context, ranges []marks.Mark) ([]verify.Digest, error) {
	defer h.pending.add(h.Name())()
	return h.Host.Digests(ctx, ranges)
}

// findRing returns the ring to ask, with the client port of --port.
func (f *verifyFlags) findRing() (file string, ring *config.Ring, err error) {
	ring = config.Loopback(testHosts)
	if !f.testing {
		if file, ring, err = findRing(f.config, byFlag); err != nil {
			return "", nil, err
		}
	}
	if err := checkPort(f.port, ring); err != nil {
		return "", nil, cli.Usage(err)
	}
	ring.Ports.Client = cmp.Or(uint16(f.port), ring.Ports.Client)
	return file, ring, nil
}
