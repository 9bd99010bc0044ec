package client

import (
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// Refusal is why a message was not taken.
type Refusal int

// The refusals. A host of a later release may have others.
const (
	RefusalNotUTF8    Refusal = 1 // the text is not valid UTF-8
	RefusalControl    Refusal = 3 // the text has a control character, line separator or bidi character
	RefusalTooLong    Refusal = 4 // the text has more than MaxText bytes
	RefusalStorage    Refusal = 6 // the host cannot write its log
	RefusalStopping   Refusal = 7 // the host is stopping
	RefusalOverloaded Refusal = 8 // the host is overloaded
	RefusalKeyReused  Refusal = 9 // the key of the message was used for another text
)

// String describes a refusal in a short phrase.
func (r Refusal) String() string {
	if r == RefusalKeyReused {
		return "its key was used for another text"
	}
	return record.Reason(pzog.Refusal(r))
}

// RefusedError means that a message was not taken. Use errors.As.
type RefusedError struct {
	Refusal Refusal
	Detail  string // more about the reason, for people; may be empty. It comes from the host and may contain any bytes
	Host    string // the address of the host that refused; empty if the client refused the text itself
}

// Retryable reports whether the message may be taken if it is sent again: the host refused it
// because of its own condition. It cannot write its log, is stopping or is overloaded. The client has
// then tried the other hosts too, for as long as it had time. Otherwise no host takes this text, now
// or later.
func (e *RefusedError) Retryable() bool {
	switch e.Refusal {
	case RefusalStorage, RefusalStopping, RefusalOverloaded:
		return true
	}
	return false
}

func (e *RefusedError) Error() string {
	reason := e.Refusal.String()
	switch {
	case e.Detail == "", e.Detail == reason:
		return "refused: " + reason
	case e.Retryable():
		return "refused: " + reason + ": " + e.Detail
	}
	return "refused: " + e.Detail // the detail about a text includes the reason
}

// refused returns the error for a text that the client itself refuses, or nil. body is the text with
// its CRLF.
func refused(body []byte) *RefusedError {
	refusal := record.Classify(body)
	if refusal == pzog.Refusal_NONE {
		return nil
	}
	return &RefusedError{Refusal: Refusal(refusal), Detail: record.Explain(refusal, body)}
}
