package check

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"xlattice.org/zog/internal/marks"
)

// abc is the log of a host that has what c1 sent.
var abc = []string{"MV.1.1 a", "MV.1.2 b", "MV.1.3 c"}

func all(logs ...[]string) [][]string { return logs }

// Each kind of fault is found, named with host, id and text, and nothing else
// is; and what is no fault is none.
func TestFaults(t *testing.T) {
	abcSent := ok("c1", "a", "b", "c")
	hole := map[marks.Run]uint64{{Origin: "MV", Boot: 1}: 3}
	for _, test := range []struct {
		name string
		ring ring
		want []string // kind, host, and the finding
	}{
		{"a clean ring", ring{sent: abcSent, logs: all(abc, abc, abc)}, nil},
		{"runs in another order", ring{sent: append(ok("c1", "a", "b"), ok("c2", "x")...),
			logs: all([]string{"MV.1.1 a", "PA.zz.1 x", "MV.1.2 b"}, []string{"PA.zz.1 x", "MV.1.1 a", "MV.1.2 b"})}, nil},

		{"lost at the end", ring{sent: abcSent, logs: all(abc, abc[:2])},
			[]string{`lost PA MV.1.3, "c", message 3 of c1, acknowledged by MV with 1 copies`}},
		{"lost everywhere", ring{sent: abcSent, logs: all(abc[:2], abc[:2])}, []string{
			`lost MV "c", message 3 of c1, acknowledged by MV with 1 copies, and in no log`,
			`lost PA "c", message 3 of c1, acknowledged by MV with 1 copies, and in no log`}},
		{"lost in the middle is a gap too", ring{sent: abcSent, logs: all(abc, []string{"MV.1.1 a", "MV.1.3 c"})}, []string{
			`lost PA MV.1.2, "b", message 2 of c1, acknowledged by MV with 1 copies`,
			`reordered PA access.log:2, MV.1.3, "c", 1 seqs are missing before it`}},
		{"an empty log", ring{sent: ok("c1", "a"), logs: all([]string{"MV.1.1 a"}, nil)},
			[]string{`lost PA MV.1.1, "a", message 1 of c1, acknowledged by MV with 1 copies`}},
		{"by whom is not known", ring{sent: []Message{{Sender: "c1", N: 1, Text: "a", Outcome: Ok}}, logs: all(nil)},
			[]string{`lost MV "a", message 1 of c1, and in no log`}},

		{"under the identity that was told", ring{sent: named(abcSent, "MV.1.1", "MV.1.2", "MV.1.3"), logs: all(abc, abc), cfg: Config{Settled: true}}, nil},
		{"under another one", ring{sent: named(abcSent, "MV.1.1", "MV.1.3", "PA.1.3"), logs: all(abc)}, []string{
			`misnamed MV "b", its sender was told that it is MV.1.3`}},
		{"under another one, for good", ring{sent: named(abcSent, "MV.1.1", "", "PA.1.3"), logs: all(abc), cfg: Config{Settled: true}}, []string{
			`misnamed MV "c", its sender was told that it is PA.1.3`}},
		{"lost, and named", ring{sent: named(abcSent, "MV.1.1", "MV.1.2", "MV.1.3"), logs: all(abc[:2]), cfg: Config{Settled: true}}, []string{
			`lost MV "c", message 3 of c1, acknowledged by MV with 1 copies, and in no log`}},

		{"duplicated", ring{sent: abcSent, logs: all(abc, append(abc[:3:3], "MV.1.2 b"))},
			[]string{`duplicated PA access.log:4, MV.1.2, "b"`}},
		{"duplicated with another text", ring{sent: abcSent, logs: all(append(abc[:3:3], "MV.1.2 c"))}, []string{
			`duplicated MV access.log:4, MV.1.2, "c"`,
			`differing MV access.log:4, MV.1.2, "c", elsewhere it is "b"`}},

		{"repeated", ring{sent: abcSent, logs: all(append(abc[:3:3], "PA.2.1 b"))},
			[]string{`repeated MV access.log:4, PA.2.1, "b", sent 1 times, it stands here 2 times`}},
		{"repeated in its run", ring{sent: abcSent, logs: all(append(abc[:3:3], "MV.1.4 a"))},
			[]string{`repeated MV access.log:4, MV.1.4, "a", sent 1 times, it stands here 2 times`}},
		{"sent twice", ring{sent: append(ok("c1", "a", "b", "c"), ok("c2", "b")...), logs: all(append(abc[:3:3], "PA.2.1 b"))}, nil},
		{"sent twice, it stands there once", ring{sent: append(ok("c1", "a", "b", "c"), ok("c2", "b")...), logs: all(abc)},
			[]string{`lost MV MV.1.2, "b", message 1 of c2, acknowledged by MV with 1 copies`}},
		{"sent again by the client", ring{sent: []Message{{Sender: "c1", N: 1, Text: "a", Outcome: Ok, Sends: 2}},
			logs: all([]string{"MV.1.1 a", "PA.2.1 a"})}, nil},
		{"sent again by the client, behind the next", ring{sent: []Message{
			{Sender: "c1", N: 1, Text: "a", Outcome: Ok, Sends: 2}, {Sender: "c1", N: 2, Text: "b", Outcome: Ok}},
			logs: all([]string{"MV.1.1 b", "MV.1.2 a"})}, nil},

		{"nobody sent it", ring{sent: abcSent, logs: all(append(abc[:3:3], "MV.1.4 d"))},
			[]string{`unexpected MV access.log:4, MV.1.4, "d", nobody sent it`}},
		{"it was refused", ring{sent: with(ok("c1", "a", "b", "c"), 3, Refused), logs: all(abc)},
			[]string{`unexpected MV access.log:3, MV.1.3, "c", it was refused`}},
		{"refused once, and then taken", ring{sent: append(with(ok("c1", "a"), 1, Refused), ok("c2", "a")...), logs: all(abc[:1])}, nil},

		{"seqs exchanged", ring{sent: with(with(ok("c1", "a", "b", "c"), 2, Unknown), 3, Unknown),
			logs: all([]string{"MV.1.1 a", "MV.1.3 c", "MV.1.2 b"})}, []string{
			`reordered MV access.log:2, MV.1.3, "c", 1 seqs are missing before it`,
			`reordered MV access.log:3, MV.1.2, "b", it stands behind seq 3`}},
		{"it does not begin with 1", ring{sent: ok("c1", "a"), logs: all([]string{"MV.1.4 a"})},
			[]string{`reordered MV access.log:1, MV.1.4, "a", 3 seqs are missing before it`}},
		{"a seq far off", ring{sent: ok("c1", "a"), logs: all([]string{"MV.1.281474976710655 a", "MV.1.281474976710655 a"})}, []string{
			`reordered MV access.log:1, MV.1.281474976710655, "a", 281474976710654 seqs are missing before it`,
			`duplicated MV access.log:2, MV.1.281474976710655, "a"`}},
		{"a sender's messages exchanged", ring{sent: abcSent, logs: all([]string{"MV.1.1 a", "MV.1.2 c", "MV.1.3 b"})},
			[]string{`reordered MV access.log:3, MV.1.3, "b", message 2 of c1 stands behind its message 3`}},
		{"the same, and the record is in no order", ring{sent: []Message{abcSent[2], abcSent[0], abcSent[1]},
			logs: all([]string{"MV.1.1 a", "MV.1.2 c", "MV.1.3 b"})},
			[]string{`reordered MV access.log:3, MV.1.3, "b", message 2 of c1 stands behind its message 3`}},
		{"what was sent twice has no order", ring{sent: append(ok("c1", "a", "b"), ok("c2", "a")...),
			logs: all([]string{"MV.1.1 b", "MV.1.2 a", "PA.1.1 a"})}, nil},
		{"between runs there is no order", ring{sent: abcSent, logs: all([]string{"PA.1.1 c", "MV.1.1 a", "MV.2.1 b"})}, nil},
		{"what is unknown has no order", ring{sent: with(ok("c1", "a", "b", "c"), 2, Unknown),
			logs: all([]string{"MV.1.1 a", "MV.1.2 c", "MV.1.3 b"})}, nil},

		{"two texts of an id", ring{sent: with(with(ok("c1", "a", "b", "c"), 3, Unknown), 2, Unknown),
			logs: all(abc[:2], []string{"MV.1.1 a", "MV.1.2 c"})},
			[]string{`differing PA access.log:2, MV.1.2, "c", elsewhere it is "b"`}},
		{"two times of an id", ring{sent: ok("c1", "a"), logs: all(abc[:1], []string{"+2026-11-22T10:25:58Z MV.1.1 a\r\n"})},
			[]string{`differing PA access.log:1, MV.1.1, "a", its time is -2 s off another log's`}},

		{"a line that is none", ring{sent: abcSent, logs: all(append(abc[:3:3], "+\x00\x00\n"))},
			[]string{`malformed MV access.log:4, "\x00\x00\n", line is not time, origin.boot.seq and text`}},
		{"a torn line", ring{sent: ok("c1", "a"), logs: all(append(abc[:1:1], "+2026-11-22T10:26:00Z MV.1.2 b"))},
			[]string{`malformed MV access.log:2, "2026-11-22T10:26:00Z MV.1.2 b", text refused: no CRLF at the end`}},
		{"LF alone", ring{sent: abcSent, logs: all(append(abc[:3:3], "+2026-11-22T10:26:00Z MV.1.4 d\n"))},
			[]string{`malformed MV access.log:4, "2026-11-22T10:26:00Z MV.1.4 d\n", text refused: no CRLF at the end`}},

		{"unknown ones, there and not", ring{sent: with(with(ok("c1", "a", "b", "c"), 2, Unknown), 3, Unknown), logs: all(abc[:2], abc[:1])}, nil},
		{"unknown, in a ring that has settled", ring{cfg: Config{Settled: true},
			sent: with(with(ok("c1", "a", "b", "c"), 2, Unknown), 3, Unknown), logs: all(abc[:2], abc[:1])},
			[]string{`uneven PA MV.1.2, "b", another log has it`}},
		{"lost, in a ring that has settled", ring{cfg: Config{Settled: true}, sent: abcSent, logs: all(abc, abc[:2])},
			[]string{`lost PA MV.1.3, "c", message 3 of c1, acknowledged by MV with 1 copies`}},

		{"a hole nobody spoke of", ring{sent: abcSent, logs: all(abc, abc[2:])}, []string{
			`lost PA MV.1.1, "a", message 1 of c1, acknowledged by MV with 1 copies`,
			`lost PA MV.1.2, "b", message 2 of c1, acknowledged by MV with 1 copies`,
			`reordered PA access.log:1, MV.1.3, "c", 2 seqs are missing before it`}},
		{"a declared hole", ring{cfg: Config{Holes: hole, Settled: true}, sent: abcSent, logs: all(abc, abc[2:])}, nil},
		{"part of a declared hole", ring{cfg: Config{Holes: hole, Settled: true}, sent: abcSent, logs: all(abc, []string{"MV.1.1 a", "MV.1.3 c"})}, nil},
		{"more than a declared hole", ring{cfg: Config{Holes: map[marks.Run]uint64{{Origin: "MV", Boot: 1}: 2}}, sent: abcSent, logs: all(abc, abc[2:])}, []string{
			`lost PA MV.1.2, "b", message 2 of c1, acknowledged by MV with 1 copies`,
			`reordered PA access.log:1, MV.1.3, "c", 2 seqs are missing before it`}},
	} {
		t.Run(test.name, func(t *testing.T) {
			report := test.ring.report(t)
			requireFindings(t, report, test.want)
			if report.OK() != (len(test.want) == 0) || report.OK() != (report.Err() == nil) {
				t.Errorf("OK is %t, and the error %v", report.OK(), report.Err())
			}
		})
	}
}

