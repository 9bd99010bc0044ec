package repair

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
)

// life is a host that lacks lines, by a clock of its own: peers that were asked and not
// left bring what they have at their rate.
type life struct {
	c      *Selector
	now    time.Time
	taken  *marks.Vector
	rate   []float64 // of each peer, lines in a second
	has    []*marks.Vector
	brings []bool
	due    []float64
	asked  []int
	left   []int
}

// lives is a host in a ring of four, which peers have told nothing yet.
func lives(rates ...float64) *life {
	n := len(rates)
	l := &life{c: chooser(n), now: at(0), taken: new(marks.Vector), rate: rates, has: make([]*marks.Vector, n)}
	l.brings, l.due, l.asked, l.left = make([]bool, n), make([]float64, n), make([]int, n), make([]int, n)
	for i := range l.has {
		l.has[i] = new(marks.Vector)
	}
	return l
}

// pass lets time go by, in which peers send what they were asked for.
func (l *life) pass(d time.Duration) {
	l.now = l.now.Add(d)
	for peer := range l.brings {
		if !l.brings[peer] {
			continue
		}
		l.due[peer] += l.rate[peer] * d.Seconds()
		for _, m := range l.has[peer].Marks() {
			have := l.taken.Seq(m.Run)
			if n := min(uint64(l.due[peer]), m.Seq-min(m.Seq, have)); n > 0 {
				l.taken.Raise(m.Run, have+n)
				l.due[peer] -= float64(n)
			}
		}
		l.due[peer] = min(l.due[peer], l.rate[peer])
		l.c.Taken(peer, l.taken, l.now)
	}
}

// says has a peer tell what it has, or claims to have.
func (l *life) says(peer int, words *marks.Vector, hello bool) {
	var wanted []marks.Run
	for m := range words.All() {
		wanted = append(wanted, m.Run)
	}
	l.do(peer, l.c.Heard(Report{Wanted: wanted, Peer: peer, Marks: words.Clone(), Hello: hello}, l.taken, l.now))
}

func (l *life) do(peer int, a Decision) {
	if a.Replace {
		l.left[a.Replaced]++
		l.brings[a.Replaced] = false
		l.c.Disconnected(a.Replaced, l.now)
	}
	if a.Ask {
		l.asked[peer]++
		l.brings[peer], l.due[peer] = true, 0
	}
}

// goOn lets the peers given speak every half second for a while.
func (l *life) goOn(d time.Duration, peers ...int) {
	for end := l.now.Add(d); l.now.Before(end); {
		l.pass(500 * time.Millisecond)
		for _, peer := range peers {
			l.says(peer, l.has[peer], l.c.vectors[peer] == nil)
		}
	}
}

const million = 1_000_000

func TestWhoBringsOneLineASecondIsLeft(t *testing.T) {
	l := lives(0, 1, 100_000, 0)
	l.has[1], l.has[2] = upTo(million), upTo(million)
	l.says(1, l.has[1], true)
	l.goOn(5500*time.Millisecond, 1, 2)
	if l.asked[2] != 1 || l.left[1] != 1 {
		t.Errorf("after 5.5 s: asked %v, left %v", l.asked, l.left)
	}
	l.goOn(11*time.Second, 1, 2)
	if n := l.taken.Seq(run); n < million || l.asked[1] > 1 {
		t.Errorf("it has %d lines after 16.5 s; asked %v", n, l.asked)
	}
}

// A slow link is slow, and not a reason to have nothing.
func TestWhoIsSlowIsNotLeftWhereNobodyIsBetter(t *testing.T) {
	for name, rates := range map[string][]float64{
		"alone":                {0, 60, 0, 0},
		"all are as slow":      {0, 60, 60, 60},
		"the others are worse": {0, 60, 20, 1},
		"they vary":            {0, 60, 90, 75},
	} {
		t.Run(name, func(t *testing.T) {
			l := lives(rates...)
			var peers []int
			for peer, rate := range rates {
				if rate > 0 {
					l.has[peer], peers = upTo(million), append(peers, peer)
				}
			}
			l.goOn(9*time.Minute, peers...)
			if n := l.taken.Seq(run); n < 9*60*60*9/10 {
				t.Errorf("%d lines in 9 minutes; asked %v", n, l.asked)
			}
			for peer, n := range l.asked {
				if n > 3 {
					t.Errorf("peer %d was asked %d times", peer, n)
				}
			}
		})
	}
}

