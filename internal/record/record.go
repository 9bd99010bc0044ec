package record

import (
	"errors"
	"fmt"

	"xlattice.org/zog/messages/pzog"
)

// Limits of a line, in bytes where not said otherwise.
const (
	MaxText = 511          // a text, with its CRLF (DESIGN 3: under 512)
	MaxName = 16           // the name of a host (DESIGN 7)
	MaxBoot = 1<<40 - 1    // the largest boot, a number (DESIGN 5: 40 bits)
	MaxSeq  = 1<<48 - 1    // the largest seq, a number: nine years of a run at a million messages a second
	MaxLine = 63 + MaxText // the longest line there can be, with its CRLF
)

// What keeps a message from being a line, or bytes from being one.
var (
	errLong   = errors.New("line is too long")
	errFields = errors.New("line is not time, origin.boot.seq and text")
	errTime   = errors.New("time is not of the form 2006-01-02T15:04:05Z")
	errOrigin = errors.New("origin is not a host name")
	errBoot   = errors.New("boot is not a number from 1 to 2^40-1")
	errSeq    = errors.New("seq is not a number from 1 to 2^48-1")
)

// Record is one message as access.log holds it. (Origin, Boot, Seq) is its
// identity (DESIGN 5).
type Record struct {
	Origin    string // the name of the host that took it from a client
	Boot, Seq uint64
	Time      int64  // Unix seconds, UTC, by the origin's clock
	Text      []byte // with its CRLF; belongs to whoever made the record
}

// Check returns nil if the record can be a line: exactly then a [Parser] takes
// back what a [Formatter] writes. Any time will do. No host that keeps to the
// rules takes a message which fails here, so refusing one from a peer strands
// no boot (DESIGN 3); logging it would leave a line that nobody can read (I9).
func (r *Record) Check() error {
	switch {
	case !ValidName(r.Origin):
		return errOrigin
	case r.Boot == 0 || r.Boot > MaxBoot:
		return errBoot
	case r.Seq == 0 || r.Seq > MaxSeq:
		return errSeq
	}
	return CheckText(r.Text)
}

// CheckText returns nil if text can be that of a record.
func CheckText(text []byte) error {
	if refusal := Classify(text); refusal != pzog.Refusal_NONE {
		return fmt.Errorf("text refused: %s", Explain(refusal, text))
	}
	return nil
}

// ValidRun reports whether a line can have this origin and boot.
func ValidRun(origin string, boot uint64) bool {
	return ValidName(origin) && 0 < boot && boot <= MaxBoot
}

// ValidName reports whether s can name a host: 1 to [MaxName] ASCII letters,
// digits and "-" (DESIGN 7).
func ValidName(s string) bool {
	if len(s) < 1 || len(s) > MaxName {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		digit := '0' <= c && c <= '9'
		if !letter && !digit && c != '-' {
			return false
		}
	}
	return true
}
