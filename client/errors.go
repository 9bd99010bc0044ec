package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/neterr"
)

// Errors that say what happened to a message or to a client. They are wrapped: use
// errors.Is. If the caller's context ended a call, the error also matches the error and
// the cause of that context.
var (
	// ErrUnacknowledged means that the message was sent, perhaps more than once, and not
	// answered. Whether it is kept is not known.
	ErrUnacknowledged = errors.New("not acknowledged")

	// ErrNoHost means that no host could be reached in time. The message was not sent, or only
	// to a peer port, which takes nothing from clients.
	ErrNoHost = errors.New("no host could be reached")

	// ErrClosed means that the client was closed.
	ErrClosed = errors.New("client is closed")

	// ErrTimeout means that Config.Timeout elapsed. It matches context.DeadlineExceeded,
	// and its method Timeout returns true.
	ErrTimeout error = timeoutError{}
)

type timeoutError struct{}

func (timeoutError) Error() string { return "the time is up" }

// Timeout implements net.Error's method of that name.
func (timeoutError) Timeout() bool { return true }

func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// CopiesError means that a message is kept, but by fewer hosts than Config.MinCopies or
// WithCopies asked for when the time was up. The other hosts still get it. Use errors.As.
type CopiesError struct {
	Have, Want int
	Detail     string // which hosts lack a copy, for people; may be empty. It comes from the host and may contain any bytes
}

func (e *CopiesError) Error() string {
	text := fmt.Sprintf("kept by %d of the %d hosts asked for so far", e.Have, e.Want)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// lostError is ErrUnacknowledged with its host and reason.
type lostError struct {
	host           string
	cause          error
	firstSent      time.Time // the message was not sent earlier
	forwardedUntil time.Time // the host did not forward it to others later, as far as we know
}

func (e *lostError) Error() string {
	return ErrUnacknowledged.Error() + " by " + e.host + ": " + e.cause.Error()
}

func (e *lostError) Unwrap() []error { return []error{ErrUnacknowledged, e.cause} }

// mergedWith returns e for a message that was lost once before.
func (e *lostError) mergedWith(before *lostError) *lostError {
	return &lostError{host: e.host, cause: e.cause, firstSent: before.firstSent, forwardedUntil: e.forwardedUntil}
}

// gaveUp returns e for a message that is not sent again, for the reason given.
func (e *lostError) gaveUp(reason error) *lostError {
	return &lostError{host: e.host, cause: gaveUp(e.cause, reason), firstSent: e.firstSent, forwardedUntil: e.forwardedUntil}
}

// gaveUpError is what is known about a message, and why no more was tried.
type gaveUpError struct{ known, reason error }

func (e *gaveUpError) Error() string { return e.known.Error() + "; " + e.reason.Error() }

func (e *gaveUpError) Unwrap() []error { return []error{e.known, e.reason} }

// gaveUp adds to what is known why no more was tried, unless that is known already.
func gaveUp(known, reason error) error {
	if errors.Is(known, reason) {
		return known
	}
	return &gaveUpError{known, reason}
}

// contextError is the error of a caller's context together with its cause.
type contextError struct{ err, cause error }

func (e *contextError) Error() string { return e.cause.Error() }

func (e *contextError) Unwrap() []error { return []error{e.cause, e.err} }

// Is reports whether target is about the same error and cause.
func (e *contextError) Is(target error) bool {
	other, ok := target.(*contextError)
	return ok && *e == *other
}

// contextCause returns why ctx ended, or nil. The client's own reasons are returned as they
// are, as they must not match context.Canceled. For a caller's context the result matches
// its error and its cause.
func contextCause(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || cause == ErrClosed || cause == errSequenceBroken || errors.Is(cause, err) {
		return cause
	}
	return &contextError{err, cause}
}

// searchError returns the error of a search for a host that ended for a reason. Only a
// search whose time is up has found that no host can be reached.
func searchError(failures []error, reason error) error {
	if !errors.Is(reason, context.DeadlineExceeded) {
		return reason
	}
	return &noHostError{append(failures, reason)}
}

// noHost returns the error of a search that found no host down anew, after one was down.
func noHost(down, reason error) error {
	if search, is := reason.(*noHostError); is {
		return &noHostError{append([]error{down}, search.causes...)}
	}
	return searchError([]error{down}, reason)
}

// noHostError is ErrNoHost with the failure of each host and the end of the search.
type noHostError struct{ causes []error }

// Error contains each reason once, after the addresses of the hosts that failed for it.
func (e *noHostError) Error() string {
	var reasons []string
	hosts := map[string][]string{} // by reason
	for _, cause := range e.causes {
		reason, host := cause.Error(), ""
		if down, ok := cause.(*dialError); ok {
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

// dialError says why a host could not be reached.
type dialError struct {
	host  string // its address
	cause error
}

func (e *dialError) Error() string { return e.host + ": " + e.reason() }

func (e *dialError) Unwrap() error { return e.cause }

// reason returns the cause without the address and the system call.
func (e *dialError) reason() string { return neterr.Cause(e.cause).Error() }

// peerPortReasons are how the reasons begin for which a host refuses, on its peer port, a
// connection from somebody who does not greet as a peer. No message is taken on it
// (docs/protocol.md, 11).
var peerPortReasons = []string{
	"the address is of no host in the ring", "the address is our own", "data before keepAlive", "name does not fit the address",
}

func isPeerPort(reason string) bool {
	begins := func(with string) bool { return strings.HasPrefix(reason, with) }
	return slices.ContainsFunc(peerPortReasons, begins)
}

// Why a connection is lost, or a call ends.
var (
	errHostClosed       = errors.New("the host closed the connection")
	errHostSilent       = errors.New("the host owes an answer and sends nothing")
	errUnexpectedAnswer = errors.New("the host sent an unexpected Ok")
	errTooLate          = errors.New("it is too late to send it again")
	errSequenceBroken   = errors.New("the sequence of texts ended early")
	errPeerPort         = errors.New("this is the peer port; clients use port 55552, unless the ring file has another")
	errUnexpectedFrame  = errors.New("the host sent a frame that is not for clients")
	errGap              = errors.New("the host left messages out")
	errTooManyRuns      = errors.New("the host has more runs than a position may have")
)
