package actors

import (
	"errors"
	"fmt"
	"net"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// Who is refused learns why: the last frame on the connection says so. Otherwise only
// our error.log would know.

// errRing ends a connection between hosts of two rings: their messages must not mix.
const errRing violation = "another ring"

// sameRing compares the name of a peer's ring with ours. One that names none may be of
// any.
func (n *Node) sameRing(theirs string) error {
	if ours := n.Ring().Ring; theirs != "" && theirs != ours {
		return fmt.Errorf("%w: it is of ring %s, this host is of ring %s", errRing, printable(theirs), ours)
	}
	return nil
}

// appendRefusal appends the last frame of a connection, if it ends for what the other
// side did.
func (n *Node) appendRefusal(dst []byte, why error) []byte {
	var malformed frame.Malformed
	var violated violation
	if !errors.As(why, &malformed) && !errors.As(why, &violated) {
		return dst
	}
	return frame.AppendAck(dst, &pzog.Ack{Version: protocol, Host: n.Name(), Delta: true, Refused: why.Error()}, frame.ClientLimit)
}

// turnAway closes a connection that gets no actor. What is said on it fits into the
// socket's buffer: nobody is waited for.
func (n *Node) turnAway(conn net.Conn, why error) {
	n.closed(conn.RemoteAddr().String(), why, nil)
	if last := n.appendRefusal(nil, why); len(last) > 0 && conn.SetWriteDeadline(time.Now().Add(refusalTimeout)) == nil {
		_, _ = conn.Write(last) // if it fails, who is refused learns no reason
	}
	conn.Close()
}

// refusalTimeout bounds a write that a fresh connection takes at once.
const refusalTimeout = 50 * time.Millisecond

// refusedError says that a peer refuses us, and why by its own words.
type refusedError string

// maxRefusal is how much of another side's words is shown, in bytes.
const maxRefusal = 200

func (e refusedError) Error() string {
	return "it refuses this host: " + printable(string(e))
}

// printable is what another side said of itself, as far as it is shown. It has no quotes
// around it: the line of diagnostics that it stands in has them already.
func printable(words string) string {
	return string(record.Escape(nil, []byte(words[:min(len(words), maxRefusal)])))
}

// isRefusal tells whether one of two hosts refuses the other for what it is: then no
// dialling mends it. One that was only slow to greet dials again soon.
func isRefusal(why error) bool {
	var refused refusedError
	return errors.As(why, &refused) && refused != refusedError(errNoHello) || errors.Is(why, errRing) || errors.Is(why, errName)
}
