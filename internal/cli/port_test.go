package cli

import "testing"

func TestPort(t *testing.T) {
	for text, want := range map[string]Port{"1": 1, "55552": 55552, "65535": 65535} {
		var p Port
		if err := p.Set(text); err != nil || p != want || p.String() != text {
			t.Errorf("%q is %v, %v", text, p, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "65536", "99999999999999999999", "0x10", "http"} {
		p := Port(7)
		if err := p.Set(text); err == nil || err.Error() != "want a port, 1 to 65535" || p != 7 {
			t.Errorf("%q is %v, %v", text, p, err)
		}
	}
}
