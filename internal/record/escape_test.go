package record

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestEscape(t *testing.T) {
	tests := []struct{ raw, want string }{
		{"", ""},
		{"plain ASCII, ~ and 'all'", "plain ASCII, ~ and 'all'"},
		{`a\b`, `a\\b`},
		{`say "hi"`, `say \"hi\"`},
		{"café\r\n", `caf\xc3\xa9\r\n`},
		{"a\tb\rc\nd", `a\tb\rc\nd`},
		{"\x00\x1f\x7f\x80\xff", `\x00\x1f\x7f\x80\xff`},
		{"\x1b]0;title\x07", `\x1b]0;title\x07`},
		{"\u0085\u2028\u202e", `\xc2\x85\xe2\x80\xa8\xe2\x80\xae`},
		{`\x00`, `\\x00`},
		{strings.Repeat("x", 1024), strings.Repeat("x", 1024)},
		{strings.Repeat("x", 1025), strings.Repeat("x", 1024) + "...(+1 bytes)"},
		{strings.Repeat("\xff", 1<<20), strings.Repeat(`\xff`, 1024) + "...(+1047552 bytes)"},
	}
	for _, tt := range tests {
		if got := string(Escape([]byte("dst "), []byte(tt.raw))); got != "dst "+tt.want {
			t.Errorf("Escape(%.40q) = %.80q, want %.80q", tt.raw, got, tt.want)
		}
	}
}

// unescape undoes Escape: the raw bytes shown, and how many were not.
func unescape(t *testing.T, shown string) (raw string, more int) {
	t.Helper()
	raw, err := strconv.Unquote(`"` + shown + `"`)
	if err != nil {
		t.Fatalf("%q: %v", shown, err)
	}
	if len(raw) <= 1024 {
		return raw, 0
	}
	count, ok := strings.CutPrefix(raw[1024:], "...(+")
	count, ok2 := strings.CutSuffix(count, " bytes)")
	more, err = strconv.Atoi(count)
	if !ok || !ok2 || err != nil {
		t.Fatalf("%q ends in %q", shown, raw[1024:])
	}
	return raw[:1024], more
}

func checkPrintable(t *testing.T, s string) {
	t.Helper()
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			t.Fatalf("byte %#x at %d of %q", s[i], i, s)
		}
	}
}

func FuzzEscape(f *testing.F) {
	for _, tt := range hardTexts {
		f.Add([]byte(tt.text))
	}
	f.Add([]byte(strings.Repeat("x", 1019) + "...(+5 bytes)"))
	f.Add([]byte(strings.Repeat("\\", 2000)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		shown := string(Escape(nil, raw))
		checkPrintable(t, shown)
		back, more := unescape(t, shown)
		if want := string(raw[:min(len(raw), 1024)]); back != want || more != len(raw)-len(want) {
			t.Errorf("%q comes back as %q and %d bytes", raw, back, more)
		}
		line, ok := strings.CutSuffix(string(ErrorLine(nil, time.Unix(0, 0), string(raw), string(raw), raw)), "\r\n")
		if !ok {
			t.Errorf("no CRLF ends %q", line)
		}
		checkPrintable(t, line)
		want := "1970-01-01T00:00:00Z " + shown + " " + shown
		if len(raw) > 0 {
			want += `: "` + shown + `"`
		}
		if line != want {
			t.Errorf("line %q, want %q", line, want)
		}
	})
}

func TestErrorLine(t *testing.T) {
	east := time.FixedZone("east", 3600)
	tests := []struct {
		at                  time.Time
		remote, reason, raw string
		want                string
	}{
		{
			time.Unix(1795343160, 999), "127.0.55.2:40312", Reason(notUTF8), "caf\xE9\r\n",
			`2026-11-22T10:26:00Z 127.0.55.2:40312 not valid UTF-8: "caf\xe9\r\n"`,
		},
		{
			time.Date(2026, 11, 22, 11, 26, 0, 0, east), "[::1]:9", "frame", "",
			`2026-11-22T10:26:00Z [::1]:9 frame`,
		},
		{
			time.Unix(1<<60, 0), "a\r\nb", "say \"\x1b[2J\"", "\"\r\n",
			`9999-12-31T23:59:59Z a\r\nb say \"\x1b[2J\": "\"\r\n"`,
		},
	}
	for _, tt := range tests {
		got := string(ErrorLine([]byte("dst "), tt.at, tt.remote, tt.reason, []byte(tt.raw)))
		if got != "dst "+tt.want+"\r\n" {
			t.Errorf("got  %q\nwant %q", got, tt.want)
		}
	}
}

func TestErrorLineDoesNotAllocate(t *testing.T) {
	raw := []byte(strings.Repeat("\xff", 2000))
	line := make([]byte, 0, 8192)
	if n := testing.AllocsPerRun(100, func() {
		line = ErrorLine(line[:0], time.Unix(1795343160, 0), "127.0.55.2:40312", "broken frame", raw)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkEscape(b *testing.B) {
	raw := []byte(strings.Repeat("caf\xE9\r\n ", 16))
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		dst = Escape(dst[:0], raw)
	}
}
