package actors

import (
	"errors"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// A connection that is refused ends with a frame that says why: otherwise the other side
// would not learn it, and only our error.log would say it.

// appendRefusal appends that frame, if the connection ends because of what the other side
// did.
func (id *identity) appendRefusal(dst []byte, why error) []byte {
	var malformed frame.Malformed
	var violated violation
	if !errors.As(why, &malformed) && !errors.As(why, &violated) {
		return dst
	}
	return frame.AppendAck(dst, &pzog.Ack{Version: protocol, Host: id.Name(), Delta: true, Refused: why.Error()}, frame.ClientLimit)
}

// refusedError says that a peer refuses this host, with the peer's own reason.
type refusedError string

func (e refusedError) Error() string { return "it refuses this host: " + printable(string(e)) }

// maxShown is how much of a text from another side is shown in a line of diagnostics, in
// bytes.
const maxShown = 200

// printable returns the beginning of a text from another side in a form that can be shown.
// It has no quotes around it, as the line of diagnostics already has some.
func printable(text string) string {
	return string(record.Escape(nil, []byte(text[:min(len(text), maxShown)])))
}

// isRefusal tells whether one of two hosts refuses the other for what it is, which dialling
// again does not change. A host that is only slow to greet is dialled again soon.
func isRefusal(why error) bool {
	var refused refusedError
	var untrusted untrustedError
	return errors.As(why, &untrusted) || errors.As(why, &refused) && refused != refusedError(errGreetingTimeout) || errors.Is(why, errRing) || errors.Is(why, errName)
}

// lasting returns the text of a refusal without what differs at each dial.
func lasting(why error) string {
	var untrusted untrustedError
	if errors.As(why, &untrusted) {
		return untrusted.lasting
	}
	return why.Error()
}
