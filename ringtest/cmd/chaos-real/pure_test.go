package main

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/ringtest/chaos"
)

const second = time.Second

// parse returns the schedule for five hosts of some steps.
func parse(t *testing.T, steps ...string) chaos.Schedule {
	t.Helper()
	s, err := chaos.Parse("chaos seed=1 hosts=5 lasts=10m0s\n" + strings.Join(steps, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestActions(t *testing.T) {
	for _, c := range []struct {
		step string
		want []action
	}{
		{"1s crash hosts=0 mode=all for=2s", []action{{at: second, do: kill}, {at: 3 * second, do: start}}},
		{"1s restart hosts=0 for=2s", []action{{at: second, do: stop}, {at: 3 * second, do: start}}},
		{"1s pause hosts=0 for=2s", []action{{at: second, do: pause}, {at: 3 * second, do: resume}}},
		{"1s wipe hosts=0 for=2s amount=4s", []action{{at: second, do: blockClients}, {at: 5 * second, do: empty}, {at: 7 * second, do: start}}},
		{"1s backup hosts=0 for=2s amount=4s", []action{{at: second, do: copyDisk}, {at: 3 * second, do: blockClients}, {at: 7 * second, do: putBack}}},
		{"1s reset hosts=0,1", []action{{at: second, do: begin}}},
		{"1s partition hosts=0,1 for=2s", []action{{at: second, do: begin}, {at: 3 * second, do: end}}},
		{"1s rate hosts=0,1 n=1 for=2s", []action{{at: second, do: begin}, {at: 3 * second, do: end}}},
		{"1s flap hosts=0 amount=1s for=2500ms", []action{{at: second, do: begin}, {at: 2 * second, do: end},
			{at: 3 * second, do: begin}, {at: 3500 * time.Millisecond, do: end}}},
	} {
		if got := actions(parse(t, c.step).Steps); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.step, got, c.want)
		}
	}
	both := actions(parse(t, "1s crash hosts=0 mode=all for=2s", "2s reset hosts=1,2").Steps)
	want := []action{{second, kill, 0}, {2 * second, begin, 1}, {3 * second, start, 0}}
	if !reflect.DeepEqual(both, want) {
		t.Errorf("%v, want %v", both, want)
	}
}

// Whatever is generated can be played, and all is over at its end: each deed of
// a step has its opposite, and one of them is the fault itself.
func TestGenerated(t *testing.T) {
	undone := map[operation]operation{kill: start, stop: start, pause: resume, empty: start}
	for seed := range uint64(30) {
		s := generate(seed, 5, 5*time.Minute, 3*second, allKinds)
		if err := playable(s, 5, allKinds); err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Fatal(err)
		}
		open, struck := map[int][]operation{}, map[int]bool{}
		for _, a := range actions(s.Steps) {
			struck[a.step] = struck[a.step] || a.do.isFault()
			if opposite, there := undone[a.do]; there {
				open[a.step] = append(open[a.step], opposite)
			} else if a.do == begin && s.Steps[a.step].Kind != chaos.Reset {
				open[a.step] = append(open[a.step], end)
			} else if i := slices.Index(open[a.step], a.do); i >= 0 {
				open[a.step] = slices.Delete(open[a.step], i, i+1)
			}
		}
		for i, step := range s.Steps {
			if len(open[i]) > 0 || !struck[i] {
				t.Errorf("seed %d, %v: struck: %t; left: %v", seed, step, struck[i], open[i])
			}
			if step.Kind == chaos.Crash && step.Mode != "all" {
				t.Errorf("%v: kill -9 does not do that", step)
			}
		}
	}
}

func TestPlayable(t *testing.T) {
	for _, c := range []struct{ first, second, want string }{
		{"1s crash hosts=0 mode=all for=2s", "2s pause hosts=1 for=2s", ""},
		{"1s crash hosts=0 mode=all for=2s", "4s pause hosts=0 for=2s", ""},
		{"1s crash hosts=0 mode=all for=2s", "2s pause hosts=0 for=2s", "steps 1 and 2"},
		{"1s rate hosts=0,1 n=10 for=2s", "2s rate hosts=1,0 n=10 for=2s", ""},
		{"1s rate hosts=0,1 n=10 for=2s", "2s rate hosts=0,1 n=10 for=2s", "steps 1 and 2"},
		{"1s sever hosts=0,1 for=2s", "2s sever hosts=0,1 for=2s", ""},
		{"1s sever hosts=0,1 for=2s", "2s full hosts=0 for=2s", "step 2, 2s full"},
	} {
		err := playable(parse(t, c.first, c.second), 5, allKinds)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s, %s: %v; want %q", c.first, c.second, err, c.want)
		}
	}
	if err := playable(parse(t), 4, allKinds); err == nil {
		t.Error("a schedule for five is played on four")
	}
}

// write makes a log directory with these segments.
func write(t *testing.T, segments map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range segments {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLogs(t *testing.T) {
	whole := write(t, map[string]string{"access.log.1": "a\nb\n", "access.log": "c\n"})
	other := write(t, map[string]string{"access.log": "c\na\nb\n", "error.log": "z\n"})
	lacks := write(t, map[string]string{"access.log": "a\nd\nb\n"})
	torn := write(t, map[string]string{"access.log.1": "a\nb\n", "access.log": "c"})
	none := t.TempDir()
	if !equal([]string{whole, other}) || equal([]string{whole, other, lacks}) || equal([]string{whole, torn}) || equal([]string{whole, none}) {
		t.Error("equal logs are not told from others")
	}
	for _, c := range []struct {
		others []string
		want   int
	}{
		{nil, 3}, {[]string{none}, 3}, {[]string{lacks}, 1}, {[]string{torn}, 1}, {[]string{lacks, other}, 0},
	} {
		if got, err := onlyIn(whole, c.others); err != nil || got != c.want {
			t.Errorf("%d, %v; want %d", got, err, c.want)
		}
	}
	if _, err := onlyIn(none, []string{whole}); err == nil {
		t.Error("a log that cannot be read has nothing of its own")
	}
}
