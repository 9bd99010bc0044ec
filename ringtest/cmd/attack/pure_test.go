package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/figures"
	"xlattice.org/zog/messages/pzog"
)

// quiet is a figure that keeps all bars.
func quiet() figure {
	l := [phases]latency{{1, 4}, {2, 8}, {1, 4}}
	return figure{Attack: "A0 nothing", Attacked: l, Other: l, Newcomer: 2, Memory: 20, CPU: 7.25, Verify: "ok after 0.1 s"}
}

// Each bar is kept at its edge, and missed beyond it.
func TestEachBarIsMissedBeyondItsEdge(t *testing.T) {
	for _, c := range []struct {
		change func(*figure)
		want   []string
	}{
		{func(*figure) {}, nil},
		{func(f *figure) { f.Attacked[during].P99 = 20 }, nil},
		{func(f *figure) { f.Attacked[during].P99 = 20.5 }, []string{"attacked p99 20 > 20"}},
		{func(f *figure) { f.Attacked[before].P99, f.Attacked[during].P99 = 10, 30 }, nil},
		{func(f *figure) { f.Attacked[before].P99, f.Attacked[during].P99 = 10, 31 }, []string{"attacked p99 31 > 30"}},
		{func(f *figure) { f.Other[during].P99 = 14 }, nil},
		{func(f *figure) { f.Other[during].P99 = 15 }, []string{"other p99 15 > 14"}},
		{func(f *figure) { f.Other[before].P99, f.Other[during].P99 = 30, 60 }, nil},
		{func(f *figure) { f.Attacked[after].P99, f.Other[after].P99 = 1000, 1000 }, nil},
		{func(f *figure) { f.Newcomer = 2001 }, []string{"new client 2001 > 2000"}},
		{func(f *figure) { f.Failed = 1 }, []string{"not acknowledged 1.0 > 0.0"}},
		{func(f *figure) { f.Memory, f.ErrorLog = 97, 21 }, []string{"memory 97 > 96", "error.log 21 > 20"}},
		{func(f *figure) { f.Wrong = []string{"3 lost"} }, []string{"3 lost"}},
	} {
		f := quiet()
		c.change(&f)
		if got := strict.missed(&f, 10); !slices.Equal(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// The table has the figures of an earlier run above those of now.
func TestTheTable(t *testing.T) {
	s := &settings{bars: strict, margin: 10 * time.Millisecond}
	now, earlier := quiet(), quiet()
	earlier.Memory, earlier.Wrong = 1800, []string{"a | b"}
	var out bytes.Buffer
	s.table(&out, []figure{now}, []figure{earlier})
	want := `
| attack                           | attacked host, ms         | other host, ms            | new client, ms | MiB  | CPU % | error.log MiB | log MiB | verify         | bars missed              |
| -------------------------------- | ------------------------- | ------------------------- | -------------- | ---- | ----- | ------------- | ------- | -------------- | ------------------------ |
| A0 nothing, without the defences | 1.0/4.0, 2.0/8.0, 1.0/4.0 | 1.0/4.0, 2.0/8.0, 1.0/4.0 | 2.0            | 1800 | 7.2   | 0.0           | 0.0     | ok after 0.1 s | memory 1800 > 96; a \| b |
| A0 nothing                       | 1.0/4.0, 2.0/8.0, 1.0/4.0 | 1.0/4.0, 2.0/8.0, 1.0/4.0 | 2.0            | 20   | 7.2   | 0.0           | 0.0     | ok after 0.1 s | ok                       |
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

// Attacks have names of their own, and say what they do; some of each part are
// short.
func TestTheAttacks(t *testing.T) {
	seen, short := map[string]bool{}, map[byte]bool{}
	for _, a := range attacks() {
		if seen[a.name] || a.what == "" || a.run == nil {
			t.Errorf("%q: twice, or without what it does", a.name)
		}
		seen[a.name] = true
		short[a.name[0]] = short[a.name[0]] || a.short
	}
	if !short['A'] || !short['B'] {
		t.Errorf("short: %v", short)
	}
	if got := choose(attacks(), true, "B7"); len(got) != 1 || got[0].name != "B7 bad texts" {
		t.Errorf("%v", got)
	}
}

// What cannot be run is said before anything runs.
func TestFlags(t *testing.T) {
	for _, args := range []string{"--seconds 0s", "--seconds 2m", "--rate 1", "--margin -1s", "--limit 0s", "--tries 0", "--only nothing", "x"} {
		cmd := newRoot()
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		cmd.SetArgs(strings.Fields(args))
		if err := cmd.Execute(); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}

// The page that the table is for has a place for it.
func TestThePageHasAPlaceForTheTable(t *testing.T) {
	page, err := os.ReadFile("../../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tls := range []bool{false, true} {
		if _, err := figures.Between(string(page), (&settings{tls: tls}).tableName(), "table\n"); err != nil {
			t.Error(err)
		}
	}
}

// A text that was sent again may be there twice, and no other.
func TestDoubledTextsAreCounted(t *testing.T) {
	report := &check.Report{Hosts: []check.HostReport{{Again: 1}, {Again: 3}}}
	for sends, want := range map[int]uint64{0: 3, 1: 3, 2: 2, 4: 0, 9: 0} {
		if got := countDoubled(report, []check.Message{{}, {Sends: sends}}); got != want {
			t.Errorf("%d sends: %d, want %d", sends, got, want)
		}
	}
}

// A round in which messages are not answered counts against the time in which
// they were due.
func TestMessagesCountWhenTheyWereDue(t *testing.T) {
	start := time.Now()
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	h := &honest{answers: []answered{{at(0), 1, true}, {at(1), 2, true}, {at(1), 3, false}, {at(2), 4, true}}}
	times, failed := h.between(at(1), at(2))
	if !slices.Equal(times, []time.Duration{2, 3}) || failed != 1 {
		t.Errorf("%v, %d failed", times, failed)
	}
}

// Invented runs are all different, and half of them are of hosts of the ring.
func TestInventedRuns(t *testing.T) {
	ring, _ := forTests(t).ring(t.TempDir())
	a := &attacker{stage: &stage{Ring: ring}}
	seen, known := map[string]bool{}, 0
	for _, m := range a.invented(7, 1000) {
		seen[m.String()] = true
		if len(runsOf([]*pzog.Mark{m}, m.Origin)) != 1 {
			t.Errorf("%v", m)
		}
		if slices.Contains(ring.Names(), m.Origin) {
			known++
		}
	}
	if len(seen) != 1000 || known != 500 {
		t.Errorf("%d runs, %d of known origins", len(seen), known)
	}
}
