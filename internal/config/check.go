package config

import (
	"cmp"
	"fmt"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"xlattice.org/zog/internal/names"
)

// Validate returns nil, or the first invalid value as an [*Error] with its key.
func (r *Ring) Validate() error {
	if fault := r.check(); fault != nil {
		return fault
	}
	return nil
}

// check is Validate with a result that parse can add a position to.
func (r *Ring) check() *Error {
	return cmp.Or(
		r.checkHeading(),
		r.checkHosts(),
		r.checkPorts(),
		r.checkWrapping(),
		r.Keepalive.check(),
		r.Reconnect.check(),
		r.Forward.check(),
		r.Log.check(),
		r.ErrorLog.check(),
		r.checkRetained(),
		r.Limits.check(),
		r.TLS.check(),
		r.checkRevoked(),
	)
}

func (r *Ring) checkHeading() *Error {
	if r.Version != 1 {
		return faultf("version", "%d is unknown: this zog reads version 1", r.Version)
	}
	if !names.IsRing(r.Ring) {
		return faultf("ring", "%q is not a ring name: 1 to %d letters, digits and '-'", r.Ring, names.MaxRing)
	}
	return nil
}

func (r *Ring) checkHosts() *Error {
	if n := len(r.Hosts); n == 0 {
		return faultf("hosts", "a ring has at least one host")
	} else if n > maxHosts {
		return faultf("hosts", "%d hosts: a ring has at most %d", n, maxHosts)
	}
	owners, addresses := map[string]int{}, map[string]int{}
	for i, h := range r.Hosts {
		key := hostKey(i)
		if fault := h.check(key); fault != nil {
			return fault
		}
		// Names that differ only in case would share a log directory on some file
		// systems, and Identify ignores case.
		if first, taken := claimOwner(owners, strings.ToLower(h.Name), i); taken {
			return faultf(key+".name", "%s is the name of %s too", h.Name, hostKey(first))
		}
		if first, taken := claimOwner(addresses, h.Address.String(), i); taken {
			return faultf(key+".address", "%s is the address of %s (%s) too",
				h.Address, hostKey(first), r.Hosts[first].Name)
		}
		if fault := h.checkBeside(r.Hosts[0], key); fault != nil {
			return fault
		}
	}
	return nil
}

// checkBeside checks that a host and the first one can reach each other: each dials from its own
// address.
func (h Host) checkBeside(first Host, key string) *Error {
	a, b := h.Address, first.Address
	switch {
	case a.Is4() != b.Is4():
		return faultf(key+".address", "%s cannot be reached from %s (%s): a ring is all IPv4 or all IPv6", a, b, first.Name)
	case a.IsLoopback() != b.IsLoopback():
		return faultf(key+".address", "%s cannot be reached from %s (%s): only one of them is on loopback", a, b, first.Name)
	}
	return nil
}

func (h Host) check(key string) *Error {
	a := h.Address
	switch {
	case h.Name == "":
		return faultf(key+".name", "is missing")
	case !names.IsHost(h.Name):
		return faultf(key+".name", "%q is not a host name: 1 to %d letters, digits and '-'", h.Name, names.MaxHost)
	case !a.IsValid():
		return faultf(key+".address", "is missing")
	case a.IsUnspecified(), a.IsMulticast(), a.Zone() != "", isReserved(a):
		return faultf(key+".address", "%s is not the address of one host, the same everywhere", a)
	case a != a.Unmap():
		return faultf(key+".address", "%s is an IPv4 address: write it as %s", a, a.Unmap())
	}
	return nil
}

// isReserved reports whether an address cannot identify a host: 0.0.0.0/8, and 240.0.0.0/4 with
// broadcast; and IPv6 link-local addresses, which may exist on several links.
func isReserved(a netip.Addr) bool {
	if a.Is4() {
		first := a.As4()[0]
		return first == 0 || first >= 240
	}
	return a.IsLinkLocalUnicast()
}

