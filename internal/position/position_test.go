package position_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
)

var (
	mv = marks.Run{Origin: "MV", Boot: 11}
	pa = marks.Run{Origin: "PA", Boot: 36}
)

func TestAPositionIsOneLineOfIdentities(t *testing.T) {
	var v marks.Vector
	v.Set(marks.Mark{Run: pa, Seq: 7, First: 8})
	v.Set(marks.Mark{Run: mv, Seq: 41})
	p := position.Of(&v)
	if got, want := p.String(), "zog1:MV.b.41,PA.10.7"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	v.Raise(mv, 50)
	if p.Seq(mv) != 41 {
		t.Error("a change of the vector has changed the position")
	}
	if got := (position.Position{}).String(); got != "zog1:" {
		t.Errorf("nothing read is %s", got)
	}
}

// After is the same as raising a vector, in whatever order it is called, and leaves the
// position as it was.
func TestAfter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want marks.Vector
		var p position.Position
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			run := rapid.SampledFrom([]marks.Run{mv, pa}).Draw(t, "run")
			seq := rapid.Uint64Range(1, 9).Draw(t, "seq")
			before, text := p, p.String()
			p = p.After(run, seq)
			want.Raise(run, seq)
			if got, want := p.String(), position.Of(&want).String(); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
			if p.Seq(run) != want.Seq(run) || before.String() != text {
				t.Fatalf("%d in %v, %s before", p.Seq(run), p, before)
			}
		}
	})
}

// A Moving says at any time what a Position says that was moved in the same way.
func TestMoving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var want marks.Vector
		m := position.Position{}.Moving()
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			run := marks.Run{Origin: rapid.SampledFrom([]string{"MV", "PA", "S"}).Draw(t, "origin"), Boot: rapid.Uint64Range(1, 3).Draw(t, "boot")}
			seq := rapid.Uint64Range(1, 9).Draw(t, "seq")
			m.Raise(run, seq)
			want.Raise(run, seq)
			if rapid.Bool().Draw(t, "goes on") {
				m = m.Position().Moving()
			}
			if rapid.Bool().Draw(t, "looks") {
				if got, want := string(m.AppendText(nil)), position.Of(&want).String(); got != want {
					t.Fatalf("%s, want %s", got, want)
				}
			}
		}
		if got, want := m.Position().String(), position.Of(&want).String(); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"", "zog2:", "zog1", " zog1:", "zog1:\n", "zog1:MV.b", "zog1:MV.b.0", "zog1:MV.b.041", "zog1:MV.0b.41", "zog1:MV.B.41",
		"zog1:MV.b.41,", "zog1:,MV.b.41", "zog1:PA.10.7,MV.b.41", "zog1:MV.b.41,MV.b.41", "zog1:MV.b.+41", "zog1:M_V.b.41",
		"zog1:MV.b.41.2", "zog1:MV.0.41", "zog1:MV.b.281474976710656", "zog1:MV.zzzzzzzzz.41", "zog1:MV.b.1," + strings.Repeat("MV.c.1,", 1<<17),
	} {
		if p, err := position.Parse(text); err == nil {
			t.Errorf("%.60q is %.60v", text, p)
		}
	}
}

// FuzzParse: whatever is read is what was written.
func FuzzParse(f *testing.F) {
	f.Add("zog1:")
	f.Add("zog1:MV.b.41,PA.10.7")
	f.Add("zog1:PA.10.7,MV.b.41")
	f.Add("zog1:MV.b.041")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := position.Parse(text)
		if err != nil {
			return
		}
		if p.String() != text {
			t.Errorf("%q is written as %q", text, p)
		}
		if again := position.Of(p.Vector()); again.String() != text {
			t.Errorf("%q becomes %q", text, again)
		}
	})
}
