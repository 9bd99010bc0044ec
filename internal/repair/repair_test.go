package repair

import (
	"testing"
	"time"

	"xlattice.org/zog/internal/marks"
)

// run is of a host that is not in the ring.
var run = marks.Run{Origin: "LA", Boot: 1}

// chooser is the Selector of host 0 in a ring of n hosts: MV, PA, G, S.
func chooser(n int) *Selector {
	names := map[string]int{"MV": 0, "PA": 1, "G": 2, "S": 3}
	return New(n, 0, func(origin string) (int, bool) {
		i, ok := names[origin]
		return i, ok && i < n
	})
}

// runs are wanted.
var runs = []marks.Run{run}

// upTo has the messages 1 to seq of a run.
func upTo(seq uint64) *marks.Vector {
	t := new(marks.Vector)
	t.Raise(run, seq)
	return t
}

// at is a time in seconds from a beginning.
func at(seconds float64) time.Time {
	return time.Unix(1000, 0).Add(time.Duration(seconds * float64(time.Second)))
}

// hello is the first Report of a connection: the peer has 1 to seq.
func hello(peer int, seq uint64) Report {
	return Report{Wanted: runs, Peer: peer, Marks: upTo(seq), Hello: true}
}

// asked is a Selector of host 0 that has just asked peer 1, which has 1 to 10.
func asked(t *testing.T) *Selector {
	t.Helper()
	c := chooser(4)
	if !c.Heard(hello(1, 10), upTo(5), at(0)).Ask {
		t.Fatal("peer 1 was not asked")
	}
	return c
}

// repairer fails unless peer is the one that was asked; none is nobody.
func repairer(t *testing.T, c *Selector, peer int) {
	t.Helper()
	if got, ok := c.Repairer(); got != peer || ok != (peer != none) {
		t.Errorf("the repairer is %d, %v, want %d", got, ok, peer)
	}
}

func TestAWordIsJudgedByWhatWasKnownBefore(t *testing.T) {
	for name, tt := range map[string]struct {
		before *marks.Vector // its word before this one, if any
		word   Report
		ask    bool
	}{
		"hello, has what we lack":                   {nil, hello(1, 6), true},
		"hello, has what we have":                   {nil, hello(1, 5), false},
		"hello, has less":                           {nil, hello(1, 0), false},
		"hello, and it had what we lack before":     {upTo(6), hello(1, 6), true},
		"hello, and it had only what we have":       {upTo(5), hello(1, 6), true},
		"a word later we lack what it had":          {upTo(6), Report{Wanted: runs, Peer: 1, Marks: upTo(7)}, true},
		"a word later we have all that it had then": {upTo(5), Report{Wanted: runs, Peer: 1, Marks: upTo(7)}, false},
		"a first word that is no hello":             {nil, Report{Wanted: runs, Peer: 1, Marks: upTo(6)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			c, want := chooser(4), none
			if tt.before != nil {
				c.Heard(Report{Wanted: runs, Peer: 1, Marks: tt.before}, tt.before, at(0))
			}
			if tt.ask {
				want = 1
			}
			if got := c.Heard(tt.word, upTo(5), at(1)).Ask; got != tt.ask {
				t.Errorf("asks: %v", got)
			}
			repairer(t, c, want)
		})
	}
}

func TestOneIsAskedAtATime(t *testing.T) {
	c := asked(t)
	if c.Heard(hello(2, 20), upTo(5), at(1)).Ask {
		t.Error("peer 2 is asked by its marks while peer 1 is at it")
	}
	if c.Gap(2, marks.Mark{Run: run, Seq: 9}, upTo(5), at(1)) || c.Gap(1, marks.Mark{Run: run, Seq: 9}, upTo(5), at(1)) {
		t.Error("a gap is asked for while peer 1 is at it")
	}
	repairer(t, c, 1)
}

func TestARepairIsDoneWhenOurMarksReachTheRepairers(t *testing.T) {
	c := asked(t)
	c.Heard(Report{Wanted: runs, Peer: 1, Marks: upTo(12)}, upTo(11), at(1))
	repairer(t, c, 1)
	c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(11)}, upTo(11), at(1))
	repairer(t, c, 1)
	if c.Heard(Report{Wanted: runs, Peer: 1, Marks: upTo(12)}, upTo(12), at(1)).Ask {
		t.Error("it is asked again when it is done")
	}
	repairer(t, c, none)
	if !c.Heard(hello(2, 20), upTo(12), at(1)).Ask {
		t.Error("then the others are not compared with")
	}
}

