package client

import (
	"fmt"
	"strconv"
	"time"

	"xlattice.org/zog/internal/position"
)

// Message is a message of the log. Its ID never changes, and is the same on every host.
type Message struct {
	ID   ID
	Time time.Time // when it was taken, by the clock of ID.Origin, in whole seconds, UTC
	Text string    // without its CRLF

	before position.Position
}

// Position returns the position after this message, and after all that came before it in the
// same Follow or Read. It costs little until its text is asked for, which has all runs.
func (m Message) Position() Position {
	return Position{at: m.before.After(run(m.ID.Origin, m.ID.Boot), m.ID.Seq)}
}

// HoleError says that messages which a reader has not had are not in the log of the host that
// it reads: they were retired there (log.retain_bytes and log.retain_age of the ring file), or
// no host has them any more. A Follow or Read that goes on does so after them. Use errors.As.
type HoleError struct {
	First ID     // of the first message that is missing
	Last  uint64 // the seq of the last one of this run
	Host  string // the address of the host that said so

	before position.Position
}

func (e *HoleError) Error() string {
	what := e.First.String()
	if e.Last > e.First.Seq {
		what += "-" + strconv.FormatUint(e.Last, 10)
	}
	return fmt.Sprintf("not in the log of %s any more: %s", e.Host, what)
}

// Position returns the position after the hole. With the one before it, that of the message
// that came last, another host may be asked.
func (e *HoleError) Position() Position {
	return Position{at: e.before.After(run(e.First.Origin, e.First.Boot), e.Last)}
}
