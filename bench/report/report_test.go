package report

import (
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// some results, with everything in them.
func some() *Results {
	return &Results{
		Works: []*Work{{Name: "flood", About: "as fast as it goes & more", Series: []*Series{
			{System: "relay", Rates: []float64{100, 400, 200}, Acked: []float64{1}, CPU: []float64{1}, Client: []float64{0.5}, Peak: []float64{3, 9}},
			{System: "zog", Rates: []float64{50, 100, 100}, Acked: []float64{1}, CPU: []float64{2}, Client: []float64{0.5}, Peak: []float64{20}},
			{System: "other", Skipped: "it is not here"},
		}}},
		Latency: []*Latency{{About: "200/s", Rate: 200, Series: []*LatencySeries{{System: "zog", Logged: Quantiles{P50: 10, P99: 20.25, P999: 1234.5}}}}},
		Growth:  []*Growth{{Name: "hosts", About: "more", Points: []*Point{{Value: "3", Series: []*Series{{System: "zog", Rates: []float64{7}, Acked: []float64{7}, CPU: []float64{1}, Client: []float64{1}, Peak: []float64{1}}}}}}},
		Memory:  []*Memory{{System: "zog", Messages: 20_000_000, Rate: 1e6, First: []float64{60}, Second: []float64{61}}},
	}
}

func TestSpread(t *testing.T) {
	for want, numbers := range map[Spread][]float64{
		{3, 3, 3}:   {3},
		{2, 1, 3}:   {3, 1, 2},
		{2.5, 1, 9}: {9, 3, 1, 2},
	} {
		if got := SpreadOf(numbers); got != want {
			t.Errorf("of %v: %v, want %v", numbers, got, want)
		}
	}
}

// A ratio is of one alternation: the median of the ratios, not the ratio of medians.
func TestRatio(t *testing.T) {
	w := some().Works[0]
	if got, ok := ratio(w.Series, w.Series[1]); !ok || got != (Spread{0.5, 0.25, 0.5}) {
		t.Errorf("%v, %v", got, ok)
	}
	if _, ok := ratio(w.Series, w.Series[2]); ok {
		t.Error("who was skipped has a ratio")
	}
	if _, ok := ratio(w.Series[1:], w.Series[1]); ok {
		t.Error("without a relay there is a ratio")
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(v); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.1234: "0.123", 1.234: "1.23", 12.34: "12.3", 1234.5: "1,234"} {
		if got := about(v); got != want {
			t.Errorf("%v is about %s, want %s", v, got, want)
		}
	}
}

// Only what stands between the marks is renewed, and a page without them is left.
func TestRenew(t *testing.T) {
	page := "before\n" + pageBegin + "old\n" + pageEnd + "after\n"
	once, err := some().Renew(page)
	if err != nil || !strings.HasPrefix(once, "before\n"+pageBegin) || !strings.HasSuffix(once, pageEnd+"after\n") || strings.Contains(once, "old") {
		t.Errorf("%s, %v", once, err)
	}
	for _, part := range []string{"| zog | 100 | 50 | 100 | 0.500 |", "skipped: it is not here", "| 20.2 |", "| 20,000,000 | 1,000,000 | 0 | 60.0 | 61.0 |", "| 3 | zog | 7 |"} {
		if !strings.Contains(once, part) {
			t.Errorf("there is no %q in\n%s", part, once)
		}
	}
	if again, err := some().Renew(once); err != nil || again != once {
		t.Error("a second time gives another page")
	}
	if _, err := some().Renew("a page"); err == nil {
		t.Error("a page without a place for results is no error")
	}
}

// What is written is read again.
func TestFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "results.json")
	if empty, err := Read(name); err != nil || len(empty.Works) > 0 {
		t.Errorf("without a file: %v, %v", empty, err)
	}
	want := some()
	if err := want.Write(name, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	got, err := Read(name)
	if diff := cmp.Diff(want, got); diff != "" || err != nil || got.Machine.Date != "1970-01-01" {
		t.Errorf("%v, %s", err, diff)
	}
}

// The plot is XML, has a bar for each that was measured, as long as its ratio, and
// says so in words.
func TestSVG(t *testing.T) {
	var out strings.Builder
	if err := some().SVG(&out); err != nil {
		t.Fatal(err)
	}
	bars, words := 0, ""
	for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if token.Name.Local == "rect" {
				bars++
			}
		case xml.CharData:
			words += string(token) + "\n"
		}
	}
	if bars != 3 { // and the ground
		t.Errorf("%d rectangles", bars)
	}
	for _, part := range []string{"flood, zog: 50.0 percent", "as fast as it goes & more", "skipped", "relay", "other"} {
		if !strings.Contains(words, part) {
			t.Errorf("nothing says %q in\n%s", part, words)
		}
	}
	if full, half := x(1)-left, x(0.1)-left; full != right-left || half < full*0.66 || half > full*0.67 {
		t.Errorf("bars of %v and %v", full, half)
	}
}

func TestTables(t *testing.T) {
	var out strings.Builder
	r := some()
	for _, table := range []interface{ Text(io.Writer) error }{r.Works[0], r.Latency[0], r.Growth[0], r.Memory[0]} {
		if err := table.Text(&out); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(out.String(), "\n")
	if got := strings.Fields(lines[3]); strings.Join(got, " ") != "relay 200 100 400 1.000 1 1.00 0.500 9.00" {
		t.Errorf("%q in\n%s", got, out.String())
	}
	if !strings.Contains(out.String(), "  other  skipped: it is not here\n") {
		t.Error(out.String())
	}
}