// At five seconds without a message a repairer still has its chance.
func TestPatienceLastsFiveSeconds(t *testing.T) {
	for name, tt := range map[string]struct {
		progress float64 // when a word showed that it had brought something
		until    float64
		want     int
	}{
		"nothing for 5 s":                      {0, 5, 1},
		"nothing for more":                     {0, 5.001, none},
		"something at 4 s, and 5 s later":      {4, 9, 1},
		"something at 4 s, and more than that": {4, 9.001, none},
	} {
		t.Run(name, func(t *testing.T) {
			c, taken := asked(t), upTo(5)
			if tt.progress > 0 {
				taken = upTo(8)
				c.Heard(Report{Wanted: runs, Peer: 3, Marks: upTo(0)}, taken, at(tt.progress))
			}
			c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(0), Hello: true}, taken, at(tt.until))
			repairer(t, c, tt.want)
		})
	}
}

func TestWhoFailedIsLeftOutForAWhile(t *testing.T) {
	c := asked(t)
	if c.Heard(hello(1, 10), upTo(5), at(6)).Ask {
		t.Error("who has just failed is asked at once")
	}
	repairer(t, c, none)
	if c.Heard(hello(1, 10), upTo(5), at(35.999)).Ask {
		t.Error("it is asked again within 30 s")
	}
	if !c.Heard(hello(1, 10), upTo(5), at(36)).Ask {
		t.Error("it is not asked again after 30 s")
	}
}

// The link that a gap shows on is the one to ask, whatever it did before.
func TestAGapIsAskedForOnItsOwnLink(t *testing.T) {
	c := asked(t)
	c.Heard(hello(1, 10), upTo(5), at(6))
	if !c.Gap(1, marks.Mark{Run: run, Seq: 9}, upTo(5), at(7)) {
		t.Error("the link of the gap is not asked")
	}
	repairer(t, c, 1)
}

func TestTheRepairOfAGapIsDoneWhenItIsClosed(t *testing.T) {
	for name, tt := range map[string]struct {
		peer  int
		taken uint64
		want  int
	}{
		"by its link":              {2, 9, none},
		"by its link, and more":    {2, 12, none},
		"not yet":                  {2, 8, 2},
		"by another link's doings": {1, 9, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := chooser(4)
			if !c.Gap(2, marks.Mark{Run: run, Seq: 9}, upTo(5), at(0)) {
				t.Fatal("the link of the gap is not asked")
			}
			c.Taken(tt.peer, upTo(tt.taken), at(1))
			repairer(t, c, tt.want)
		})
	}
}

// Only the repair of a gap knows the message that it waits for: not the one
// that comes after it.
func TestTheRepairThatMarksAskedForIsNotDoneByAMessage(t *testing.T) {
	c := chooser(4)
	c.Gap(1, marks.Mark{Run: run, Seq: 7}, upTo(5), at(0))
	c.Disconnected(1, at(0))
	if !c.Heard(hello(1, 10), upTo(5), at(1)).Ask {
		t.Fatal("peer 1 is not asked by its marks")
	}
	c.Taken(1, upTo(9), at(1))
	repairer(t, c, 1)
}

// The last report of a repairer names a line that is still on its way. The repairer has no
// reason to report again, and others have what it lacks.
func TestARepairIsDoneWhenItsLastLineComes(t *testing.T) {
	for name, tt := range map[string]struct {
		taken uint64 // when the other speaks, or sends a message that is too early
		ask   bool
	}{
		"it has come":            {12, true},
		"it is still on its way": {11, false},
	} {
		t.Run(name+", by the word of another", func(t *testing.T) {
			c := asked(t)
			c.Heard(Report{Wanted: runs, Peer: 1, Marks: upTo(12)}, upTo(11), at(1))
			if got := c.Heard(hello(2, 20), upTo(tt.taken), at(1.1)).Ask; got != tt.ask {
				t.Errorf("the other is asked: %v", got)
			}
		})
		t.Run(name+", by a gap", func(t *testing.T) {
			c := asked(t)
			c.Heard(Report{Wanted: runs, Peer: 1, Marks: upTo(12)}, upTo(11), at(1))
			if got := c.Gap(2, marks.Mark{Run: run, Seq: 30}, upTo(tt.taken), at(1.1)); got != tt.ask {
				t.Errorf("the link of the gap is asked: %v", got)
			}
		})
	}
}

func TestARepairerThatHasGoneIsNoRepairer(t *testing.T) {
	c := asked(t)
	c.Disconnected(2, at(0))
	repairer(t, c, 1)
	c.Disconnected(1, at(0))
	repairer(t, c, none)
	if !c.Heard(hello(2, 10), upTo(5), at(1)).Ask {
		t.Error("nobody is asked in its place")
	}
}

// What a connection said before it ended says nothing of what is on its way on
// the next one.
func TestTheWordsOfAConnectionEndWithIt(t *testing.T) {
	c := chooser(4)
	c.Heard(hello(1, 5), upTo(5), at(0))
	c.Disconnected(1, at(0))
	if !c.Heard(Report{Wanted: runs, Peer: 1, Marks: upTo(6)}, upTo(5), at(1)).Ask {
		t.Error("a word of an earlier connection counts")
	}
}

// from has the lines first to seq of the run.
func from(first, seq uint64) *marks.Vector {
	t := new(marks.Vector)
	t.Set(marks.Mark{Run: run, Seq: seq, First: first})
	return t
}

