package record

import (
	"errors"
	"fmt"

	"xlattice.org/zog/messages/pzog"
)

// Limits of a line, in bytes where not said otherwise.
const (
	MaxText = 511          // a text, with its CRLF: less than 512
	MaxName = 16           // the name of a host
	MaxBoot = 1<<40 - 1    // the largest boot, a number of 40 bits
	MaxSeq  = 1<<48 - 1    // the largest seq, a number: nine years of a run at a million messages a second
	MaxLine = 63 + MaxText // the longest line there can be, with its CRLF
)

// Why a message cannot be a line, or bytes are none.
var (
	errLong   = errors.New("line is too long")
	errFields = errors.New("line is not time, origin.boot.seq and text")
	errTime   = errors.New("time is not of the form 2006-01-02T15:04:05Z")
	errOrigin = errors.New("origin is not a host name")
	errBoot   = errors.New("boot is not a number from 1 to 2^40-1")
	errSeq    = errors.New("seq is not a number from 1 to 2^48-1")
)

// Record is one message as access.log has it. Origin, Boot and Seq are its identity.
type Record struct {
	Origin    string // the name of the host that took it from a client
	Boot, Seq uint64
	Time      int64  // Unix seconds, UTC, by the origin's clock
	Text      []byte // with its CRLF; belongs to whoever made the record
}

// Check returns nil if the record can be a line: if a [Parser] would read back what a
// [Formatter] writes of it. Any time is allowed. No correct host takes a message that
// fails here. So a host can refuse one from a peer, and no messages of correct hosts
// are lost behind it; logging it would leave a line that nobody can read (I9).
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

// CheckText returns nil if text can be the text of a record.
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

// ValidName reports whether s can be the name of a host: 1 to [MaxName] ASCII
// letters, digits and "-".
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
