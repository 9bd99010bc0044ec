package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"xlattice.org/zog/internal/cli"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/plural"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/verify"
)

// compareRing asks the hosts of the ring, all at the same time.
func (f *verifyFlags) compareRing(ctx context.Context, progress io.Writer) (*verify.Report, error) {
	ring, err := f.findRing()
	if err != nil {
		return nil, err
	}
	var sources []survey.Source
	for _, h := range ring.Hosts {
		address := netip.AddrPortFrom(h.Address, ring.Ports.Client).String()
		host := survey.NewHost(h.Name, address, time.Duration(f.timeout), new(net.Dialer).DialContext)
		defer host.Close()
		sources = append(sources, host)
	}
	begun := time.Now()
	var status cli.Status
	status.Start(progress, func() string {
		return fmt.Sprintf("asking %s, %v", plural.Of(len(sources), "host"), time.Since(begun).Round(time.Second))
	})
	defer status.Stop()
	return survey.Compare(ctx, sources, survey.Options{Settle: time.Duration(f.settle), Holders: 1}), nil
}

// findRing returns the ring that is to be asked, with the port that was given.
func (f *verifyFlags) findRing() (*config.Ring, error) {
	ring := config.Loopback(testHosts)
	if !f.testing {
		var err error
		if _, ring, err = findRing(f.config); err != nil {
			return nil, err
		}
	}
	if err := checkPort(f.port, ring); err != nil {
		return nil, cli.Usage(err)
	}
	ring.Ports.Client = cmp.Or(uint16(f.port), ring.Ports.Client)
	return ring, nil
}
