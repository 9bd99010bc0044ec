package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"xlattice.org/zog/bench/report"
)

// The test's binary is a node or a client when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "node" || os.Args[1] == "client") {
		main()
		return
	}
	os.Exit(m.Run())
}

// run is the command with these arguments, and what it says.
func run(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	root, buf := newRoot(), new(bytes.Buffer)
	root.SetArgs(args)
	root.SetOut(buf)
	root.SetErr(buf)
	root.SetContext(t.Context())
	err = root.Execute()
	return buf.String(), err
}

// All that is measured is measured with a few messages, and stands on the page.
func TestEndToEnd(t *testing.T) {
	dir := t.TempDir()
	results, page, plot := filepath.Join(dir, "r.json"), filepath.Join(dir, "p.md"), filepath.Join(dir, "p.svg")
	if err := os.WriteFile(page, []byte("<!-- results: begin -->\n<!-- results: end -->\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{
		"compare --works flood,window,single --scale 0.001 --alternations 2",
		"compare --works single1 --scale 0.001 --alternations 1 --peers",
		"compare --tls --scale 0.001 --alternations 1",
		"latency --rates 500 --lasts 200ms --alternations 1",
		"growth --of clients,texts --messages 2000 --alternations 1",
		"memory --messages 2000",
		"long --messages 2000 --alternations 2",
		"idle --lasts 10ms --alternations 1",
	} {
		all := append(strings.Fields(args), "--record", results, "--dir", dir, "--look", "10ms")
		if args != "memory --messages 2000" && !strings.Contains(args, "--tls") {
			all = append(all, "--systems", "relay,zog")
		}
		if out, err := run(t, all...); err != nil || !strings.Contains(out, "a timer of 1 ms is late by") {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
	}
	if out, err := run(t, "report", "--results", results, "--page", page, "--plot", plot); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r, err := report.Read(results)
	if err != nil || len(r.Works) != 3 || len(r.Peers) != 1 || len(r.Latency) != 2 || len(r.Growth) != 2 || len(r.Memory) != 2 || len(r.Idle) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if len(r.TLS) != 3 || r.TLS[0].Of("zog-tls").Rates == nil {
		t.Errorf("with TLS: %+v", r.TLS)
	}
	if len(r.Quiet) != 8 || r.Quiet[report.PartPeers] == nil {
		t.Errorf("%+v", r.Quiet)
	}
	if of := r.Long.Of("zog").OutOfWindow; len(of) != 2 || of[0] != 0 || of[1] != 0 || len(r.Long.Of("relay").OutOfWindow) > 0 {
		t.Errorf("out of the window: %v", of)
	}
	for _, w := range r.Works {
		for _, s := range w.Series {
			if len(s.Rates) != 2 || s.Rates[0] <= 0 || s.CPU[0] < 0 || s.Peak[0] <= 0 {
				t.Errorf("%s: %+v", w.Name, s)
			}
		}
	}
	if l := r.Latency[0].Series[0]; l.Acked.Count != 100 || l.Logged.Count != 100 || l.Logged.P50 <= 0 || len(l.LoggedP99) != 1 {
		t.Errorf("%+v", l)
	}
	if i := r.Idle[1]; i.System != "zog" || len(i.Next) != 20 || i.First[0] <= 0 || i.Memory[0] <= 0 || i.Start[0] <= 0 || i.Program <= 0 {
		t.Errorf("%+v", i)
	}
	text, err := os.ReadFile(page)
	if err != nil || !strings.Contains(string(text), "**window**") {
		t.Errorf("%s, %v", text, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "zog-bench-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Each bar is about something that the commands measure: where all works, rates and steps are
// in the results, none is left out.
func TestTheBarsAreMeasured(t *testing.T) {
	series := func() (all []*report.Series) {
		for _, name := range defaultSystems() {
			all = append(all, &report.Series{System: name, Rates: []float64{1}, CPU: []float64{1}, Peak: []float64{1}, OutOfWindow: make([]int, report.LongTurns)})
		}
		return all
	}
	r := &report.Results{Long: &report.Work{Series: series()}}
	for _, w := range works {
		r.Works = append(r.Works, &report.Work{Name: w.name, Series: series()})
	}
	r.Peers = r.Works
	for _, d := range demands {
		for _, rate := range defaultRates {
			l := &report.Latency{About: d.at(rate)}
			for _, name := range defaultSystems() {
				l.Series = append(l.Series, &report.LatencySeries{System: name, LoggedP99: []float64{1}})
			}
			r.Latency = append(r.Latency, l)
		}
	}
	for _, d := range dimensions {
		g := &report.Growth{Name: d.name}
		for _, value := range d.values {
			g.Points = append(g.Points, &report.Point{Value: fmt.Sprint(value), Series: series()})
		}
		r.Growth = append(r.Growth, g)
	}
	for _, name := range defaultSystems() {
		*r.IdleOf(name) = report.Idle{System: name, Rest: defaultRest.Seconds(), First: []float64{1}}
	}
	var out strings.Builder
	if err := r.BarsText(&out); err != nil || strings.Contains(out.String(), "not measured") || !strings.Contains(out.String(), "met") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// What cannot be done is said, with the code for a wrong command line.
func TestUsage(t *testing.T) {
	for args, want := range map[string]string{
		"compare --works flod":        `no work is called "flod"`,
		"compare --systems zog,nits":  "nits",
		"compare --scale 0":           "--scale must be over 0",
		"compare --alternations 0":    "--alternations must be over 0",
		"growth --of hats":            `nothing that grows is called "hats"`,
		"latency --rates 0":           "--rates and --lasts",
		"memory --messages 1":         "1000 at least",
		"memory --look -1s":           "--look not under it",
		"long --messages 0":           "--messages must be over 0",
		"report --results there-none": "there-none",
	} {
		if out, err := run(t, strings.Fields(args)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v\n%s", args, err, out)
		}
	}
}
