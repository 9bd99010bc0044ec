package peer

import (
	"testing"

	"xlattice.org/zog/bench/system"
)

// What all processes of all hosts have said is counted together.
func TestCount(t *testing.T) {
	c := NewCluster(t.TempDir(), system.Work{Hosts: 2})
	for host, says := range []string{"a word, a word", "another word"} {
		p, err := c.Start(host, "/bin/echo", says)
		if err != nil {
			t.Fatal(err)
		}
		<-p.ended
	}
	for word, want := range map[string]int{"word": 3, "another": 1, "none": 0} {
		if got := c.Count(word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}
