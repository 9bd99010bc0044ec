package names

import (
	"strings"
	"testing"
)

func TestParseRevoked(t *testing.T) {
	for text, want := range map[string]string{
		"host/MV": "host/MV", "client/a.b": "client/a.b", "4000000000000001": "4000000000000001",
		"4A:00:00:00:00:00:00:01": "4a00000000000001", "00000000000000004000000000000001": "4000000000000001",
		"0000000000000001": "0000000000000001",
	} {
		if got, err := ParseRevoked(text); err != nil || got != want {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "laptop", "deadbeef", "host/", "ca", "host/a.b", "king/a", "400000000000000g", strings.Repeat("1", 41)} {
		if got, err := ParseRevoked(text); err == nil {
			t.Errorf("%q is taken as %q", text, got)
		}
	}
}
