package record

import (
	"strings"
	"testing"
)

// sound is a record that passes Check, for tests to spoil in one place.
func sound() Record {
	return Record{Origin: "LA", Boot: 94521311, Seq: 42, Time: 1795343160, Text: []byte("a short text\r\n")}
}

// Check is nil exactly for what a Parser takes back.
func TestCheck(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*Record)
		ok    bool
	}{
		{"sound", func(*Record) {}, true},
		{"largest", func(r *Record) { r.Boot, r.Seq = MaxBoot, MaxSeq }, true},
		{"seq over the largest", func(r *Record) { r.Seq = MaxSeq + 1 }, false},
		{"seq 2^64-1", func(r *Record) { r.Seq = 1<<64 - 1 }, false},
		{"least", func(r *Record) { r.Boot, r.Seq = 1, 1 }, true},
		{"empty text", func(r *Record) { r.Text = []byte("\r\n") }, true},
		{"longest text", func(r *Record) { r.Text = []byte(strings.Repeat("x", 509) + "\r\n") }, true},
		{"longest name", func(r *Record) { r.Origin = "abcdefgh-1234567" }, true},
		{"no origin", func(r *Record) { r.Origin = "" }, false},
		{"dot in origin", func(r *Record) { r.Origin = "L.A" }, false},
		{"name too long", func(r *Record) { r.Origin = "abcdefgh-12345678" }, false},
		{"newline in origin", func(r *Record) { r.Origin = "LA\n" }, false},
		{"no boot", func(r *Record) { r.Boot = 0 }, false},
		{"boot of 41 bits", func(r *Record) { r.Boot = MaxBoot + 1 }, false},
		{"no seq", func(r *Record) { r.Seq = 0 }, false},
		{"no text", func(r *Record) { r.Text = nil }, false},
	}
	for _, tt := range hardTexts {
		tests = append(tests, struct {
			name  string
			spoil func(*Record)
			ok    bool
		}{tt.name, func(r *Record) { r.Text = []byte(tt.text) }, tt.want == good})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sound()
			tt.spoil(&r)
			if err := r.Check(); (err == nil) != tt.ok {
				t.Errorf("Check: %v", err)
			}
			line := new(Formatter).Append(nil, &r)
			if _, err := new(Parser).Parse(line); (err == nil) != tt.ok {
				t.Errorf("Parse(%q): %v", line, err)
			}
		})
	}
}

func TestValidName(t *testing.T) {
	for _, name := range []string{"MV", "PA", "G", "LA", "S", "a", "Z", "0", "-", "node-7", "abcdefgh-1234567"} {
		if !ValidName(name) {
			t.Errorf("%q is not a name", name)
		}
	}
	for _, name := range []string{"", " ", "a b", "a.b", "a_b", "a\x00", "é", "ａ", "@", "[", "`", "{", "/", ":", "abcdefgh-12345678"} {
		if ValidName(name) {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestValidRun(t *testing.T) {
	for _, c := range []struct {
		origin string
		boot   uint64
		want   bool
	}{
		{"LA", 1, true},
		{"LA", MaxBoot, true},
		{"LA", 0, false},
		{"LA", MaxBoot + 1, false},
		{"", 1, false},
		{"L.A", 1, false},
	} {
		if got := ValidRun(c.origin, c.boot); got != c.want {
			t.Errorf("ValidRun(%q, %d) = %v", c.origin, c.boot, got)
		}
	}
}

// MaxLine is what the longest record comes to, neither more nor less.
func TestMaxLine(t *testing.T) {
	r := Record{
		Origin: strings.Repeat("x", MaxName), Boot: MaxBoot, Seq: MaxSeq, Time: maxTime,
		Text: []byte(strings.Repeat("x", MaxText-2) + "\r\n"),
	}
	if n := len(new(Formatter).Append(nil, &r)); n != MaxLine {
		t.Errorf("the longest line has %d bytes, MaxLine is %d", n, MaxLine)
	}
}
