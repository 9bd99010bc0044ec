package check

import "testing"

// With other senders beside those on record, what nobody on record sent is no fault;
// all else is, and a log with lines is not idle.
func TestOthers(t *testing.T) {
	for _, c := range []struct {
		name string
		ring ring
		want Kind
		n    uint64
	}{
		{"nothing on record", ring{logs: [][]string{{"MV.1.1 a"}, {"MV.1.1 a"}}}, Unexpected, 0},
		{"some on record", ring{sent: ok("c", "a"), logs: [][]string{{"MV.1.1 a", "MV.1.2 b", "MV.1.3 a"}}}, Repeated, 0},
		{"lost", ring{sent: ok("c", "a"), logs: [][]string{{"MV.1.1 b"}}}, Lost, 1},
		{"twice", ring{logs: [][]string{{"MV.1.1 a", "MV.1.1 a"}}}, Duplicated, 1},
		{"refused", ring{sent: with(ok("c", "a"), 1, Refused), logs: [][]string{{"MV.1.1 a"}}}, Unexpected, 1},
		{"uneven", ring{logs: [][]string{{"MV.1.1 a"}, {}}}, Uneven, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.ring.cfg = Config{Others: true, Settled: true}
			r := c.ring.report(t)
			if r.Count(c.want) != c.n || r.Faults() != c.n || r.OK() != (c.n == 0) {
				t.Errorf("want %d %v:\n%v", c.n, c.want, r)
			}
		})
	}
	empty := ring{logs: [][]string{{}}, cfg: Config{Others: true}}
	if r := empty.report(t); !r.Idle() || r.OK() {
		t.Error("a run without a line passes")
	}
}
