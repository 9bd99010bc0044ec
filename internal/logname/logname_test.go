package logname

import "testing"

// What can be a segment's name has one number, and each number one name.
func TestSegment(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		ok     bool
	}{
		{"access.log", 0, true},
		{"access.log.1", 1, true},
		{"access.log.10", 10, true},
		{"access.log.999999999", MaxNumber, true},
		{"access.log.1000000000", 0, false},
		{"access.log.9223372036854775807", 0, false},
		{"access.log.99999999999999999999", 0, false},
		{"access.log.0", 0, false},
		{"access.log.-1", 0, false},
		{"access.log.+1", 0, false},
		{"access.log.07", 0, false},
		{"access.log.1.gz", 0, false},
		{"access.log.", 0, false},
		{"access.log1", 0, false},
		{"access.log.x", 0, false},
		{".access.log", 0, false},
		{".access.log.1", 0, false},
		{"error.log", 0, false},
		{"error.log.1", 0, false},
		{"", 0, false},
	} {
		number, ok := ParseSegment(c.name)
		if number != c.number || ok != c.ok {
			t.Errorf("ParseSegment(%q) = %d, %v, want %d, %v", c.name, number, ok, c.number, c.ok)
		}
		if ok && Segment(number) != c.name {
			t.Errorf("Segment(%d) = %q, want %q", number, Segment(number), c.name)
		}
	}
}

// A number that is too high is told from what is no number.
func TestTooHigh(t *testing.T) {
	for name, want := range map[string]bool{
		"access.log.1000000000": true, "access.log.9223372036854775807": true, "access.log.99999999999999999999999": true,
		"access.log.999999999": false, "access.log": false, "access.log.": false, "access.log.0": false, "access.log.01000000000": false,
		"access.log.1000000000.gz": false, "error.log.1000000000": false,
	} {
		if TooHigh(name) != want {
			t.Errorf("TooHigh(%q) is %t", name, !want)
		}
	}
}

// The small files are known by their segment's name.
func TestHidden(t *testing.T) {
	for _, c := range []struct {
		name   string
		number int
		suffix string
		ok     bool
	}{
		{".access.log.floors", 0, Floors, true},
		{".access.log.kept", 0, Kept, true},
		{".access.log.7.index", 7, Index, true},
		{".access.log.8.sums", 8, Claims, true},
		{".access.log.7.kept", 7, Kept, true},
		{".access.log.7.other", 7, ".other", true},
		{"access.log.7.index", 0, "", false},
		{".access.log.07.index", 0, "", false},
		{".access.log.7.index.new", 0, "", false},
		{".access.log", 0, "", false},
		{".", 0, "", false},
		{"", 0, "", false},
	} {
		number, suffix, ok := ParseHidden(c.name)
		if number != c.number || suffix != c.suffix || ok != c.ok {
			t.Errorf("ParseHidden(%q) = %d, %q, %v, want %d, %q, %v", c.name, number, suffix, ok, c.number, c.suffix, c.ok)
		}
		if got := Hidden(Segment(number), suffix); ok && got != c.name {
			t.Errorf("Hidden(%d, %q) = %q, want %q", number, suffix, got, c.name)
		}
	}
}
