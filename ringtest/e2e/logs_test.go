package e2e

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

// requireSettled fails the test unless the logs of the given hosts agree: want
// lines in each, the same ones, each once and well formed, and those of an
// origin in their order.
func (r *ring) requireSettled(want int, hosts ...int) {
	r.t.Helper()
	digests := map[string][]string{}
	for _, i := range hosts {
		lines := r.access(i)
		if len(lines) != want {
			r.t.Errorf("%s: %d lines, want %d", r.Hosts[i].Name, len(lines), want)
		}
		r.requireSound(i, lines)
		digest := sorted(lines)
		digests[digest] = append(digests[digest], r.Hosts[i].Name)
	}
	if len(digests) != 1 {
		r.t.Errorf("the logs differ: %v", digests)
	}
}

// sorted is what `LC_ALL=C sort | sha256sum` says.
func sorted(lines []string) string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(slices.Sorted(slices.Values(lines)), ""))))
}

// requireSound fails the test unless each line is a record that fits a screen,
// and the seqs of each origin and boot run 1, 2, 3 ...
func (r *ring) requireSound(i int, lines []string) {
	r.t.Helper()
	var parser record.Parser
	last := map[marks.Run]uint64{}
	for n, line := range lines {
		rec, err := parser.Parse([]byte(line))
		if err != nil {
			r.t.Fatalf("%s, line %d: %v: %q", r.Hosts[i].Name, n+1, err, line)
		}
		if text, ok := strings.CutSuffix(line, "\r\n"); !ok || len(text) > 80 {
			r.t.Fatalf("%s, line %d: %d characters: %q", r.Hosts[i].Name, n+1, len(text), line)
		}
		run := marks.Run{Origin: rec.Origin, Boot: rec.Boot}
		if last[run]++; rec.Seq != last[run] {
			r.t.Fatalf("%s, line %d: %d of %v after %d", r.Hosts[i].Name, n+1, rec.Seq, run, last[run]-1)
		}
	}
}

// texts returns the texts of some log lines, in their order.
func texts(lines []string) []string {
	all := make([]string, len(lines))
	for i, line := range lines {
		fields := strings.SplitN(strings.TrimSuffix(line, "\r\n"), " ", 3)
		all[i] = fields[len(fields)-1]
	}
	return all
}