// requireFindings requires exactly these, in any order.
func requireFindings(t *testing.T, report *Report, want []string) {
	t.Helper()
	missing := map[string]bool{}
	for _, w := range want {
		missing[w] = true
	}
	counted := uint64(0)
	for _, h := range report.Hosts {
		counted += h.Faults()
		for kind, findings := range h.Examples {
			for _, f := range findings {
				found := fmt.Sprintf("%v %s %v", Kind(kind), h.Host, &f)
				if !missing[found] {
					t.Errorf("found %s", found)
				}
				delete(missing, found)
			}
		}
	}
	for m := range maps.Keys(missing) {
		t.Errorf("did not find %s", m)
	}
	if counted != uint64(len(want)) {
		t.Errorf("%d faults are counted, want %d", counted, len(want))
	}
}

// A run in which nothing was acknowledged cannot fail, so it does not pass.
func TestIdle(t *testing.T) {
	for name, r := range map[string]ring{
		"nothing was sent":     {logs: all(nil)},
		"nothing was answered": {sent: with(ok("c1", "a"), 1, Unknown), logs: all(abc[:1])},
	} {
		report := r.report(t)
		if report.OK() || report.Faults() != 0 || !strings.Contains(fmt.Sprint(report.Err()), "idle") {
			t.Errorf("%s: %v", name, report.Err())
		}
	}
	r := ring{logs: all(abc[:1])}
	if err := r.report(t).Err(); err == nil || !strings.Contains(err.Error(), "1 unexpected, and no message was acknowledged") {
		t.Errorf("idle with a fault: %v", err)
	}
}