// The turn of a fast peer ends too: what it sends may be worthless.
func TestATurnLastsAMinute(t *testing.T) {
	junk := marks.Run{Origin: "G", Boot: 9}
	l := lives(0, 50_000, 100_000, 0)
	l.has[1].Raise(junk, 1<<40)
	l.has[2] = upTo(million)
	l.says(1, l.has[1], true)
	l.goOn(59*time.Second, 1, 2)
	if l.asked[2] > 0 {
		t.Error("who is fast is left at once")
	}
	l.goOn(12*time.Second, 1, 2)
	if n := l.taken.Seq(run); n < million {
		t.Errorf("%d lines; asked %v, left %v", n, l.asked, l.left)
	}
}

// A peer that is known to be slow does not replace a fast one.
func TestAFastOneIsNotLeftForASlowOne(t *testing.T) {
	l := lives(0, 5000, 60, 0)
	l.has[1], l.has[2] = upTo(million), upTo(million)
	l.says(2, l.has[2], true)
	l.goOn(150*time.Second, 1, 2)
	if l.asked[2] != 1 || l.asked[1] != 1 {
		t.Errorf("asked %v", l.asked)
	}
}

// A report names some of many runs. A repairer that goes on to what the next reports name
// makes progress.
func TestManyRunsAreBroughtAFewAtATime(t *testing.T) {
	c, taken, has := chooser(3), new(marks.Vector), new(marks.Vector)
	var all []marks.Run
	for boot := range uint64(100) {
		all = append(all, marks.Run{Origin: "LA", Boot: boot + 1})
		has.Raise(all[boot], 10)
	}
	for n := range 40 {
		c.Heard(Report{Peer: 1, Marks: has, Wanted: all[2*n : 2*n+2], More: true, Hello: n == 0}, taken, at(float64(n)/2))
		repairer(t, c, 1)
		for _, run := range all[2*n : 2*n+2] {
			taken.Raise(run, 10)
		}
		c.Heard(Report{Peer: 2, Marks: taken, Hello: n == 0}, taken, at(float64(n)/2+0.1))
		repairer(t, c, 1)
	}
	if c.history[1].rate < 30 || c.history[1].fails > 0 {
		t.Errorf("it brings 40 lines a second, and %v are counted; it failed %d times", c.history[1].rate, c.history[1].fails)
	}
}

// What is nearly done is not given to another.
func TestTheLastLinesAreWaitedFor(t *testing.T) {
	l := lives(0, 10, 100_000, 0)
	l.has[1], l.has[2] = upTo(90), upTo(90)
	l.says(1, l.has[1], true)
	l.goOn(10*time.Second, 1, 2)
	if l.taken.Seq(run) != 90 || l.asked[2] > 0 {
		t.Errorf("%d lines; asked %v", l.taken.Seq(run), l.asked)
	}
}

// A peer that claims what it does not send is excluded for longer each time, while there
// are other peers. Otherwise it is asked every half minute.
func TestWhoFailsIsLeftOutForLongerEachTime(t *testing.T) {
	c, taken := chooser(4), upTo(5)
	now, last := at(0), at(-1000)
	var pauses []time.Duration
	for now.Before(at(3000)) {
		c.Heard(hello(2, 5), taken, now)
		asks := c.Heard(hello(1, 1<<40), taken, now).Ask
		// Another has something too; it is not heard here, so it is not asked.
		other := upTo(taken.Seq(run) + 1)
		c.vectors[3], c.wanted[3] = other, runs
		if asks {
			pauses = append(pauses, now.Sub(last))
			last = now
		}
		now = now.Add(time.Second)
	}
	want := []float64{1000, 36, 66, 126, 246, 486, 486, 486, 486, 486}
	for i, p := range pauses {
		if p.Seconds() != want[min(i, len(want)-1)] {
			t.Errorf("pause %d is %v, want %v s", i, p, want[min(i, len(want)-1)])
		}
	}
	if len(pauses) < 6 {
		t.Errorf("pauses %v", pauses)
	}
	c = chooser(4)
	asked := 0
	for s := range 361 {
		if c.Heard(hello(1, 1<<40), taken, at(float64(s))).Ask {
			asked++
		}
	}
	if asked != 11 {
		t.Errorf("alone it is asked %d times in six minutes", asked)
	}
}

