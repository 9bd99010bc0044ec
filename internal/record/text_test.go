package record

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"xlattice.org/zog/messages/pzog"
)

const (
	good       = pzog.Refusal_NONE
	notUTF8    = pzog.Refusal_NOT_UTF8
	noCRLF     = pzog.Refusal_NO_CRLF
	hasControl = pzog.Refusal_CONTROL
	tooLong    = pzog.Refusal_TOO_LONG
)

// hardTexts are the texts that must not break anything (I9), with their verdicts.
var hardTexts = []struct {
	name, text string
	want       pzog.Refusal
}{
	{"plain", "a short text\r\n", good},
	{"crlf alone", "\r\n", good},
	{"accents", "blåbærsyltetøy, Čapek, naïve\r\n", good},
	{"beyond the first plane", "日本語 \U0001F600 \U0010FFFF\r\n", good},
	{"emoji with joiner", "\U0001F468\u200D\U0001F469\r\n", good},
	{"byte order mark", "\uFEFFx\r\n", good},
	{"replacement character", "\uFFFD\r\n", good},
	{"just after C1", "\u00A0\r\n", good},
	{"looks like a line", "2026-11-22T10:26:00Z LA.1.1 x\r\n", good},
	{"empty", "", noCRLF},
	{"lf alone", "x\n", noCRLF},
	{"cr alone", "x\r", noCRLF},
	{"lf cr", "x\n\r", noCRLF},
	{"no end", "x", noCRLF},
	{"blank after the end", "x\r\n ", noCRLF},
	{"no end and bad utf-8", "\xFF", noCRLF},
	{"lone continuation", "x\x80\r\n", notUTF8},
	{"cut short", "x\xE2\x82\r\n", notUTF8},
	{"five bytes", "\xF8\x88\x80\x80\x80\r\n", notUTF8},
	{"ff", "eight or more \xFF\r\n", notUTF8},
	{"overlong slash", "\xC0\xAF\r\n", notUTF8},
	{"overlong nul", "\xC0\x80\r\n", notUTF8},
	{"overlong in three", "\xE0\x80\xAF\r\n", notUTF8},
	{"overlong in four", "\xF0\x80\x80\xAF\r\n", notUTF8},
	{"overlong lf", "\xC0\x8A\r\n", notUTF8},
	{"high surrogate", "\xED\xA0\x80\r\n", notUTF8},
	{"low surrogate", "\xED\xBF\xBF\r\n", notUTF8},
	{"past U+10FFFF", "\xF4\x90\x80\x80\r\n", notUTF8},
	{"raw C1", "x\x9By\r\n", notUTF8},
	{"control before bad utf-8", "\x00 and then \xFF\r\n", notUTF8},
	{"nul", "x\x00y\r\n", hasControl},
	{"tab", "x\ty\r\n", hasControl},
	{"cr inside", "x\ry\r\n", hasControl},
	{"lf inside", "x\ny\r\n", hasControl},
	{"crlf inside", "x\r\ny\r\n", hasControl},
	{"cr twice", "x\r\r\n", hasControl},
	{"bel", "x\x07\r\n", hasControl},
	{"esc", "\x1B[2J\r\n", hasControl},
	{"osc", "\x1B]0;title\x07\r\n", hasControl},
	{"unit separator", "seven..\x1F\r\n", hasControl},
	{"del", "seven..\x7F\r\n", hasControl},
	{"nel U+0085", "x\u0085y\r\n", hasControl},
	{"csi U+009B", "x\u009B2J\r\n", hasControl},
	{"osc U+009D", "x\u009D0;y\u009C\r\n", hasControl},
	{"line separator U+2028", "x\u2028y\r\n", hasControl},
	{"paragraph separator U+2029", "x\u2029y\r\n", hasControl},
	{"bidi override U+202E", "x\u202Ey\r\n", hasControl},
	{"bidi isolate U+2066", "x\u2066y\u2069\r\n", hasControl},
	{"arabic letter mark U+061C", "x\u061Cy\r\n", hasControl},
	{"511 bytes", strings.Repeat("x", 509) + "\r\n", good},
	{"512 bytes", strings.Repeat("x", 510) + "\r\n", tooLong},
	{"513 bytes", strings.Repeat("x", 511) + "\r\n", tooLong},
	{"511 bytes of two each", strings.Repeat("é", 254) + "x\r\n", good},
	{"512 bytes of two each", strings.Repeat("é", 255) + "\r\n", tooLong},
	{"512 bytes and no end", strings.Repeat("\xFF", 512), tooLong},
}

func TestClassify(t *testing.T) {
	for _, tt := range hardTexts {
		t.Run(tt.name, func(t *testing.T) {
			if got := Classify([]byte(tt.text)); got != tt.want {
				t.Errorf("Classify(%q) = %v, want %v", tt.text, got, tt.want)
			}
			if got := slowClassify([]byte(tt.text)); got != tt.want {
				t.Errorf("slowClassify(%q) = %v, want %v", tt.text, got, tt.want)
			}
		})
	}
}

