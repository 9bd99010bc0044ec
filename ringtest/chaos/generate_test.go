package chaos

import (
	"reflect"
	"slices"
	"testing"
	"time"
)

// hour is a schedule's length with room for every kind.
var hour = Config{Hosts: 5, Lasts: time.Hour}

// The same seed gives the same schedule, and another one another.
func TestSeeds(t *testing.T) {
	texts := map[string]uint64{}
	for seed := range uint64(20) {
		s := Generate(seed, hour)
		if again := Generate(seed, hour); !reflect.DeepEqual(s, again) {
			t.Fatalf("seed %d:\n%v\n%v", seed, s, again)
		}
		s.Seed = 0
		if other, there := texts[s.String()]; there {
			t.Errorf("seeds %d and %d give the same schedule", seed, other)
		}
		texts[s.String()] = seed
	}
}

// What a seed gives stays what it was: a seed that somebody has written down
// must be worth something. Whoever changes the generator changes this on purpose.
func TestGolden(t *testing.T) {
	const want = `chaos seed=1 hosts=5 lasts=3m0s
38.9s oneway hosts=1,2 for=2.15s
49.8s panic hosts=1 of=RolledBack n=16 mode=after for=17.1s
58.4s full hosts=3 for=2.312s
1m5.1s crash hosts=0 mode=all for=1.947s
1m6.9s pause hosts=2 for=601ms
1m22.3s crash hosts=3 mode=some for=8.698s
1m24.4s full hosts=1 for=634ms
1m34s panic hosts=0 of=Adopt n=18 mode=before for=16.6s
1m46.5s crash hosts=1 mode=synced for=1.036s
1m47.6s oneway hosts=3,0 for=756ms
1m53.6s crash hosts=0 mode=all for=1.421s
1m56.5s panic hosts=2 of=Report n=15 mode=before for=1.309s
`
	got := Generate(1, Config{Hosts: 5, Lasts: 3 * minute, Kinds: []Kind{Crash, Pause, OneWay, Full, Panic}, Interval: 20 * second})
	if got.String() != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
}

// Whatever is generated is a schedule, keeps what was acknowledged, is over in
// time and can be read back.
func TestGenerated(t *testing.T) {
	for seed := range uint64(25) {
		for _, c := range []Config{
			hour,
			{Hosts: 1, Lasts: 10 * minute},
			{Hosts: 2, Lasts: 10 * minute, Interval: second},
			{Hosts: 9, Lasts: 2 * minute, Settle: 10 * second, Spread: second, Recovery: 2 * second, Interval: 500 * ms},
			{Hosts: 5, Lasts: second},
		} {
			s := Generate(seed, c)
			if err := s.Check(); err != nil {
				t.Fatalf("seed %d, %+v: %v", seed, c, err)
			}
			if err := c.KeepsData(s); err != nil {
				t.Fatalf("seed %d, %+v: %v", seed, c, err)
			}
			for _, step := range s.Steps {
				if step.End() > s.Lasts-c.withDefaults().Settle {
					t.Fatalf("seed %d: %v ends at %v", seed, step, step.End())
				}
				if most := max(byKind[step.Kind].lasts.least, c.Lasts/10); step.For > round(most) {
					t.Fatalf("seed %d: %v lasts long in a schedule of %v", seed, step, c.Lasts)
				}
			}
			again, err := Parse(s.String())
			if err != nil || len(s.Steps) > 0 && !reflect.DeepEqual(again, s) {
				t.Fatalf("seed %d: %v\n%v\n%v", seed, err, s, again)
			}
		}
	}
}

// All kinds are equally frequent, and so are all hosts, modes and words.
func TestEven(t *testing.T) {
	counts := map[string]int{}
	for seed := range uint64(60) {
		for _, step := range Generate(seed, Config{Hosts: 5, Lasts: 2 * time.Hour}).Steps {
			counts["kind "+string(step.Kind)]++
			if step.Kind == Crash {
				counts["crash "+step.Mode]++
				counts["host "+string(rune('0'+step.Hosts[0]))]++
			}
			if step.Of != "" {
				counts["of "+step.Of]++
			}
		}
	}
	for _, group := range []struct {
		prefix string
		words  []string
	}{
		{"kind ", texts(Kinds())},
		{"crash ", byKind[Crash].modes},
		{"host ", []string{"0", "1", "2", "3", "4"}},
		{"of ", hour.withDefaults().MessageTypes},
	} {
		most, least := 0, 1<<30
		for _, word := range group.words {
			most, least = max(most, counts[group.prefix+word]), min(least, counts[group.prefix+word])
		}
		if least < 10 || most > 2*least {
			t.Errorf("%s: from %d to %d: %v", group.prefix, least, most, counts)
		}
	}
}