// A gap does not make the host ask a peer that has failed, if another has what is missing.
func TestAGapOfOneThatFailedWaitsForAnother(t *testing.T) {
	c, taken := asked(t), upTo(5)
	c.Heard(hello(1, 10), taken, at(6))
	c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(5)}, taken, at(6))
	c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(10)}, taken, at(6))
	early := marks.Mark{Run: run, Seq: 9}
	if c.Gap(1, early, taken, at(7)) {
		t.Error("who failed is asked")
	}
	if !c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(10)}, taken, at(7)).Ask {
		t.Error("the other is not asked")
	}
}

// Whatever one peer does, the lines of an honest one arrive within a limited time.
func TestAnHonestPeerIsAskedWhateverAnotherDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := lives(0, 0, 20_000, 0)
		const lies, honest = 1, 2
		l.has[honest] = upTo(200_000)
		pace := time.Duration(rapid.IntRange(1, 5).Draw(t, "seconds between words")) * time.Second
		next := l.now.Add(time.Duration(rapid.IntRange(0, 1000).Draw(t, "first word, ms")) * time.Millisecond)
		liar := aLiar(t, l, lies)
		for l.now.Before(at(120)) && l.taken.Seq(run) < 200_000 {
			l.pass(100 * time.Millisecond)
			liar()
			if !l.now.Before(next) {
				next = l.now.Add(pace)
				l.says(honest, l.has[honest], l.c.vectors[honest] == nil)
			}
		}
		if n := l.taken.Seq(run); n < 200_000 {
			t.Fatalf("%d lines in two minutes; asked %v, left %v", n, l.asked, l.left)
		}
	})
}

// aLiar returns what a lying peer does at each step: a row of tricks, over and over.
func aLiar(t *rapid.T, l *life, peer int) func() {
	junk := marks.Run{Origin: "PA", Boot: 9}
	seq := uint64(0)
	tricks := map[string]func(){
		"claims":    func() { l.has[peer].Raise(junk, 1<<40); l.says(peer, l.has[peer], false) },
		"more":      func() { l.has[peer].Raise(run, 1<<40); l.says(peer, l.has[peer], false) },
		"withdraws": func() { l.has[peer] = new(marks.Vector); l.says(peer, l.has[peer], false) },
		"one":       func() { seq++; l.taken.Raise(junk, seq); l.c.Taken(peer, l.taken, l.now) },
		"truth":     func() { l.taken.Raise(run, l.taken.Seq(run)+1); l.c.Taken(peer, l.taken, l.now) },
		"flood":     func() { seq += 10_000; l.taken.Raise(junk, seq); l.c.Taken(peer, l.taken, l.now) },
		"greets":    func() { l.c.Disconnected(peer, l.now); l.says(peer, l.has[peer], true) },
		"gap": func() {
			l.do(peer, Decision{Ask: l.c.Gap(peer, marks.Mark{Run: junk, Seq: seq + 2}, l.taken, l.now)})
		},
		"waits": func() {},
	}
	names := []string{"claims", "more", "withdraws", "one", "truth", "flood", "greets", "gap", "waits"}
	row := rapid.SliceOfN(rapid.SampledFrom(names), 1, 12).Draw(t, "tricks")
	every := rapid.SliceOfN(rapid.IntRange(1, 60), 1, 12).Draw(t, "steps between")
	i, wait := 0, 0
	return func() {
		if wait > 0 {
			wait--
			return
		}
		tricks[row[i%len(row)]]()
		wait = every[i%len(every)] - 1
		i++
	}
}

func ExampleSelector() {
	index := func(string) (int, bool) { return 0, false }
	c, has, now := New(3, 0, index), new(marks.Vector), time.Unix(0, 0)
	has.Raise(marks.Run{Origin: "LA", Boot: 1}, 10)
	do := c.Heard(Report{Wanted: runs, Peer: 1, Marks: has, Hello: true}, new(marks.Vector), now)
	fmt.Println(do.Ask)
	// Output: true
}