// What is lost is split by where in its sender's messages it is.
func TestSplit(t *testing.T) {
	sent := append(ok("c1", "a", "b", "c", "d", "e", "f"), ok("c2", "x", "y")...)
	sent = with(sent, 6, Unknown)
	r := ring{sent: sent, logs: all([]string{"MV.1.1 b", "MV.1.2 d"})}
	host := &r.report(t).Hosts[0]
	if want := (Split{Prefix: 1, Middle: 1, Tail: 1, Whole: 2}); host.Lost != want || host.Counts[Lost] != 5 {
		t.Errorf("%+v of %d, want %+v", host.Lost, host.Counts[Lost], want)
	}
}

// All faults are counted, and so many are shown as were asked for. A report
// that is made again is the same.
func TestExamplesAreBounded(t *testing.T) {
	var texts, log []string
	for n := 1; n <= 100; n++ {
		texts = append(texts, fmt.Sprint("text ", n))
		log = append(log, fmt.Sprintf("MV.1.%d forged %d", n, n))
	}
	r := ring{sent: ok("c1", texts...), logs: all(log), cfg: Config{Examples: 3}}
	report := r.report(t)
	host := &report.Hosts[0]
	if host.Counts[Lost] != 100 || host.Counts[Unexpected] != 100 || len(host.Examples[Lost]) != 3 || len(host.Examples[Unexpected]) != 3 {
		t.Errorf("%v, with %d and %d examples", host.Counts, len(host.Examples[Lost]), len(host.Examples[Unexpected]))
	}
}