func texts(kinds []Kind) (texts []string) {
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return texts
}

// Faults overlap, but not two that stop and start one host, nor two of a kind in
// one place.
func TestOverlaps(t *testing.T) {
	overlaps := 0
	for seed := range uint64(20) {
		steps := Generate(seed, Config{Hosts: 3, Lasts: time.Hour, Interval: 3 * second}).Steps
		for i, step := range steps {
			for _, other := range steps[:i] {
				if other.End() <= step.At {
					continue
				}
				overlaps++
				if step.Kind == other.Kind && slices.ContainsFunc(step.Hosts, func(h int) bool { return slices.Contains(other.Hosts, h) }) {
					t.Fatalf("seed %d: %v, and %v", seed, other, step)
				}
				if step.Kind.governs() && other.Kind.governs() && step.Hosts[0] == other.Hosts[0] {
					t.Fatalf("seed %d: %v, and %v", seed, other, step)
				}
			}
		}
	}
	if overlaps < 1000 {
		t.Errorf("%d overlaps", overlaps)
	}
}

// Only what is wanted, and what can be, is drawn.
func TestKindsWanted(t *testing.T) {
	for _, c := range []struct {
		config Config
		want   []Kind
	}{
		{Config{Hosts: 5, Kinds: []Kind{Pause, Crash, "unheard"}}, []Kind{Crash, Pause}},
		{Config{Hosts: 1, Kinds: []Kind{Pause, Partition, Reset}}, []Kind{Pause}},
		{Config{Hosts: 5, Kinds: []Kind{Hang, Drop}, DiskOps: []string{}}, []Kind{Drop}},
		{Config{Hosts: 5, Kinds: []Kind{}}, nil},
	} {
		c.config.Lasts = time.Hour
		var got []Kind
		for _, step := range Generate(1, c.config).Steps {
			got = append(got, step.Kind)
		}
		slices.Sort(got)
		if got = slices.Compact(got); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %q", c.config, got)
		}
	}
}

func TestMayBegin(t *testing.T) {
	crash := Step{At: 10 * second, For: 5 * second, Kind: Crash, Hosts: []int{0}, Mode: "all"}
	wipe := Step{At: 100 * second, For: 5 * second, Amount: 3 * second, Kind: Wipe, Hosts: []int{1}}
	keep := Step{Kind: SyncFail, Hosts: []int{1}, For: second, Mode: "keep"}
	lose := Step{Kind: SyncFail, Hosts: []int{1}, For: second, Mode: "lose"}
	for _, c := range []struct {
		name   string
		step   Step
		at     time.Duration
		before []Step
		want   time.Duration
	}{
		{"a crash at once", crash, 0, nil, 0},
		{"a crash with another", crash, 11 * second, []Step{crash}, 11 * second},
		{"a wipe not at once", wipe, 0, nil, 30 * second},
		{"a wipe after a crash", wipe, 20 * second, []Step{crash}, 45 * second},
		{"a wipe long after a crash", wipe, 50 * second, []Step{crash}, 50 * second},
		{"a crash after a wipe", crash, 104 * second, []Step{crash, wipe}, 168 * second},
		{"a wipe after a wipe", wipe, 104 * second, []Step{crash, wipe}, 168 * second},
		{"a failed sync that loses nothing", keep, 11 * second, []Step{crash}, 11 * second},
		{"a failed sync that loses", lose, 11 * second, []Step{crash}, 45 * second},
	} {
		if got := (Config{}).MayBegin(c.step, c.at, c.before); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	s := Schedule{Hosts: 2, Lasts: time.Hour, Steps: []Step{crash, wipe}}
	if err := (Config{}).KeepsData(s); err != nil {
		t.Error(err)
	}
	s.Steps[1].At = 44 * second
	if err := (Config{}).KeepsData(s); err == nil {
		t.Error("a wipe 29 s after a crash is let pass")
	}
}
