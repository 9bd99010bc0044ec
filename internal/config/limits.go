package config

import (
	"time"
)

// Limits bound what clients and peers can make a host hold. Hosts of one ring may
// differ in them. docs/security.md says what each is for.
type Limits struct {
	Clients           int           // connections of clients, in all; fewer where the process may open fewer files
	ClientsPerAddress int           // of these, from one address
	ClientMemory      int64         // bytes that are held for all clients together; fewer where the process may have less memory
	FirstFrame        time.Duration // an accepted connection on which a frame takes longer to come is closed
	CopiesTimeout     time.Duration // the longest that a client can have its answer wait for copies
	Surveys           int           // surveys that are read or wait
	SurveysPerAddress int           // of these, from one address
	Runs              int           // runs that are taken from peers
}

// ErrorLog bounds error.log. Hosts of one ring may differ in it.
type ErrorLog struct {
	MaxBytes        int64 // of error.log and error.log.1 together
	Lines           int   // a second, in all; what is more is counted
	LinesPerAddress int   // a second, from one address or IPv6 /64
}

const (
	minClientMemory  = 1 << 20
	minErrorLog      = 64 << 10
	minRuns          = 1000
	maxCopiesTimeout = 24 * time.Hour
)

func defaultLimits() Limits {
	return Limits{
		Clients:           10_000,
		ClientsPerAddress: 1_000,
		ClientMemory:      16 << 20,
		FirstFrame:        10 * time.Second,
		CopiesTimeout:     time.Hour,
		Surveys:           16,
		SurveysPerAddress: 4,
		Runs:              100_000,
	}
}

func defaultErrorLog() ErrorLog { return ErrorLog{MaxBytes: 16 << 20, Lines: 100, LinesPerAddress: 10} }

func (l Limits) check() *Error {
	switch {
	case l.Clients < 1:
		return atLeast("limits.clients", int64(l.Clients), 1)
	case l.ClientsPerAddress < 1:
		return atLeast("limits.clients_per_address", int64(l.ClientsPerAddress), 1)
	case l.ClientMemory < minClientMemory:
		return atLeast("limits.client_memory", l.ClientMemory, minClientMemory)
	case l.FirstFrame < time.Second:
		return faultf("limits.first_frame", "%s is less than 1s", formatDuration(l.FirstFrame))
	case l.CopiesTimeout < time.Second, l.CopiesTimeout > maxCopiesTimeout:
		return faultf("limits.copies_timeout", "%s is not between 1s and %s", formatDuration(l.CopiesTimeout), formatDuration(maxCopiesTimeout))
	case l.Surveys < 1:
		return atLeast("limits.surveys", int64(l.Surveys), 1)
	case l.SurveysPerAddress < 1:
		return atLeast("limits.surveys_per_address", int64(l.SurveysPerAddress), 1)
	case l.SurveysPerAddress > l.Surveys:
		return faultf("limits.surveys_per_address", "%d is more than surveys, %d", l.SurveysPerAddress, l.Surveys)
	case l.Runs < minRuns:
		return atLeast("limits.runs", int64(l.Runs), minRuns)
	}
	return nil
}

func (e ErrorLog) check() *Error {
	switch {
	case e.MaxBytes < minErrorLog:
		return atLeast("error_log.max_bytes", e.MaxBytes, minErrorLog)
	case e.Lines < 1:
		return atLeast("error_log.lines", int64(e.Lines), 1)
	case e.LinesPerAddress < 1:
		return atLeast("error_log.lines_per_address", int64(e.LinesPerAddress), 1)
	}
	return nil
}

// checkRetained: error.log has its part of retain_bytes, and access.log has room in the
// rest.
func (r *Ring) checkRetained() *Error {
	if retain := r.Log.RetainBytes; retain > 0 && retain-r.ErrorLog.MaxBytes < r.Log.SegmentBytes {
		return faultf("log.retain_bytes", "%d is less than one segment, %d, and error_log.max_bytes, %d",
			retain, r.Log.SegmentBytes, r.ErrorLog.MaxBytes)
	}
	return nil
}

// RetainSegments returns how many bytes all segments of access.log may have: what
// error.log leaves of retain_bytes. 0 is no bound.
func (r *Ring) RetainSegments() int64 {
	if r.Log.RetainBytes == 0 {
		return 0
	}
	return r.Log.RetainBytes - r.ErrorLog.MaxBytes
}

func atLeast(key string, n, least int64) *Error { return faultf(key, "%d is less than %d", n, least) }
