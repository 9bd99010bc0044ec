package client

import (
	"context"
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
// use errors.Is. When the caller's context ends a call, the error matches the
// context's error and its cause.
var (
	// ErrUnacknowledged: the message was sent, perhaps more than once, and not
	// answered. Whether it is kept is not known.
	ErrUnacknowledged = errors.New("not acknowledged")

	// ErrNoHost: no host could be reached in time. The message was not sent.
	ErrNoHost = errors.New("no host could be reached")

	// ErrClosed: the client was closed.
	ErrClosed = errors.New("client is closed")

	// ErrTimeout: Config.Timeout was over. It matches context.DeadlineExceeded.
	ErrTimeout error = timeoutError{}
)

type timeoutError struct{}

func (timeoutError) Error() string { return "the time is up" }

// Timeout is for those who know net.Error.
func (timeoutError) Timeout() bool { return true }

func (timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// RefusedError says that a message was not taken. Use errors.As. Temporary tells
// whether that may change.
type RefusedError struct {
	Refusal pzog.Refusal // never NONE
	Detail  string       // more, in the host's words, which may be any bytes; may be empty. Of a text it says by itself what is wrong
	Host    string       // the address of the host that refused; empty if the text never travelled
}

// Temporary reports whether the host refused because of its own condition: it has
// no storage, is stopping or is overloaded. Then the client has tried others, and
// the same again, for as long as it had time; later the message may be taken. Else
// it is the text that no host takes, now or later.
func (e *RefusedError) Temporary() bool {
	switch e.Refusal {
	case pzog.Refusal_STORAGE, pzog.Refusal_STOPPING, pzog.Refusal_OVERLOADED:
		return true
	}
	return false
}

func (e *RefusedError) Error() string {
	reason := record.Reason(e.Refusal)
	switch {
	case e.Detail == "", e.Detail == reason:
		return "refused: " + reason
	case e.Temporary():
		return "refused: " + reason + ": " + e.Detail
	}
	return "refused: " + e.Detail // of a text it says what the reason says, and more
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
	host   string
	cause  error
	since  time.Time // the message was not sent before
	passed time.Time // the host did not pass it on to others later, as far as we know
}

func (e *lostError) Error() string {
	return ErrUnacknowledged.Error() + " by " + e.host + ": " + e.cause.Error()
}

func (e *lostError) Unwrap() []error { return []error{ErrUnacknowledged, e.cause} }

// after is e for a message that was lost before already.
func (e *lostError) after(before *lostError) *lostError {
	return &lostError{host: e.host, cause: e.cause, since: before.since, passed: e.passed}
}

// ended is e for a message that would have been sent again, had that not been ended
// for the reason given.
func (e *lostError) ended(reason error) *lostError {
	return &lostError{host: e.host, cause: ended(e.cause, reason), since: e.since, passed: e.passed}
}

// endedError is what is known, and why no more was done.
type endedError struct{ known, reason error }

func (e *endedError) Error() string { return e.known.Error() + "; " + e.reason.Error() }

func (e *endedError) Unwrap() []error { return []error{e.known, e.reason} }

// ended adds to what is known why no more was done, unless it says so already.
func ended(known, reason error) error {
	if errors.Is(known, reason) {
		return known
	}
	return &endedError{known, reason}
}

// stopError is the end of the caller's context, with its cause.
type stopError struct{ err, cause error }

func (e *stopError) Error() string { return e.cause.Error() }

func (e *stopError) Unwrap() []error { return []error{e.cause, e.err} }

// Is tells whether target is the end of the same context.
func (e *stopError) Is(target error) bool {
	other, ok := target.(*stopError)
	return ok && *e == *other
}

// why returns what ended ctx, or nil. What the client ends itself has a reason that
// matches no other error than it should; for the caller's contexts, the error and the
// cause count.
func why(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if err == nil || cause == ErrClosed || cause == errBroken || errors.Is(cause, err) {
		return cause
	}
	return &stopError{err, cause}
}

// unreached is the error of a search for a host: what each host said, and what
// ended the search. Who was told to stop did not find out that there is no host.
func unreached(failures []error, reason error) error {
	if !errors.Is(reason, context.DeadlineExceeded) {
		return reason
	}
	return &noHostError{append(failures, reason)}
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
	errTooLate  = errors.New("it is too late to send it again")
	errBroken   = errors.New("the sequence of texts broke off")
	errNotForUs = errors.New("the host sent a frame that is not for clients")
)
