package quiet

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Two readings a second apart, on two processors.
func TestBetween(t *testing.T) {
	const ms = time.Millisecond
	for name, tt := range map[string]struct {
		after Reading // before, all is 0 but what is said here
		self  int
		want  Seen
	}{
		"nobody else": {Reading{At: time.Second, Own: 20 * ms, Processors: 2, Busy: 20 * ms}, 1, Seen{Processors: 2}},
		"counters that are late": {Reading{At: time.Second, Own: 20 * ms, Processors: 2, Busy: 10 * ms}, 1,
			Seen{Processors: 2}},
		"one processor of two": {Reading{At: time.Second, Own: 20 * ms, Processors: 2, Busy: 1020 * ms}, 1,
			Seen{Processors: 2, Others: 50}},
		"stolen": {Reading{At: time.Second, Processors: 2, Stolen: 100 * ms}, 1, Seen{Processors: 2, Stolen: 5}},
		"two of 64 processors, and half of the container's": {
			Reading{At: time.Second, Own: 10 * ms, Processors: 64, Busy: 1290 * ms, Grouped: true, Group: 1010 * ms, Throttled: 20 * ms}, 1,
			Seen{Processors: 2, Others: 50, Throttled: 1}},
		"only the control group tells": {Reading{At: time.Second, Grouped: true, Group: 500 * ms}, 1, Seen{Processors: 2, Others: 25}},
		"nobody tells":                 {Reading{At: time.Second}, 1, Seen{Processors: 2, Untold: true}},
		"no time at all":               {Reading{Processors: 2, Busy: time.Second}, 1, Seen{Processors: 2}},
		"the busiest, without this program and those that do little": {
			Reading{At: time.Second, Processors: 2, Programs: map[int]Program{
				1: {"bench", time.Second}, 2: {"a", 100 * ms}, 3: {"b", 200 * ms}, 4: {"c", 4 * ms}, 5: {"d", 100 * ms}, 6: {"e", 60 * ms},
			}}, 1,
			Seen{Processors: 2, Others: 23.2, Busiest: []Process{{"b", 3, 10}, {"a", 2, 5}, {"d", 5, 5}}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Between(&Reading{Processors: tt.after.Processors, Grouped: tt.after.Grouped}, &tt.after, 2, tt.self)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What was before does not count, and who has ended is not among the busiest.
func TestBetweenCountsWhatIsNew(t *testing.T) {
	before := &Reading{At: time.Hour, Own: time.Minute, Processors: 1, Busy: time.Hour, Stolen: time.Minute,
		Programs: map[int]Program{7: {"old", time.Hour}, 8: {"ended", time.Hour}}}
	after := &Reading{At: time.Hour + time.Second, Own: time.Minute, Processors: 1, Busy: time.Hour + time.Second/2, Stolen: time.Minute + time.Second/4,
		Programs: map[int]Program{7: {"old", time.Hour + time.Second/10}, 9: {"new", time.Second / 5}}}
	want := Seen{Processors: 1, Others: 50, Stolen: 25, Busiest: []Process{{"new", 9, 20}, {"old", 7, 10}}}
	if diff := cmp.Diff(want, Between(before, after, 1, 1)); diff != "" {
		t.Error(diff)
	}
	if got := StolenBetween(before, after); got != 25 {
		t.Error(got)
	}
}

func TestReasons(t *testing.T) {
	for name, tt := range map[string]struct {
		seen Seen
		want string // among the reasons; none if it is empty
	}{
		"quiet":          {Seen{Processors: 2, Others: 3, Stolen: 1, Lost: 5, Late: 500, Meanwhile: 1}, ""},
		"others":         {Seen{Processors: 2, Others: 3.1}, "others use 3.1 % of 2 processors (quiet is 3.0; no program that uses much is still there)"},
		"others' names":  {Seen{Processors: 1, Others: 53.2, Busiest: []Process{{"go", 12, 50}, {"cc", 13, 3.2}}}, "others use 53 % of 1 processor (quiet is 3.0; most: go (12) 50 %, cc (13) 3.2 %)"},
		"the hypervisor": {Seen{Stolen: 1.1}, "the hypervisor takes 1.1 % (quiet is 1.0)"},
		"a limit":        {Seen{Throttled: 0.01}, "the control group is stopped for 0.01 % of the time (quiet is 0)"},
		"loops":          {Seen{Lost: 5.1}, "loops on all processors lose 5.1 %"},
		"a timer":        {Seen{Late: 501}, "a timer of 1 ms is late at p99 by 0.5 ms (quiet is 0.5)"},
		"later":          {Seen{Meanwhile: 2}, "while it was measured the hypervisor took 2.0 %"},
	} {
		t.Run(name, func(t *testing.T) {
			why, warning, line := tt.seen.Reasons(), tt.seen.Warning(), tt.seen.String()
			if tt.want == "" {
				if len(why) > 0 || warning != "" || !strings.HasPrefix(line, "quiet: ") {
					t.Errorf("%q, %q, %q", why, warning, line)
				}
				return
			}
			if len(why) != 1 || !strings.Contains(why[0], tt.want) || !strings.HasPrefix(line, "not quiet: ") {
				t.Errorf("%q, %q: want %q", why, line, tt.want)
			}
			if !strings.HasPrefix(warning, "WARNING: the machine is not quiet: ") || !strings.Contains(warning, tt.want) || !strings.HasSuffix(warning, "Rates and ratios of this run may be off.") {
				t.Error(warning)
			}
		})
	}
}

func TestString(t *testing.T) {
	for want, seen := range map[string]Seen{
		"quiet: others use 0.3 % of 2 processors, the hypervisor takes 0 %, loops on all of them lose 0.4 %, a timer of 1 ms is late by 0.06 ms at p99": {
			Processors: 2, Others: 0.3, Lost: 0.4, Late: 62},
		"not quiet: what others use of 1 processor is not told here, the hypervisor takes 12 %, the control group is stopped for 1.0 % of the time, loops on all of them lose 0 %, a timer of 1 ms is late by 0 ms at p99": {
			Processors: 1, Untold: true, Stolen: 12, Throttled: 1},
	} {
		if got := seen.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRead(t *testing.T) {
	const stat = "cpu  100 10 50 1000 200 5 5 30 70 0\ncpu0 50 5 25 500 100 3 2 15 35 0\ncpu1 50 5 25 500 100 2 3 15 35 0\nintr 5 0\n"
	none := map[int]Program{}
	for name, tt := range map[string]struct {
		files map[string]string
		want  Reading
	}{
		"nothing": {nil, Reading{Programs: none}},
		"the processors": {map[string]string{"proc/stat": stat},
			Reading{Processors: 2, Busy: 1700 * time.Millisecond, Stolen: 300 * time.Millisecond, Programs: none}},
		"a sandbox":               {map[string]string{"proc/stat": "cpu  0 0 0 0 0 0 0 0 0 0\ncpu0 0 0 0 0 0 0 0 0 0 0\n"}, Reading{Programs: none}},
		"an old kernel":           {map[string]string{"proc/stat": "cpu  1 0 1 9\ncpu0 1 0 1 9\n"}, Reading{Processors: 1, Busy: 20 * time.Millisecond, Programs: none}},
		"no numbers":              {map[string]string{"proc/stat": "cpu x\ncpu0 x\n"}, Reading{Programs: none}},
		"a group of version 2":    {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.stat": "usage_usec 7\nuser_usec 5\nthrottled_usec 3\n", "sys/fs/cgroup/cpu.stat": "usage_usec 9\n"}, Reading{Grouped: true, Group: 7 * time.Microsecond, Throttled: 3 * time.Microsecond, Programs: none}},
		"a path that is not seen": {map[string]string{"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/cpu.stat": "usage_usec 9\n"}, Reading{Grouped: true, Group: 9 * time.Microsecond, Programs: none}},
		"a group of version 1": {map[string]string{"proc/self/cgroup": "4:cpu,cpuacct:/a\n0::/\n", "sys/fs/cgroup/cpuacct/a/cpuacct.usage": "77\n", "sys/fs/cgroup/cpu/a/cpu.stat": "nr_periods 1\nthrottled_time 5\n"},
			Reading{Grouped: true, Group: 77, Throttled: 5, Programs: none}},
		"a group that says nothing": {map[string]string{"proc/self/cgroup": "hello\n0::/\n", "sys/fs/cgroup/cpu.stat": "usage_usec many\n"}, Reading{Programs: none}},
		"programs": {map[string]string{"proc/12/comm": "zog\n", "proc/13/comm": "gone\n", "proc/14/stat": "", "proc/sys/comm": "no\n"},
			Reading{Programs: map[int]Program{12: {"zog", 12}}}},
	} {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{}
			for name, text := range tt.files {
				root[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got := Read(root, func(pid int) (time.Duration, error) {
				if pid != 12 {
					return 0, errors.New("it has ended")
				}
				return time.Duration(pid), nil
			})
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLatenessAndLoss(t *testing.T) {
	late := []time.Duration{time.Second}
	for i := range 100 {
		late = append(late, time.Duration(i)*time.Microsecond)
	}
	for want, late := range map[float64][]time.Duration{0: nil, 5: {5 * time.Microsecond}, 99: late} {
		if got := lateness(late); got != want {
			t.Errorf("%v, want %v", got, want)
		}
	}
	for _, tt := range []struct {
		wanted, had time.Duration
		want        float64
	}{{0, 0, 0}, {100, 100, 0}, {100, 75, 25}, {100, 101, 0}} {
		if got := lost(tt.wanted, tt.had); got != tt.want {
			t.Errorf("%v of %v: %v, want %v", tt.had, tt.wanted, got, tt.want)
		}
	}
}

// A look at this machine sees it, and a look that is to end ends.
func TestLook(t *testing.T) {
	s := Look(t.Context(), 10*time.Millisecond)
	if s.Processors < 1 || s.Date == "" || s.Late <= 0 {
		t.Errorf("%+v", s)
	}
	if now := Now(); now.At <= 0 || now.Own <= 0 || now.Programs[os.Getpid()].Used <= 0 {
		t.Errorf("%+v", now)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if s := Look(ended, time.Hour); s.Lost != 0 || s.Late != 0 {
		t.Errorf("%+v", s)
	}
}
