package main

import (
	"slices"

	"xlattice.org/zog/internal/config"
)

// reloaded is what comes of a new ring file while the daemon runs.
type reloaded struct {
	ring    *config.Ring // in force from now on
	applied []string     // the keys that changed and take effect now
	restart []string     // those that changed and wait for a restart
}

// reload decides what of a new ring file takes effect. Only what nothing has
// been built upon can change under a running host: times, and what is kept. Whatever else
// differs stays as it was, and is named again at the next reload.
func reload(old, file *config.Ring) reloaded {
	next := *old
	next.Keepalive, next.Reconnect, next.Forward = file.Keepalive, file.Reconnect, file.Forward
	next.Log.FsyncInterval = file.Log.FsyncInterval
	next.Log.SegmentAge, next.Log.RetainBytes, next.Log.RetainAge = file.Log.SegmentAge, file.Log.RetainBytes, file.Log.RetainAge
	next.Log.MinFreeBytes = file.Log.MinFreeBytes
	return reloaded{
		ring: &next,
		applied: changed(
			key{"keepalive.interval", old.Keepalive.Interval == file.Keepalive.Interval},
			key{"keepalive.timeout", old.Keepalive.Timeout == file.Keepalive.Timeout},
			key{"reconnect.initial", old.Reconnect.Initial == file.Reconnect.Initial},
			key{"reconnect.max", old.Reconnect.Max == file.Reconnect.Max},
			key{"forward.interval", old.Forward.Interval == file.Forward.Interval},
			key{"log.fsync_interval", old.Log.FsyncInterval == file.Log.FsyncInterval},
			key{"log.segment_age", old.Log.SegmentAge == file.Log.SegmentAge},
			key{"log.retain_bytes", old.Log.RetainBytes == file.Log.RetainBytes},
			key{"log.retain_age", old.Log.RetainAge == file.Log.RetainAge},
			key{"log.min_free_bytes", old.Log.MinFreeBytes == file.Log.MinFreeBytes},
		),
		restart: changed(
			key{"version", old.Version == file.Version},
			key{"ring", old.Ring == file.Ring},
			key{"hosts", slices.Equal(old.Hosts, file.Hosts)},
			key{"ports.peer", old.Ports.Peer == file.Ports.Peer},
			key{"ports.client", old.Ports.Client == file.Ports.Client},
			key{"wrapping", old.Wrapping == file.Wrapping},
			key{"log.dir", old.Log.Dir == file.Log.Dir},
			key{"log.fsync", old.Log.Fsync == file.Log.Fsync},
			key{"log.segment_bytes", old.Log.SegmentBytes == file.Log.SegmentBytes},
		),
	}
}

// key is a key of the ring file, and whether its value is the same in two.
type key struct {
	name string
	same bool
}

// changed returns the names of the keys that are not the same.
func changed(keys ...key) (names []string) {
	for _, k := range keys {
		if !k.same {
			names = append(names, k.name)
		}
	}
	return names
}