func TestReportIsReadable(t *testing.T) {
	r := ring{sent: ok("c1", "a", "b", "c"), logs: all(abc, abc[:1]), cfg: Config{Examples: 1}}
	want := `3 messages: 3 acknowledged, 0 refused, 0 unknown
MV                       3 lines, 0 faults
PA                       1 lines, 2 faults
  2 lost of their senders' prefix 0, middle 0, tail 2, whole 0
    MV.1.2, "b", message 2 of c1, acknowledged by MV with 1 copies
    and 1 more
the logs have faults: 2 lost
`
	if got := r.report(t).String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r = ring{sent: append(ok("c1", "a"), ok("c2", "a")...), logs: all([]string{"MV.1.1 a", "MV.1.2 a"})}
	if got := r.report(t).String(); !strings.Contains(got, "2 lines, 0 faults, 1 texts under another id again\n") {
		t.Errorf("got\n%s", got)
	}
	r = ring{sent: ok("c1", "a"), logs: all(abc[:1])}
	if got := r.report(t).String(); !strings.HasSuffix(got, "\nthe logs have no faults\n") {
		t.Errorf("got\n%s", got)
	}
}

// A report can be asked for while the logs are read, and again.
func TestReportTwice(t *testing.T) {
	sent := &Record{}
	for _, m := range ok("c1", "a", "b", "c") {
		sent.Add(m)
	}
	c, err := New(sent, Config{Hosts: []string{"MV"}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range abc {
		for range 2 {
			if lost := c.Report().Count(Lost); lost != uint64(3-n) {
				t.Errorf("after %d lines %d are lost", n, lost)
			}
		}
		c.Log(0).Line([]byte(written(abc[n : n+1])))
	}
	if report := c.Report(); !report.OK() {
		t.Error(report)
	}
}

func TestNewRefuses(t *testing.T) {
	twice := &Record{}
	twice.Add(Message{Sender: "c1", N: 1, Text: "a"})
	twice.Add(Message{Sender: "c1", N: 1, Text: "b"})
	for name, test := range map[string]struct {
		record *Record
		hosts  []string
	}{
		"no hosts":               {&Record{}, nil},
		"too many hosts":         {&Record{}, make([]string, 65)},
		"a host twice":           {&Record{}, []string{"MV", "PA", "MV"}},
		"a message number twice": {twice, []string{"MV"}},
	} {
		if _, err := New(test.record, Config{Hosts: test.hosts}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Texts that share a hash are told apart.
func TestHashesMayBeEqual(t *testing.T) {
	sent := &Record{}
	sent.texts.hash = func([]byte) uint64 { return 7 }
	for _, m := range ok("c1", "a", "b", "c") {
		sent.Add(m)
	}
	c, err := New(sent, Config{Hosts: []string{"MV", "PA"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, log := range all(abc, []string{"MV.1.1 a", "MV.1.2 x", "MV.1.3 c"}) {
		if err := c.Log(i).Read("access.log", strings.NewReader(written(log))); err != nil {
			t.Fatal(err)
		}
	}
	requireFindings(t, c.Report(), []string{
		`lost PA MV.1.2, "b", message 2 of c1, acknowledged by MV with 1 copies`,
		`unexpected PA access.log:2, MV.1.2, "x", nobody sent it`,
		`differing PA access.log:2, MV.1.2, "x", elsewhere it is "b"`,
	})
}
