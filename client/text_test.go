package client

import (
	"errors"
	"strings"
	"testing"
)

func TestSanitize(t *testing.T) {
	long := strings.Repeat("x", MaxText)
	for text, want := range map[string]string{
		"":                       "",
		"the cat is out":         "the cat is out",
		"größer":                 "größer",
		"a\tb\r\nc":              "a b  c",
		"\x1b[2Jb\u202e":         "\ufffd[2Jb\ufffd",
		"caf\xe9\xe9 and":        "caf\ufffd and",
		long:                     long,
		long + "x":               long[:MaxText-3] + "…",
		long[:MaxText-4] + "ßßß": long[:MaxText-4] + "…",
	} {
		if got := Sanitize(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	var refused *RefusedError
	if err := Check("a\tb"); !errors.As(err, &refused) || refused.Refusal != RefusalControl || err.Error() != "refused: a tab inside" {
		t.Errorf("%v", err)
	}
	if err := Check(strings.Repeat("x", MaxText)); err != nil {
		t.Error(err)
	}
	if err := Check(strings.Repeat("x", MaxText+1)); !errors.As(err, &refused) || refused.Refusal != RefusalTooLong {
		t.Errorf("%v", err)
	}
}

// FuzzSanitize: whatever it is given, Sanitize returns what Check accepts, and changes nothing that
// is good.
func FuzzSanitize(f *testing.F) {
	f.Add("the cat is out")
	f.Add("\x1b[2J\u2028\xff" + strings.Repeat("ß", 300))
	f.Add(strings.Repeat("x", MaxText) + "\x80\x80")
	f.Fuzz(func(t *testing.T, text string) {
		clean := Sanitize(text)
		if err := Check(clean); err != nil {
			t.Fatalf("%q becomes %q: %v", text, clean, err)
		}
		if Check(text) == nil && clean != text {
			t.Fatalf("%q becomes %q", text, clean)
		}
	})
}
