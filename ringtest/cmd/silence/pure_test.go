package main

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// A figure keeps its bar only if it has a time, in time, and nothing else is
// wrong.
func TestAFigureIsJudged(t *testing.T) {
	for _, c := range []struct {
		figure figure
		text   string
		meets  bool
	}{
		{figure{Seconds: 1.26, Bar: 2}, "1.3", true},
		{figure{Seconds: 2.5, Bar: 2}, "2.5", true},
		{figure{Seconds: 2.6, Bar: 2}, "2.6", false},
		{figure{Seconds: 1, More: true, Bar: 2}, "> 1", false},
		{figure{Seconds: 1, Wrong: "exit 3", Bar: 2}, "1.0; exit 3", false},
		{figure{LeftOut: "no strace", Bar: 2}, "no strace", true},
	} {
		if got := c.figure.meets(0.5); got != c.meets || c.figure.String() != c.text {
			t.Errorf("%+v: %s, %t; want %s, %t", c.figure, &c.figure, got, c.text, c.meets)
		}
	}
}

// Of several runs the middle one counts, and of two the worse.
func TestTheMedianCounts(t *testing.T) {
	quick, late := figure{Case: "a", Seconds: 1}, figure{Case: "a", Seconds: 9}
	more, wrong := figure{Case: "a", Seconds: 3, More: true}, figure{Case: "a", Seconds: 1, Wrong: "exit 3"}
	for _, c := range []struct {
		runs []figure
		want figure
	}{
		{[]figure{late}, late},
		{[]figure{late, quick, quick}, quick},
		{[]figure{quick, late, more}, late},
		{[]figure{late, more}, more},
		{[]figure{wrong, quick, more}, more},
		{[]figure{wrong, more, wrong}, wrong},
	} {
		var runs [][]figure
		for _, f := range c.runs {
			runs = append(runs, []figure{f, quick})
		}
		if got := median(runs); !slices.Equal(got, []figure{c.want, quick}) {
			t.Errorf("%v: %v, want %v", c.runs, got, c.want)
		}
	}
}

// The table has what was measured before beside what was measured now.
func TestTheTable(t *testing.T) {
	before := byCase([]figure{{Case: "a", Seconds: 300.2, Wrong: "exit 3", Bar: 2}})
	now := []figure{{Case: "a", Seconds: 1.44, Bar: 2}, {Case: "b, longer", Seconds: 30, More: true, Bar: 10}}
	var out bytes.Buffer
	table(&out, now, before, 0.5)
	want := `
| case      | before        | after | bar, +0.5 |        |
| --------- | ------------- | ----- | --------- | ------ |
| a         | 300.2; exit 3 | 1.4   | 2.0       | ok     |
| b, longer | -             | > 30  | 10.0      | MISSED |
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
	out.Reset()
	table(&out, now[:1], nil, 2)
	want = `
| case | seconds | bar, +2.0 |     |
| ---- | ------- | --------- | --- |
| a    | 1.4     | 2.0       | ok  |
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
	if byCase(nil) != nil {
		t.Error("no figures of before are not nil")
	}
}

// Cases have names of their own, and of each part one is among the short ones.
func TestTheCases(t *testing.T) {
	seen, short := map[string]bool{}, map[byte]bool{}
	for _, c := range trials() {
		if seen[c.name] {
			t.Errorf("%s: it is there twice", c.name)
		}
		seen[c.name] = true
		short[c.name[0]] = short[c.name[0]] || c.short
	}
	if want := map[byte]bool{'1': true, '2': true, '3': true, '4': true}; !reflect.DeepEqual(short, want) {
		t.Errorf("%v", short)
	}
	if got := choose(trials(), false, "cut of 5 s"); len(got) != 2 {
		t.Errorf("%d cases", len(got))
	}
	if got := choose(trials(), true, "cut of 5 s"); len(got) != 1 {
		t.Errorf("%d short cases", len(got))
	}
	none := settings{limit: time.Minute, tries: 1, atOnce: 1, only: "no such case"}
	if _, err := none.choose(); err == nil {
		t.Error("that there is no such case is no error")
	}
}

// A message waits from when it was due, also if it was never told of.
func TestTheLongestWait(t *testing.T) {
	at := func(seconds ...int) (all []time.Time) {
		for _, s := range seconds {
			all = append(all, time.Unix(int64(s), 0))
		}
		return all
	}
	for _, c := range []struct {
		due, told []time.Time
		seconds   int
		goesOn    bool
	}{
		{at(1, 2, 3), at(2, 7, 7), 5, false},
		{at(1, 2, 3), at(2, 5), 17, true},
		{at(1, 18), at(20), 19, false},
		{nil, nil, 0, false},
	} {
		d, goesOn := longestWait(c.due, c.told, time.Unix(20, 0))
		if d != time.Duration(c.seconds)*time.Second || goesOn != c.goesOn {
			t.Errorf("%v, %v: %v, %t", c.due, c.told, d, goesOn)
		}
	}
	if gap := longestGap([]answer{{at: time.Unix(1, 0)}, {at: time.Unix(5, 0)}, {at: time.Unix(6, 0)}}); gap != 4*time.Second {
		t.Errorf("%v", gap)
	}
}

// What daemons say of a peer that is lost, or back, is told from the rest.
func TestWordsOfDiagnostics(t *testing.T) {
	for _, c := range []struct {
		level, message string
		lost, returned bool
	}{
		{"warning", "peer is down: silent for 5s", true, false},
		{"warning", "peer is lost: nothing was heard for 5s", true, false},
		{"info", "peer is up", false, true},
		{"info", "peer is back after 1m0s", false, true},
		{"info", "peer cannot be reached: connection refused", false, false},
		{"debug", "peer is down: as before", false, false},
		{"warning", "the disk is slow", false, false},
	} {
		d := &diagnostic{Level: c.level, Message: c.message}
		if lost(d) != c.lost || returned(d) != c.returned {
			t.Errorf("%+v: lost %t, returned %t", d, lost(d), returned(d))
		}
	}
}

// Logs are read as they grow: what they lack, and what they have twice, is seen.
func TestLogsAreFollowed(t *testing.T) {
	dirs := []string{t.TempDir(), t.TempDir()}
	write := func(i int, lines ...string) {
		t.Helper()
		file, err := os.OpenFile(filepath.Join(dirs[i], "access.log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = file.WriteString(strings.Join(lines, ""))
		}
		if err != nil {
			t.Fatal(err)
		}
		file.Close() // it is only a test
	}
	logs := newFollowers(dirs)
	if logs.have([]string{"one"}) {
		t.Error("no log has it")
	}
	write(0, "2026-11-23T01:38:46Z MV.a.1 one\r\n", "2026-11-23T01:38:46Z MV.a.2 two wo")
	write(1, "2026-11-23T01:38:46Z MV.a.1 one\r\n")
	if !logs.have([]string{"one"}) || logs.have([]string{"one", "two words"}) {
		t.Error("both have one, and the other is not whole")
	}
	write(0, "rds\r\n")
	if logs.have([]string{"two words"}) || logs.equal() {
		t.Error("only one has two words")
	}
	write(1, "2026-11-23T01:38:46Z MV.a.2 two words\r\n")
	if !logs.have([]string{"one", "two words"}) || !logs.equal() || logs.doubled() != "" {
		t.Errorf("both have all, %q", logs.doubled())
	}
	write(1, "2026-11-23T01:38:46Z MV.a.3 one\r\n")
	if logs.have([]string{"one"}); logs.doubled() != "1 lines doubled" {
		t.Errorf("%q", logs.doubled())
	}
}
