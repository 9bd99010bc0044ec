// Package logname has the names of the files of an access log, for the journal
// that writes them and for all who read its directory. It is pure.
//
// access.log is the active segment, to which lines are appended. When it is full
// it gets a number, access.log.1 and so on: the higher, the newer. In this package
// number 0 is the active one. Small files that belong to a segment are hidden, so
// that `access.log*` matches the segments only: .access.log.7.index.
package logname

import (
	"path"
	"strconv"
	"strings"
)

// Active is the name of the segment that is written to.
const Active = "access.log"

// The suffixes of the small files beside a segment. Floors belongs to the whole
// log, and is beside the active segment.
const (
	Index  = ".index"
	Claims = ".sums"
	Kept   = ".kept"
	Floors = ".floors"
)

// MaxNumber is the highest number that a segment can have.
const MaxNumber = 999_999_999

// Segment returns the name of the segment with a number.
func Segment(number int) string {
	if number == 0 {
		return Active
	}
	return Active + "." + strconv.Itoa(number)
}

// ParseSegment tells whether name is the name of a segment, and returns its number. A
// number has one spelling only: access.log.07 is somebody else's file, as is one with
// a number above MaxNumber.
func ParseSegment(name string) (number int, ok bool) {
	if name == Active {
		return 0, true
	}
	suffix, ok := strings.CutPrefix(name, Active+".")
	if !ok {
		return 0, false
	}
	number, err := strconv.Atoi(suffix)
	if err != nil || number <= 0 || number > MaxNumber || strconv.Itoa(number) != suffix {
		return 0, false
	}
	return number, true
}

// TooHigh tells whether name would be the name of a segment if its number were not
// above MaxNumber.
func TooHigh(name string) bool {
	suffix, ok := strings.CutPrefix(name, Active+".")
	if !ok || strings.Trim(suffix, "0123456789") != "" || strings.HasPrefix(suffix, "0") {
		return false
	}
	_, fits := ParseSegment(name)
	return suffix != "" && !fits
}

// Hidden returns the name of a small file beside a segment.
func Hidden(segment, suffix string) string { return "." + segment + suffix }

// ParseHidden tells whether name is the name of a small file beside a segment. It
// returns the number of the segment, and the suffix, which may be any.
func ParseHidden(name string) (number int, suffix string, ok bool) {
	name, ok = strings.CutPrefix(name, ".")
	if !ok {
		return 0, "", false
	}
	suffix = path.Ext(name)
	if number, ok = ParseSegment(strings.TrimSuffix(name, suffix)); !ok {
		return 0, "", false
	}
	return number, suffix, true
}
