package client

import (
	"fmt"
	"math"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

// Position is a place in the log: after which messages a reader goes on. It is a version
// vector, and means the same on every host of the ring. The zero Position is Begin.
//
// A Position is a small value, does not change, and is safe for concurrent use. Its text can
// be kept in a file or a column, and is read by ParsePosition, in any later version:
//
//	zog1:MV.516ogpwa.41,PA.1k9x3z.7
//
// It has the last message that was read of each run, in the form of an ID, sorted. The
// same position always has the same text. The text has one line of printable ASCII without
// blanks, and some 20 bytes for each run: a run begins when a host is started. A position
// never gets shorter.
//
// End, Since and Last are places that only a host can find: they have no such text.
// Client.Resolve returns the Position that they stand for.
type Position struct {
	at    position.Position
	place place
}

// place is where in the log of a host a reader begins, if that is no vector.
type place struct {
	kind  placeKind
	since time.Time
	last  uint32
}

type placeKind uint8

const (
	atVector placeKind = iota
	atSince
	atLast
	atEnd
)

// The times that leave out nothing, and all, that a host has (docs/protocol.md, KeepAlive).
const (
	beginMS = 1
	endMS   = math.MaxInt64
)

// Begin returns the position before the first message. What the hosts have retired already is
// not reported as a hole.
func Begin() Position { return Position{} }

// End returns the place after the last message that a host has when it is asked.
func End() Position { return Position{place: place{kind: atEnd}} }

// Since returns the place in each run before the first message that was taken at t or later,
// by the clock of the host that took it. The log has whole seconds.
func Since(t time.Time) Position { return Position{place: place{kind: atSince, since: t}} }

// Last returns the place before the last n messages that a host has when it is asked, in the
// order of its log. That of Last(0) is End.
func Last(n int) Position {
	if n <= 0 {
		return End()
	}
	return Position{place: place{kind: atLast, last: uint32(min(n, math.MaxUint32))}}
}

// ParsePosition reads the text of a Position.
func ParsePosition(text string) (Position, error) {
	p, err := position.Parse(text)
	if err != nil {
		return Position{}, fmt.Errorf("client: %w", err)
	}
	return Position{at: p}, nil
}

// String returns the text of the position. That of End, Since and Last is for people.
func (p Position) String() string {
	switch p.place.kind {
	case atSince:
		return "since " + p.place.since.UTC().Format(time.RFC3339)
	case atLast:
		return fmt.Sprintf("the last %d", p.place.last)
	case atEnd:
		return "the end"
	}
	return p.at.String()
}

// MarshalText returns the text of the position, for encoding/json and others. The error says
// that p is of End, Since or Last.
func (p Position) MarshalText() ([]byte, error) {
	if p.place.kind != atVector {
		return nil, fmt.Errorf("client: %v has no text before a host was asked: see Client.Resolve", p)
	}
	return []byte(p.at.String()), nil
}

// UnmarshalText is ParsePosition.
func (p *Position) UnmarshalText(text []byte) (err error) {
	*p, err = ParsePosition(string(text))
	return err
}

// sinceMS returns before which time a host leaves out messages, in Unix milliseconds. For Begin
// that is so early that it leaves out what it does not have any more.
func (p place) sinceMS() int64 {
	switch p.kind {
	case atEnd:
		return endMS
	case atSince:
		return max(beginMS, p.since.UnixMilli())
	case atLast:
		return 0
	}
	return beginMS
}

// run returns the run of an origin and a boot.
func run(origin string, boot uint64) marks.Run { return marks.Run{Origin: origin, Boot: boot} }