func (r *Ring) checkPorts() *Error {
	const wrong = "%d is not a port: 1 to 65535"
	switch p := r.Ports; {
	case p.Peer == 0:
		return faultf("ports.peer", wrong, p.Peer)
	case p.Client == 0:
		return faultf("ports.client", wrong, p.Client)
	case p.Client == p.Peer:
		return faultf("ports.client", "%d is the peer port too", p.Client)
	}
	return nil
}

func (r *Ring) checkWrapping() *Error {
	switch r.Wrapping {
	case Uniform:
		return nil
	case Respective:
		if n := len(r.Hosts); n != respectiveSize {
			return faultf("wrapping", "respective is for %d hosts, not for %d", respectiveSize, n)
		}
		return nil
	}
	return faultf("wrapping", "%q is neither uniform nor respective", r.Wrapping)
}

func (k Keepalive) check() *Error {
	switch {
	case k.Interval < minInterval:
		return tooShort("keepalive.interval", k.Interval, minInterval)
	case k.Timeout > maxTimeout:
		return faultf("keepalive.timeout", "%s is more than %s", formatDuration(k.Timeout), formatDuration(maxTimeout))
	case k.Interval >= k.Timeout:
		return faultf("keepalive.interval", "%s is not less than the timeout, %s",
			formatDuration(k.Interval), formatDuration(k.Timeout))
	}
	return nil
}

func (c Reconnect) check() *Error {
	switch {
	case c.Initial < minPause:
		return tooShort("reconnect.initial", c.Initial, minPause)
	case c.Max < c.Initial:
		return faultf("reconnect.max", "%s is less than initial, %s", formatDuration(c.Max), formatDuration(c.Initial))
	}
	return nil
}

func (f Forward) check() *Error {
	switch {
	case f.Interval < 0:
		return negative("forward.interval", f.Interval)
	case f.Interval > 0 && f.Interval < minForward:
		return tooShort("forward.interval", f.Interval, minForward)
	case f.Interval > maxForward:
		return faultf("forward.interval", "%s is more than %s", formatDuration(f.Interval), formatDuration(maxForward))
	}
	return nil
}

func (l Log) check() *Error {
	if fault := checkPath("log.dir", l.Dir); fault != nil {
		return fault
	}
	switch {
	case l.Fsync != FsyncAlways && l.Fsync != FsyncInterval && l.Fsync != FsyncNever:
		return faultf("log.fsync", "%q is none of always, interval, never", l.Fsync)
	case l.FsyncInterval < minPause:
		return tooShort("log.fsync_interval", l.FsyncInterval, minPause)
	case l.SegmentBytes < minSegment:
		return faultf("log.segment_bytes", "%d is less than %d", l.SegmentBytes, minSegment)
	case l.SegmentAge < 0:
		return negative("log.segment_age", l.SegmentAge)
	case l.SegmentAge > 0 && l.SegmentAge < minAge:
		return tooShort("log.segment_age", l.SegmentAge, minAge)
	case l.RetainAge < 0:
		return negative("log.retain_age", l.RetainAge)
	case l.RetainAge > 0 && l.RetainAge < minAge:
		return tooShort("log.retain_age", l.RetainAge, minAge)
	case l.RetainBytes < 0:
		return faultf("log.retain_bytes", "%d is negative", l.RetainBytes)
	case l.MinFreeBytes < 0:
		return faultf("log.min_free_bytes", "%d is negative", l.MinFreeBytes)
	}
	return nil
}

func tooShort(key string, d, least time.Duration) *Error {
	return faultf(key, "%s is less than %s", formatDuration(d), formatDuration(least))
}

func negative(key string, d time.Duration) *Error {
	return faultf(key, "%s is negative", formatDuration(d))
}

// claimOwner records that host i has the name, unless an earlier host has it.
func claimOwner(owners map[string]int, name string, i int) (owner int, taken bool) {
	if owner, taken = owners[name]; !taken {
		owners[name] = i
	}
	return owner, taken
}

func hostKey(i int) string { return fmt.Sprintf("hosts[%d]", i) }

// isPrintable reports whether s is valid UTF-8 and has only printable characters.
func isPrintable(s string) bool {
	hidden := func(c rune) bool { return !unicode.IsPrint(c) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, hidden)
}
