package ring

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestSet(t *testing.T) {
	if All(0) != 0 || All(5) != 0b11111 || All(MaxHosts) != 1<<64-1 {
		t.Errorf("All(0), All(5), All(64) are %b, %b, %b", All(0), All(5), All(MaxHosts))
	}
	for _, out := range []int{-1, 64, math.MaxInt, math.MinInt} {
		if All(MaxHosts).Has(out) || Set(0).With(out) != 0 || All(5).Without(out) != All(5) {
			t.Errorf("index %d is in a set", out)
		}
	}
}

// A Set is a map from index to bool, only smaller.
func TestSetIsASet(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var s Set
		model := map[int]bool{}
		index := rapid.IntRange(0, MaxHosts-1)
		r.Repeat(map[string]func(*rapid.T){
			"with":    func(r *rapid.T) { i := index.Draw(r, "i"); s, model[i] = s.With(i), true },
			"without": func(r *rapid.T) { i := index.Draw(r, "i"); s = s.Without(i); delete(model, i) },
			"": func(r *rapid.T) {
				if s.Len() != len(model) {
					r.Fatalf("%d members, want %d", s.Len(), len(model))
				}
				for i := range MaxHosts {
					if s.Has(i) != model[i] {
						r.Fatalf("has %d: %v", i, s.Has(i))
					}
				}
			},
		})
	})
}

func TestScheme(t *testing.T) {
	for _, s := range []Scheme{Uniform, Respective} {
		if got, err := ParseScheme(s.String()); got != s || err != nil {
			t.Errorf("ParseScheme(%q) = %v, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "Uniform", "uniform ", "scheme(2)"} {
		if _, err := ParseScheme(name); err == nil {
			t.Errorf("ParseScheme(%q) takes it", name)
		}
	}
	if got := Scheme(2).String(); got != "scheme(2)" {
		t.Errorf("an unknown scheme is called %q", got)
	}
}
