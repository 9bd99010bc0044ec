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
	"xlattice.org/zog/internal/verify"
)

// compareRing asks the hosts of the ring, all at the same time.
func (f *verifyFlags) compareRing(ctx context.Context, progress io.Writer) (*verify.Report, error) {
	ring, err := f.findRing()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	var asked asked
	var sources []survey.Source
	for _, h := range ring.Hosts {
		address := netip.AddrPortFrom(h.Address, ring.Ports.Client).String()
		times := survey.Times{Silence: time.Duration(f.timeout), Answer: time.Duration(f.longest)}
		host := survey.NewHost(h.Name, address, times, new(net.Dialer).DialContext)
		defer host.Close()
		sources = append(sources, &askedHost{host, &asked})
	}
	var status cli.Status
	status.Start(progress, func() string {
		return fmt.Sprintf("asking %s, %v", asked.now(), time.Since(begun).Round(time.Second))
	})
	defer status.Stop()
	return survey.Compare(ctx, sources, survey.Options{Settle: time.Duration(f.settle), Holders: 1}), nil
}

// asked are the hosts that have not answered yet.
type asked struct {
	mu    sync.Mutex
	names []string
}

// now returns their names, or how it is when there are none.
func (a *asked) now() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.names) == 0 {
		return "again, soon"
	}
	return strings.Join(a.names, " ")
}

// ask notes that a host is asked, until done is called.
func (a *asked) ask(name string) (done func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names = append(a.names, name)
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.names = slices.DeleteFunc(a.names, func(n string) bool { return n == name })
	}
}

// askedHost is a host that is among those asked while it owes an answer.
type askedHost struct {
	*survey.Host
	asked *asked
}

// Held implements survey.Source.
func (h *askedHost) Held(ctx context.Context) ([]marks.Mark, error) {
	defer h.asked.ask(h.Name())()
	return h.Host.Held(ctx)
}

// Digests implements survey.Source.
func (h *askedHost) Digests(ctx context.Context, ranges []marks.Mark) ([]verify.Digest, error) {
	defer h.asked.ask(h.Name())()
	return h.Host.Digests(ctx, ranges)
}

// findRing returns the ring that is to be asked, with the port that was given.
func (f *verifyFlags) findRing() (*config.Ring, error) {
	ring := config.Loopback(testHosts)
	if !f.testing {
		var err error
		if _, ring, err = findRing(f.config, byFlag); err != nil {
			return nil, err
		}
	}
	if err := checkPort(f.port, ring); err != nil {
		return nil, cli.Usage(err)
	}
	ring.Ports.Client = cmp.Or(uint16(f.port), ring.Ports.Client)
	return ring, nil
}
