package figures

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// What is saved is loaded again, and no file is no figures.
func TestFiguresAreKept(t *testing.T) {
	type figure struct{ Case string }
	file := filepath.Join(t.TempDir(), "before.json")
	want := []figure{{"a"}, {"b"}}
	if err := Save(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := Load[figure](file); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Load[figure](file + ".gone"); err == nil {
		t.Error("figures that are not there are no error")
	}
	if none, err := Load[figure](""); none != nil || err != nil {
		t.Errorf("%v, %v", none, err)
	}
	if err := Save("", want); err != nil {
		t.Error(err)
	}
}

func TestTheTableIsAligned(t *testing.T) {
	var out bytes.Buffer
	Print(&out, [][]string{{"case", "s"}, {"ä, longer", "1.2"}})
	want := `
| case      | s   |
| --------- | --- |
| ä, longer | 1.2 |
`
	if got := "\n" + out.String(); got != want {
		t.Errorf("got%swant%s", got, want)
	}
}

func TestATextIsPutIntoItsPlace(t *testing.T) {
	const begin, end = "<!-- x: begin -->\n", "<!-- x: end -->\n"
	const page = "# A\n" + begin + "old\n" + end + "more\n"
	if got, err := Between(page, "x", "new\n"); err != nil || got != "# A\n"+begin+"new\n"+end+"more\n" {
		t.Errorf("%q, %v", got, err)
	}
	for _, bad := range []string{"", begin, end, end + begin, "<!-- y: begin -->\n<!-- y: end -->\n"} {
		if _, err := Between(bad, "x", "new\n"); err == nil {
			t.Errorf("there is a place in %q", bad)
		}
	}
}

func TestPercentile(t *testing.T) {
	if Percentile(nil, 50) != 0 {
		t.Error("of nothing there is one")
	}
	var times []time.Duration
	for n := range 200 {
		times = append(times, time.Duration(200-n))
	}
	for of, want := range map[float64]time.Duration{0: 1, 50: 100, 99: 198, 100: 200} {
		if got := Percentile(times, of); got != want {
			t.Errorf("p%v is %d, want %d", of, got, want)
		}
	}
}
