package client

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/neterr"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// Errors that say what became of a message or of a client. They come wrapped:
// use errors.Is.
var (
	// ErrUnacknowledged: the message was sent, perhaps more than once, and not
	// answered. Whether it is kept is not known.
	ErrUnacknowledged = errors.New("not acknowledged")

	// ErrNoHost: no host could be reached in time. The message was not sent.
	ErrNoHost = errors.New("no host could be reached")

	// ErrClosed: the client was closed.
	ErrClosed = errors.New("client is closed")
)

// RefusedError says that a message was not taken. Use errors.As.
type RefusedError struct {
	Refusal pzog.Refusal // never NONE
	Detail  string       // more, in the host's words, which may be any bytes; may be empty
	Host    string       // the address of the host that refused; empty if the text never travelled
}

func (e *RefusedError) Error() string {
	text := "refused: " + record.Reason(e.Refusal)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// CopiesError says that a message is kept, but was held by fewer hosts than
// asked for when the time was up (DESIGN 3, 6). Use errors.As.
type CopiesError struct {
	Have, Want int
	Detail     string // who lacks a copy, in the host's words, which may be any bytes; may be empty
}

func (e *CopiesError) Error() string {
	text := fmt.Sprintf("kept by %d of the %d hosts asked for so far", e.Have, e.Want)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// lostError is ErrUnacknowledged with its reason.
type lostError struct {
	host  string
	cause error
	since time.Time // the message was not sent before
}

func (e *lostError) Error() string {
	return ErrUnacknowledged.Error() + " by " + e.host + ": " + e.cause.Error()
}

func (e *lostError) Unwrap() []error { return []error{ErrUnacknowledged, e.cause} }

// after is e for a message that was lost before already.
func (e *lostError) after(before *lostError) *lostError {
	return &lostError{host: e.host, cause: e.cause, since: before.since}
}

// noHostError is ErrNoHost with what each host said, or what ended the search.
type noHostError struct{ causes []error }

// Error tells each reason once, after all the hosts that it kept away.
func (e *noHostError) Error() string {
	var reasons []string
	hosts := map[string][]string{} // by reason
	for _, cause := range e.causes {
		reason, host := cause.Error(), ""
		if down, ok := cause.(*downError); ok {
			reason, host = down.reason(), down.host
		}
		if !slices.Contains(reasons, reason) {
			reasons = append(reasons, reason)
		}
		if host != "" {
			hosts[reason] = append(hosts[reason], host)
		}
	}
	text, sep := ErrNoHost.Error(), ": "
	for _, reason := range reasons {
		if who := hosts[reason]; len(who) > 0 {
			reason = strings.Join(who, ", ") + ": " + reason
		}
		text += sep + reason
		sep = "; "
	}
	return text
}

func (e *noHostError) Unwrap() []error { return append([]error{ErrNoHost}, e.causes...) }

// downError says why one host could not be reached.
type downError struct {
	host  string // its address
	cause error
}

func (e *downError) Error() string { return e.host + ": " + e.reason() }

func (e *downError) Unwrap() error { return e.cause }

// reason is the cause without the address, again, and the system call.
func (e *downError) reason() string { return neterr.Cause(e.cause).Error() }

// Why a connection is lost, or nobody waits any more.
var (
	errEnded    = errors.New("the host closed the connection")
	errSilent   = errors.New("the host owes an answer and says nothing")
	errUnasked  = errors.New("the host answered what it was not asked")
	errTimeUp   = errors.New("the time is up")
	errBroken   = errors.New("the sequence of texts broke off")
	errNotForUs = errors.New("the host sent a frame that is not for clients")
)
