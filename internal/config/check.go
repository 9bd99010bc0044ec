package config

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Validate returns nil, or the first value with which the ring cannot work as
// an [*Error] that names its key.
func (r *Ring) Validate() error {
	if fault := r.check(); fault != nil {
		return fault
	}
	return nil
}

// check is Validate before the fault has a place in a file.
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
	)
}

func (r *Ring) checkHeading() *Error {
	if r.Version != 1 {
		return faultf("version", "%d is unknown: this zog reads version 1", r.Version)
	}
	if !isName(r.Ring, maxRingName) {
		return faultf("ring", "%q is not a ring name: 1 to %d letters, digits and '-'", r.Ring, maxRingName)
	}
	return nil
}

func (r *Ring) checkHosts() *Error {
	if n := len(r.Hosts); n == 0 {
		return faultf("hosts", "a ring has at least one host")
	} else if n > maxHosts {
		return faultf("hosts", "%d hosts: a ring has at most %d", n, maxHosts)
	}
	names, addresses := map[string]int{}, map[string]int{}
	for i, h := range r.Hosts {
		key := hostKey(i)
		if fault := h.check(key); fault != nil {
			return fault
		}
		// Names that differ in case only would share a log directory on some
		// systems, and Identify could not choose between them.
		if first, taken := claim(names, strings.ToLower(h.Name), i); taken {
			return faultf(key+".name", "%s is the name of %s too", h.Name, hostKey(first))
		}
		if first, taken := claim(addresses, h.Address.String(), i); taken {
			return faultf(key+".address", "%s is the address of %s (%s) too",
				h.Address, hostKey(first), r.Hosts[first].Name)
		}
	}
	return nil
}

func (h Host) check(key string) *Error {
	a := h.Address
	switch {
	case h.Name == "":
		return faultf(key+".name", "is missing")
	case !isName(h.Name, maxHostName):
		return faultf(key+".name", "%q is not a host name: 1 to %d letters, digits and '-'", h.Name, maxHostName)
	case !a.IsValid():
		return faultf(key+".address", "is missing")
	case a.IsUnspecified(), a.IsMulticast(), a.Zone() != "":
		return faultf(key+".address", "%s is not the address of one host, the same everywhere", a)
	case a != a.Unmap():
		return faultf(key+".address", "%s is an IPv4 address: write it as %s", a, a.Unmap())
	}
	return nil
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
			return faultf("wrapping", "respective is for %d hosts, here are %d", respectiveSize, n)
		}
		return nil
	}
	return faultf("wrapping", "%q is neither uniform nor respective", r.Wrapping)
}

func (k Keepalive) check() *Error {
	switch {
	case k.Interval <= 0:
		return notPositive("keepalive.interval", k.Interval)
	case k.Timeout > maxTimeout:
		return faultf("keepalive.timeout", "%s is more than %s", shown(k.Timeout), shown(maxTimeout))
	case k.Interval >= k.Timeout:
		return faultf("keepalive.interval", "%s is not less than the timeout, %s",
			shown(k.Interval), shown(k.Timeout))
	}
	return nil
}

func (c Reconnect) check() *Error {
	switch {
	case c.Initial <= 0:
		return notPositive("reconnect.initial", c.Initial)
	case c.Max < c.Initial:
		return faultf("reconnect.max", "%s is less than initial, %s", shown(c.Max), shown(c.Initial))
	}
	return nil
}

func (f Forward) check() *Error {
	switch {
	case f.Interval < 0:
		return negative("forward.interval", f.Interval)
	case f.Interval > maxForward:
		return faultf("forward.interval", "%s is more than %s", shown(f.Interval), shown(maxForward))
	}
	return nil
}

func (l Log) check() *Error {
	switch {
	case l.Dir == "":
		return faultf("log.dir", "is empty")
	case !isPrintable(l.Dir):
		return faultf("log.dir", "%q has characters that cannot be printed", l.Dir)
	case l.Fsync != FsyncAlways && l.Fsync != FsyncInterval && l.Fsync != FsyncNever:
		return faultf("log.fsync", "%q is none of always, interval, never", l.Fsync)
	case l.FsyncInterval <= 0:
		return notPositive("log.fsync_interval", l.FsyncInterval)
	case l.SegmentBytes < minSegment:
		return faultf("log.segment_bytes", "%d is less than %d", l.SegmentBytes, minSegment)
	case l.SegmentAge < 0:
		return negative("log.segment_age", l.SegmentAge)
	case l.RetainAge < 0:
		return negative("log.retain_age", l.RetainAge)
	case l.RetainBytes < 0:
		return faultf("log.retain_bytes", "%d is less than nothing", l.RetainBytes)
	case l.MinFreeBytes < 0:
		return faultf("log.min_free_bytes", "%d is less than nothing", l.MinFreeBytes)
	case l.RetainBytes > 0 && l.RetainBytes < l.SegmentBytes:
		return faultf("log.retain_bytes", "%d is less than one segment, %d", l.RetainBytes, l.SegmentBytes)
	}
	return nil
}

func notPositive(key string, d time.Duration) *Error {
	return faultf(key, "%s is not more than nothing", shown(d))
}

func negative(key string, d time.Duration) *Error {
	return faultf(key, "%s is less than nothing", shown(d))
}

// claim gives name to host i, unless an earlier one has it.
func claim(owners map[string]int, name string, i int) (owner int, taken bool) {
	if owner, taken = owners[name]; !taken {
		owners[name] = i
	}
	return owner, taken
}

func hostKey(i int) string { return fmt.Sprintf("hosts[%d]", i) }

// isName reports whether s is 1 to most ASCII letters, digits and '-'. Log
// lines and paths are built of names, so nothing else may get in (DESIGN
// section 7).
func isName(s string, most int) bool {
	outside := func(c rune) bool {
		return c > unicode.MaxASCII || c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}
	return s != "" && len(s) <= most && !strings.ContainsFunc(s, outside)
}

// isPrintable reports whether s can be shown, and quoted, as it is.
func isPrintable(s string) bool {
	hidden := func(c rune) bool { return !unicode.IsPrint(c) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, hidden)
}
