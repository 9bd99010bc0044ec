package client

import (
	"fmt"
	"strconv"
	"time"

	"xlattice.org/zog/internal/position"
)

// Message is a message of the log. Origin, Boot and Seq are its identity. They never change,
// and are the same on every host.
type Message struct {
	Origin string    // the name of the host that took it from a client
	Boot   uint64    // of that host's run, which has a new one each time it begins; in base 36 in the log
	Seq    uint64    // its number in the run, from 1
	Time   time.Time // when it was taken, by the clock of that host, in whole seconds, UTC
	Text   string    // without its CRLF

	before position.Position
}

// ID returns the identity as it is in the log: MV.516ogpwa.1.
func (m Message) ID() string { return identity(m.Origin, m.Boot, m.Seq) }

// Position returns the position after this message, and after all that came before it in the
// same Follow or Read. It costs little until its text is asked for, which has all runs.
func (m Message) Position() Position {
	return Position{at: m.before.After(run(m.Origin, m.Boot), m.Seq)}
}

func identity(origin string, boot, seq uint64) string {
	return run(origin, boot).Name() + "." + strconv.FormatUint(seq, 10)
}

// HoleError says that messages which a reader has not had are not in the log of the host that
// it reads: they were retired there (log.retain_bytes and log.retain_age of the ring file), or
// no host has them any more. A Follow or Read that goes on does so after them. Use errors.As.
type HoleError struct {
	Origin      string
	Boot        uint64
	First, Last uint64 // the seqs of the messages
	Host        string // the address of the host that said so

	before position.Position
}

func (e *HoleError) Error() string {
	what := identity(e.Origin, e.Boot, e.First)
	if e.Last > e.First {
		what += "-" + strconv.FormatUint(e.Last, 10)
	}
	return fmt.Sprintf("not in the log of %s any more: %s", e.Host, what)
}

// Position returns the position after the hole. With the one before it, that of the message
// that came last, another host may be asked.
func (e *HoleError) Position() Position {
	return Position{at: e.before.After(run(e.Origin, e.Boot), e.Last)}
}