// forbidden lists the characters of docs/protocol.md, 5, one by one, and not as ranges, so that it
// cannot share an off-by-one with the code it checks.
const forbidden = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F" +
	"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F\x7F" +
	"\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008A\u008B\u008C\u008D\u008E\u008F" +
	"\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009A\u009B\u009C\u009D\u009E\u009F" +
	"\u2028\u2029\u061C\u200E\u200F\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069"

// slowClassify is Classify from the words of the design, a bit at a time.
func slowClassify(text []byte) pzog.Refusal {
	if len(text) >= 512 {
		return tooLong
	}
	body, ok := strings.CutSuffix(string(text), "\r\n")
	if !ok {
		return noCRLF
	}
	verdict := good
	for body != "" {
		r, size := slowDecode(body)
		if size == 0 {
			return notUTF8
		}
		if strings.Contains(forbidden, body[:size]) && r >= 0 {
			verdict = hasControl
		}
		body = body[size:]
	}
	return verdict
}

// slowDecode reads one code point by the bit layout of UTF-8, and takes it only if
// the length is the least that holds it. Its size is 0 if there is none.
func slowDecode(s string) (r rune, size int) {
	ones := 0
	for ones < 8 && s[0]&(0x80>>ones) != 0 {
		ones++
	}
	size = max(ones, 1)
	if ones == 1 || ones > 4 || size > len(s) {
		return 0, 0
	}
	r = rune(s[0]) & (0x7F >> ones)
	for _, c := range []byte(s[1:size]) {
		if c&0xC0 != 0x80 {
			return 0, 0
		}
		r = r<<6 | rune(c&0x3F)
	}
	least := []rune{1: 0, 2: 0x80, 3: 0x800, 4: 0x10000}[size]
	if r < least || r > 0x10FFFF || 0xD800 <= r && r <= 0xDFFF {
		return 0, 0
	}
	return r, size
}

// Every code point there is, at every place within a word of eight.
func TestClassifyEveryRune(t *testing.T) {
	var text []byte
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		want := good
		if strings.ContainsRune(forbidden, r) {
			want = hasControl
		}
		places := 1
		if r < 0x3000 {
			places = 9
		}
		for place := range places {
			text = append(text[:0], "12345678"[:place]...)
			text = utf8.AppendRune(text, r)
			text = append(text, "12345678\r\n"...)
			if got := Classify(text); got != want {
				t.Fatalf("Classify(%q) = %v, want %v", text, got, want)
			}
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, tt := range hardTexts {
		f.Add([]byte(tt.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, text := range [][]byte{text, append(text[:len(text):len(text)], "\r\n"...)} {
			if got, want := Classify(text), slowClassify(text); got != want {
				t.Errorf("Classify(%q) = %v, want %v", text, got, want)
			}
		}
	})
}

func TestReason(t *testing.T) {
	seen := map[string]pzog.Refusal{}
	for n := range pzog.Refusal_name {
		r := pzog.Refusal(n)
		reason := Reason(r)
		if reason == "" || strings.Contains(reason, "unknown") {
			t.Errorf("Reason(%v) = %q", r, reason)
		}
		if other, ok := seen[reason]; ok {
			t.Errorf("%v and %v are both %q", r, other, reason)
		}
		seen[reason] = r
	}
	if got := Reason(99); !strings.Contains(got, "99") {
		t.Errorf("Reason(99) = %q", got)
	}
	if got := Reason(tooLong); !strings.Contains(got, fmt.Sprint(MaxText-len("\r\n"))) {
		t.Errorf("Reason(TOO_LONG) = %q: want the limit in it", got)
	}
}

func BenchmarkClassify(b *testing.B) {
	for name, text := range map[string]string{
		"45 bytes": strings.Repeat("x", 43) + "\r\n",
		"511":      strings.Repeat("x", 509) + "\r\n",
		"accents":  "blåbærsyltetøy og rømmegrøt på fjellet i år\r\n",
		"kanji":    strings.Repeat("日本語", 5) + "\r\n",
	} {
		b.Run(name, func(b *testing.B) {
			text := []byte(text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Classify(text)
			}
		})
	}
}

// Which kind of character it is says its first one; the end of the text is none.
func TestExplain(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\x07\r\n": "a tab inside", "a\nb\r\n": "a line break inside", "a\rb\t\r\n": "a line break inside", "a\r\nb\r\n": "a line break inside",
		"\x07\t\r\n": "a control character inside", "\x7F\r\n": "a control character inside", "x\u0085\r\n": "a control character inside",
		"é\u2028\r\n": "a line separator inside", "\u2029\t\r\n": "a line separator inside",
		"\u202E\r\n": "a bidi character inside", "\u061C\r\n": "a bidi character inside", "\u200F\r\n": "a bidi character inside",
		"\xFF\r\n": Reason(notUTF8), "a\tb": Reason(noCRLF), strings.Repeat("\t", 512): Reason(tooLong),
	} {
		if got := Explain(Classify([]byte(text)), []byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	for _, c := range forbidden {
		if text := []byte(string(c) + "\r\n"); Explain(hasControl, text) == Reason(hasControl) {
			t.Errorf("it does not say which kind %U is", c)
		}
	}
	if got := Explain(hasControl, nil); got != Reason(hasControl) {
		t.Errorf("without the text: %q", got)
	}
}