// A hole is declared only if no peer has a line in it: all peers say so, or all that were
// connected within the time that peers are waited for.
func TestAHoleIsDeclaredWhereNobodyHasMore(t *testing.T) {
	for name, tt := range map[string]struct {
		words map[int]*marks.Vector // of the peers 1 to 3
		taken *marks.Vector
		when  float64
		want  bool
	}{
		"all have retired the same":       {map[int]*marks.Vector{1: from(8, 10), 2: from(8, 10), 3: from(8, 10)}, upTo(5), 1, true},
		"for a new host":                  {map[int]*marks.Vector{1: from(8, 10), 2: from(8, 10), 3: from(8, 10)}, upTo(0), 1, true},
		"another has one before it":       {map[int]*marks.Vector{1: from(8, 10), 2: from(7, 10), 3: from(8, 10)}, upTo(5), 11, false},
		"another has all":                 {map[int]*marks.Vector{1: from(8, 10), 2: from(1, 6), 3: from(8, 10)}, upTo(5), 11, false},
		"another has only what we have":   {map[int]*marks.Vector{1: from(8, 10), 2: from(1, 5), 3: from(8, 10)}, upTo(5), 1, true},
		"another has no line":             {map[int]*marks.Vector{1: from(8, 10), 2: from(8, 7), 3: from(8, 10)}, upTo(5), 1, true},
		"another does not know the run":   {map[int]*marks.Vector{1: from(8, 10), 2: new(marks.Vector), 3: from(8, 10)}, upTo(5), 1, true},
		"one was not heard yet":           {map[int]*marks.Vector{1: from(8, 10), 2: from(8, 10)}, upTo(5), 59.999, false},
		"one was not heard for a minute":  {map[int]*marks.Vector{1: from(8, 10), 2: from(8, 10)}, upTo(5), 60, true},
		"it is not the first of the peer": {map[int]*marks.Vector{1: from(7, 10), 2: from(8, 10), 3: from(8, 10)}, upTo(5), 11, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := chooser(4)
			for peer := 1; peer < 4; peer++ {
				if w := tt.words[peer]; w != nil {
					c.Heard(Report{Wanted: runs, Peer: peer, Marks: w, Hello: true}, from(1, 100), at(0))
				}
			}
			if got := c.MayDeclareHole(1, run, 8, tt.taken, at(tt.when)); got != tt.want {
				t.Errorf("Bridge is %v", got)
			}
		})
	}
}

// Whoever has the oldest line is asked first, and the next only when it is done.
func TestTheOldestLinesAreAskedForFirst(t *testing.T) {
	c, none := chooser(3), new(marks.Vector)
	if c.Heard(Report{Wanted: runs, Peer: 1, Marks: from(8, 10), Hello: true}, none, at(0)).Ask {
		t.Error("a peer is asked for lines from 8 on, and another was not heard yet")
	}
	if !c.Heard(Report{Wanted: runs, Peer: 2, Marks: from(4, 9), Hello: true}, none, at(1)).Ask {
		t.Error("the peer with the oldest line is not asked")
	}
	c.Heard(Report{Wanted: runs, Peer: 2, Marks: from(4, 9)}, from(4, 9), at(2))
	repairer(t, c, -1)
	if !c.Heard(Report{Wanted: runs, Peer: 1, Marks: from(8, 10)}, from(4, 9), at(2)).Ask {
		t.Error("then the other one is not asked for what is left")
	}
}

// What a peer has retired it cannot give, and is not asked for.
func TestAGapThatThePeerCannotCloseIsNotAskedFor(t *testing.T) {
	c := chooser(4)
	c.Heard(Report{Wanted: runs, Peer: 1, Marks: from(8, 10), Hello: true}, from(1, 100), at(0))
	if c.Gap(1, marks.Mark{Run: run, Seq: 8}, upTo(5), at(1)) {
		t.Error("the peer is asked for 6 and 7, which it has not got")
	}
	if !c.Gap(1, marks.Mark{Run: run, Seq: 9}, upTo(7), at(1)) {
		t.Error("the peer is not asked for 8, which it has")
	}
}

// A peer whose connection has just ended may come back with what is missing.
func TestAPeerThatHasJustGoneIsWaitedFor(t *testing.T) {
	c := chooser(3)
	c.Heard(Report{Wanted: runs, Peer: 1, Marks: from(8, 10), Hello: true}, from(1, 100), at(0))
	c.Heard(Report{Wanted: runs, Peer: 2, Marks: upTo(10), Hello: true}, from(1, 100), at(0))
	c.Disconnected(2, at(1000))
	if c.MayDeclareHole(1, run, 8, upTo(5), at(1059.9)) {
		t.Error("a hole is declared while a peer with the lines dials again")
	}
	c.Disconnected(2, at(1055))
	if !c.MayDeclareHole(1, run, 8, upTo(5), at(1060)) {
		t.Error("a peer that is away is waited for for ever")
	}
}
