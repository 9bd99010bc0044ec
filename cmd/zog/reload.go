package main

import (
	"fmt"

	"xlattice.org/zog/internal/config"
)

// reloadResult is the result of reading a new ring file while the daemon runs.
type reloadResult struct {
	ring        *config.Ring // to be in force from now on
	applied     []string     // keys that changed and take effect now
	needRestart []string     // keys that changed and need a restart
}

// reload decides which parts of a new ring file take effect: times, limits and what is
// kept. All other keys keep their old values, and are named again at each reload.
func reload(old, file *config.Ring) reloadResult {
	next := *old
	next.Keepalive, next.Reconnect, next.Forward = file.Keepalive, file.Reconnect, file.Forward
	next.Log.FsyncInterval = file.Log.FsyncInterval
	next.Log.SegmentAge, next.Log.RetainBytes, next.Log.RetainAge = file.Log.SegmentAge, file.Log.RetainBytes, file.Log.RetainAge
	next.Log.MinFreeBytes = file.Log.MinFreeBytes
	next.ErrorLog, next.Limits = file.ErrorLog, file.Limits
	next.TLS, next.Revoked = file.TLS, file.Revoked
	if next.Validate() != nil {
		// New values, such as retain_bytes, may be invalid together with old ones that only
		// a restart changes.
		next.Log, next.ErrorLog = old.Log, old.ErrorLog
	}
	r := reloadResult{ring: &next}
	for _, k := range keys {
		switch want := k.of(file); {
		case k.of(&next) != want:
			r.needRestart = append(r.needRestart, k.name)
		case k.of(old) != want:
			r.applied = append(r.applied, k.name)
		}
	}
	return r
}

// key is a key or a section of the ring file.
type key struct {
	name string
	of   func(*config.Ring) any
}

// keys are all keys.
var keys = []key{
	{"version", func(r *config.Ring) any { return r.Version }},
	{"ring", func(r *config.Ring) any { return r.Ring }},
	{"hosts", func(r *config.Ring) any { return fmt.Sprint(r.Hosts) }},
	{"ports.peer", func(r *config.Ring) any { return r.Ports.Peer }},
	{"ports.client", func(r *config.Ring) any { return r.Ports.Client }},
	{"wrapping", func(r *config.Ring) any { return r.Wrapping }},
	{"keepalive.interval", func(r *config.Ring) any { return r.Keepalive.Interval }},
	{"keepalive.timeout", func(r *config.Ring) any { return r.Keepalive.Timeout }},
	{"reconnect.initial", func(r *config.Ring) any { return r.Reconnect.Initial }},
	{"reconnect.max", func(r *config.Ring) any { return r.Reconnect.Max }},
	{"forward.interval", func(r *config.Ring) any { return r.Forward.Interval }},
	{"log.dir", func(r *config.Ring) any { return r.Log.Dir }},
	{"log.fsync", func(r *config.Ring) any { return r.Log.Fsync }},
	{"log.fsync_interval", func(r *config.Ring) any { return r.Log.FsyncInterval }},
	{"log.segment_bytes", func(r *config.Ring) any { return r.Log.SegmentBytes }},
	{"log.segment_age", func(r *config.Ring) any { return r.Log.SegmentAge }},
	{"log.retain_bytes", func(r *config.Ring) any { return r.Log.RetainBytes }},
	{"log.retain_age", func(r *config.Ring) any { return r.Log.RetainAge }},
	{"log.min_free_bytes", func(r *config.Ring) any { return r.Log.MinFreeBytes }},
	{"error_log", func(r *config.Ring) any { return r.ErrorLog }},
	{"limits", func(r *config.Ring) any { return r.Limits }},
	{"tls", func(r *config.Ring) any { return r.TLS }},
	{"revoked", func(r *config.Ring) any { return fmt.Sprintf("%q", r.Revoked) }},
}
