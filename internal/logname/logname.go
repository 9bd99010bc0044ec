// Package logname says how the files of an access log are called, for the
// journal that writes them and for all who read its directory. It is pure.
//
// access.log is the active segment, to which lines are appended. When it is full
// it gets a number, access.log.1 and so on: the higher, the newer. In file
// names, number 0 stands for the active one. Small files that belong to a segment
// are hidden, so that `access.log*` means the segments: .access.log.7.index.
package logname

import (
	"path"
	"strconv"
	"strings"
)

// Active is the name of the segment that is written to.
const Active = "access.log"

// The small files beside a segment end in these. The floors are those of the
// whole log, and are beside the active one.
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

// ParseSegment tells whether a name is a segment's, and returns its number. A
// number has one spelling only: access.log.07 is somebody else's file. So is one with a
// number above MaxNumber.
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

// TooHigh tells whether a name is that of a segment but for its number, which is above
// MaxNumber.
func TooHigh(name string) bool {
	suffix, ok := strings.CutPrefix(name, Active+".")
	if !ok || strings.Trim(suffix, "0123456789") != "" || strings.HasPrefix(suffix, "0") {
		return false
	}
	_, fits := ParseSegment(name)
	return suffix != "" && !fits
}

// Hidden returns the name of a small file beside the segment of a name.
func Hidden(segment, suffix string) string { return "." + segment + suffix }

// ParseHidden tells whether a name is that of a small file beside a segment, and
// returns the segment's number and the suffix, which may be any.
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
