package plural

import "testing"

func TestOf(t *testing.T) {
	for n, want := range map[int]string{0: "0 hosts", 1: "1 host", 2: "2 hosts", 1000: "1000 hosts"} {
		if got := Of(n, "host"); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
}
