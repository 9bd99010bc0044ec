package config

import (
	"time"
)

// Limits are limits on what clients and peers can make a host hold. They may differ between the
// hosts of a ring. docs/security.md says what each is for.
type Limits struct {
	Clients             int           // client connections; fewer if the process may open fewer files
	ClientsPerAddress   int           // of these, from one address
	ClientsPerName      int           // of these, with certificates of one name
	ClientMemory        int64         // bytes held for all clients together; fewer if the process may use less memory
	FirstFrame          time.Duration // an accepted connection is closed if a frame takes longer to arrive
	CopiesTimeout       time.Duration // the longest time that an answer may wait for copies
	Surveys             int           // surveys under way or waiting
	SurveysPerAddress   int           // of these, from one address
	Followers           int           // clients that follow the log
	FollowersPerAddress int           // of these, from one address
	FollowerTimeout     time.Duration // a client that follows is closed if it reads nothing for so long
	Runs                int           // runs taken from peers

	Handshakes           int // a second, of TLS, on both ports
	HandshakesPerAddress int // a second, from one address
}

// ErrorLog limits error.log. It may differ between the hosts of a ring.
type ErrorLog struct {
	MaxBytes        int64 // of error.log and error.log.1 together
	Lines           int   // a second, in all; what exceeds it is counted
	LinesPerAddress int   // a second, about one address or IPv6 /64
}

const (
	minClientMemory  = 1 << 20
	minErrorLog      = 64 << 10
	minRuns          = 1000
	maxCopiesTimeout = 24 * time.Hour
)

func defaultLimits() Limits {
	return Limits{
		Clients:             10_000,
		ClientsPerAddress:   1_000,
		ClientsPerName:      100,
		ClientMemory:        16 << 20,
		FirstFrame:          10 * time.Second,
		CopiesTimeout:       time.Hour,
		Surveys:             16,
		SurveysPerAddress:   4,
		Followers:           1_000,
		FollowersPerAddress: 250,
		FollowerTimeout:     time.Minute,
		Runs:                100_000,

		Handshakes:           200,
		HandshakesPerAddress: 20,
	}
}

func defaultErrorLog() ErrorLog { return ErrorLog{MaxBytes: 16 << 20, Lines: 100, LinesPerAddress: 10} }

func (l Limits) check() *Error {
	switch {
	case l.Clients < 1:
		return atLeast("limits.clients", int64(l.Clients), 1)
	case l.ClientsPerAddress < 1:
		return atLeast("limits.clients_per_address", int64(l.ClientsPerAddress), 1)
	case l.ClientsPerName < 1:
		return atLeast("limits.clients_per_name", int64(l.ClientsPerName), 1)
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
	case l.Followers < 1:
		return atLeast("limits.followers", int64(l.Followers), 1)
	case l.FollowersPerAddress < 1:
		return atLeast("limits.followers_per_address", int64(l.FollowersPerAddress), 1)
	case l.FollowersPerAddress > l.Followers:
		return faultf("limits.followers_per_address", "%d is more than followers, %d", l.FollowersPerAddress, l.Followers)
	case l.FollowerTimeout < time.Second:
		return faultf("limits.follower_timeout", "%s is less than 1s", formatDuration(l.FollowerTimeout))
	case l.Runs < minRuns:
		return atLeast("limits.runs", int64(l.Runs), minRuns)
	case l.Handshakes < 1:
		return atLeast("limits.handshakes", int64(l.Handshakes), 1)
	case l.HandshakesPerAddress < 1:
		return atLeast("limits.handshakes_per_address", int64(l.HandshakesPerAddress), 1)
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

// checkRetained checks that retain_bytes has room for error.log and one segment of access.log.
func (r *Ring) checkRetained() *Error {
	if retain := r.Log.RetainBytes; retain > 0 && retain-r.ErrorLog.MaxBytes < r.Log.SegmentBytes {
		return faultf("log.retain_bytes", "%d is less than one segment, %d, and error_log.max_bytes, %d",
			retain, r.Log.SegmentBytes, r.ErrorLog.MaxBytes)
	}
	return nil
}

// RetainSegments returns how many bytes all segments of access.log may have: retain_bytes without
// the part of error.log. 0 is no limit.
func (r *Ring) RetainSegments() int64 {
	if r.Log.RetainBytes == 0 {
		return 0
	}
	return r.Log.RetainBytes - r.ErrorLog.MaxBytes
}

func atLeast(key string, n, least int64) *Error { return faultf(key, "%d is less than %d", n, least) }
