package follow

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// message is one of a log.
type message struct {
	marks.Run
	seq  uint64
	time int64
}

// aLog is a log as it may be: runs in any order, each with seqs that count up, and with holes.
type aLog struct {
	messages []message
	held     *marks.Vector // First is behind the last hole
}

func drawLog(t *rapid.T) *aLog {
	l := &aLog{held: new(marks.Vector)}
	next, floor := make(map[marks.Run]uint64), make(map[marks.Run]uint64)
	now := int64(1000)
	for range rapid.IntRange(0, 40).Draw(t, "messages") {
		run := marks.Run{Origin: rapid.SampledFrom([]string{"MV", "PA", "G"}).Draw(t, "origin"), Boot: 7}
		if hole := rapid.SampledFrom([]uint64{0, 0, 0, 0, 1, 5}).Draw(t, "hole"); hole > 0 {
			next[run] += hole
			floor[run] = next[run]
		}
		next[run]++
		now += int64(rapid.SampledFrom([]int{0, 0, 1, 3, -2}).Draw(t, "step"))
		l.messages = append(l.messages, message{run, next[run], now})
	}
	if rapid.Bool().Draw(t, "a run without lines") {
		run := marks.Run{Origin: "LA", Boot: 7}
		next[run], floor[run] = 9, 9
	}
	for run, seq := range next {
		l.held.Set(marks.Mark{Run: run, Seq: seq, First: floor[run] + 1})
	}
	return l
}

// rows returns messages as a reader does that knows some marks, in pieces.
func (l *aLog) rows(t *rapid.T, from int, seen *marks.Vector) (pieces [][]row.Row) {
	var b row.Builder
	add := func() {
		if rows := b.Take(); len(rows) > 0 {
			pieces = append(pieces, rows)
		}
	}
	for _, m := range l.messages[from:] {
		if m.seq <= seen.Seq(m.Run) {
			continue
		}
		b.Add(&row.Head{Run: m.Run, Seq: m.seq, Time: m.time}, fmt.Appendf(nil, "%s %d\r\n", m.Origin, m.seq))
		if rapid.IntRange(0, 3).Draw(t, "end of piece") == 0 {
			add()
		}
	}
	add()
	return pieces
}

// drawPosition draws what a client may have.
func drawPosition(t *rapid.T, l *aLog) *marks.Vector {
	v := new(marks.Vector)
	for m := range l.held.All() {
		v.Raise(m.Run, rapid.Uint64Range(0, m.Seq+3).Draw(t, "has"))
	}
	v.Raise(marks.Run{Origin: "S", Boot: 1}, 4)
	return v
}

// A client is sent each message that it lacks, in the order of the log, and told of each that the log
// does not have, before what stands behind it. Its position is then that of the log.
func TestEachMessageIsSentOrToldToBeAHole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLog(t)
		position := drawPosition(t, l)
		client := position.Clone()
		c := NewCursor("MV", position)
		var out []byte
		for _, rows := range l.rows(t, 0, client) {
			out = c.Append(out, rows)
		}
		out = c.AppendHoles(out, l.held)
		out = c.AppendHoles(out, l.held)
		var want []message
		for _, m := range l.messages {
			if m.seq > client.Seq(m.Run) {
				want = append(want, m)
			}
		}
		got := takeFrames(t, out, client)
		if !slices.Equal(got, want) {
			t.Fatalf("sent are %v, want %v", got, want)
		}
		for m := range l.held.All() {
			if client.Seq(m.Run) < m.Seq {
				t.Fatalf("the position is %v", client.Marks())
			}
		}
		if len(c.Position().Changes(client)) > 0 {
			t.Fatalf("the cursor is at %v, the client at %v", c.Position().Marks(), client.Marks())
		}
	})
}

// takeFrames is the client: it fails at a message that does not follow on its position.
func takeFrames(t *rapid.T, out []byte, client *marks.Vector) (got []message) {
	id := uint64(0)
	for len(out) > 0 {
		var f frame.Frame
		body, n, err := frame.Split(out, frame.ClientLimit)
		if err == nil && n > 0 {
			err = frame.Decode(body, &f)
		}
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		out = out[n:]
		if f.Kind == frame.Ack {
			for _, m := range f.Ack.Marks {
				run := marks.Run{Origin: m.Origin, Boot: m.Boot}
				if !f.Ack.Delta || m.First != m.Seq+1 || m.Seq <= client.Seq(run) {
					t.Fatalf("told is %v", f.Ack)
				}
				client.Raise(run, m.Seq)
			}
			continue
		}
		for d, ok := f.Data, true; ok; ok = d.Next() {
			m := message{marks.Run{Origin: string(d.Origin), Boot: d.Boot}, d.Seq, d.TimeMS / 1000}
			if id++; d.ID != id || d.Seq != client.Seq(m.Run)+1 || !bytes.Equal(d.Text, fmt.Appendf(nil, "%s %d\r\n", d.Origin, d.Seq)) {
				t.Fatalf("%d: %v %q", d.ID, m, d.Text)
			}
			client.Raise(m.Run, m.seq)
			got = append(got, m)
		}
	}
	return got
}

// place is where a source begins in a log, as journal.Tail and journal.Since say.
func (l *aLog) place(from int) (begins *marks.Vector) {
	begins = new(marks.Vector)
	for _, m := range l.messages[:from] {
		begins.Raise(m.Run, m.seq)
	}
	firsts := make(map[marks.Run]uint64)
	for _, m := range slices.Backward(l.messages[from:]) {
		firsts[m.Run] = m.seq
	}
	for run, first := range firsts {
		if begins.Seq(run) == 0 {
			begins.Raise(run, first-1)
		}
	}
	return begins
}

// A finder leaves out what the client has, what is older than the last messages, and in each run what
// was taken before a time; and nothing else.
func TestWhatIsLeftOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLog(t)
		has := drawPosition(t, l)
		ask := Ask{
			Marks: has.Clone(),
			Last:  uint32(rapid.IntRange(0, 50).Draw(t, "last")),
			Since: rapid.SampledFrom([]int64{0, 1, 990_000, 1_000_000, 1_003_000, 1_010_500, 2_000_000, End}).Draw(t, "since"),
		}
		f := NewFinder(ask, l.held.Clone())
		for f.Source() != Found {
			source, from, before, skipped := f.Source(), 0, 0, true
			if source == Tail {
				cut := max(0, len(l.messages)-int(f.Last()))
				from = rapid.IntRange(0, cut).Draw(t, "segment")
				before = cut - from
			} else {
				for from < len(l.messages) && l.messages[from].time < f.Time() && rapid.IntRange(0, 5).Draw(t, "next") > 0 {
					from++
				}
				skipped = from > 0
			}
			begins := l.place(from)
			f.Begin(begins, skipped, uint64(before))
			for _, rows := range l.rows(t, from, begins) {
				if f.Source() == source {
					f.Read(rows)
				}
			}
			if f.Source() == source {
				f.EndOfLog()
			}
		}
		position := f.Position()
		for run, want := range l.wanted(&ask, has) {
			if got := position.Seq(run); got != want {
				t.Fatalf("%+v of %v: %s begins behind %d, want %d", ask, l.messages, run.Name(), got, want)
			}
		}
	})
}

// wanted returns the position by run, as the documentation says.
func (l *aLog) wanted(ask *Ask, has *marks.Vector) map[marks.Run]uint64 {
	want, closed, met := make(map[marks.Run]uint64), make(map[marks.Run]bool), make(map[marks.Run]uint64)
	for m := range has.All() {
		want[m.Run] = m.Seq
	}
	raise := func(run marks.Run, seq uint64) { want[run] = max(want[run], seq) }
	older := ask.Since > 0 && (ask.Since < 1000 || len(l.messages) > 0 && l.messages[0].time < ask.Since/1000)
	for i, m := range l.messages {
		if met[m.Run] == 0 && (older || ask.Last > 0) {
			raise(m.Run, m.seq-1) // retired, and older than all
		}
		met[m.Run]++
		if ask.Last > 0 && i < len(l.messages)-int(ask.Last) {
			raise(m.Run, m.seq)
		}
	}
	for _, m := range l.messages {
		closed[m.Run] = closed[m.Run] || m.seq > want[m.Run] && m.time >= ask.Since/1000
		if ask.Since > 0 && !closed[m.Run] {
			raise(m.Run, m.seq)
		}
	}
	for m := range l.held.All() {
		if ask.Since == End || m.First > m.Seq && (older || ask.Last > 0) {
			raise(m.Run, m.Seq)
		}
	}
	return want
}

// A follower reads until two pieces are not written, waits at the end of the log, and asks again for
// what may be lost.
func TestFlow(t *testing.T) {
	var f Flow
	now := time.Unix(1000, 0)
	wants := func(want Want) {
		t.Helper()
		if got := f.Wants(); got != want {
			t.Fatalf("it wants %d, want %d", got, want)
		}
	}
	wants(Read)
	wants(Nothing)
	if !f.MayRead() || f.Give(now) != 1 {
		t.Fatal("the first piece")
	}
	f.HasRead(true)
	wants(Read)
	f.MayRead()
	f.Give(now)
	wants(Nothing)
	if f.MayRead() {
		t.Error("it reads although two pieces are not written")
	}
	f.Written(1)
	f.HasRead(false)
	wants(Growth)
	if b := f.Beats(now.Add(Beat)); b != (Beaten{Check: true}) {
		t.Errorf("%+v", b)
	}
	wants(Read)
	f.MayRead()
	f.HasRead(false)
	wants(Growth)
	if b := f.Beats(now.Add(2 * Beat)); b != (Beaten{Check: true, Stuck: true}) {
		t.Errorf("%+v", b)
	}
	f.Written(1)
	f.SetMany(true)
	f.MayRead()
	wants(Nothing)
	f.Written(5)
	if b := f.Beats(now.Add(3 * Beat)); b != (Beaten{Sign: true}) || f.Given() != 2 {
		t.Errorf("%+v", b)
	}
	if f.Failed(now) {
		t.Error("it gives up at once")
	}
	if b := f.Beats(now.Add(4 * Beat)); b != (Beaten{}) {
		t.Errorf("a sign of life of a log that cannot be read: %+v", b)
	}
	if f.Failed(now.Add(5*time.Second)) || !f.Failed(now.Add(patience)) {
		t.Error("it does not give up in time")
	}
	f.HasRead(true)
	if f.Failed(now.Add(time.Hour)) {
		t.Error("a failure long ago counts")
	}
}

// Few read at a time, in turn, with rests if others wait; and who waits for the log is woken with pauses.
func TestQueue(t *testing.T) {
	var q Queue[string]
	now := time.Unix(1000, 0)
	next := func(want string) {
		t.Helper()
		if got, _, _ := q.Next(now, 1); got != want {
			t.Fatalf("%q reads, want %q", got, want)
		}
	}
	q.Ask("a", false, now)
	q.Ask("b", false, now)
	q.Ask("b", false, now)
	q.Ask("c", true, now)
	next("a")
	next("")
	now = now.Add(time.Millisecond)
	q.Done("a", now)
	if who, later, ok := q.Next(now, 1); ok || later != time.Millisecond {
		t.Errorf("%q reads %v later, %v", who, later, ok)
	}
	now = now.Add(time.Millisecond)
	next("b")
	q.Ask("b", true, now.Add(time.Hour)) // as good as done
	next("")
	if !q.Waiting() || q.Grown(now) != 0 || q.Waiting() {
		t.Error("nobody is woken")
	}
	q.Remove("b")
	next("c")
	now = now.Add(lostTurn)
	q.Ask("d", true, now)
	if q.Grown(now) != 0 {
		t.Error("the pause is over")
	}
	next("d") // although c has never said that it has read
	q.Ask("d", true, now)
	if left := q.Grown(now.Add(time.Millisecond)); left != leastPause+pauseEach-time.Millisecond {
		t.Errorf("it is woken %v later", left)
	}
	if q.Ask("c", false, now); q.Grown(now.Add(time.Second)) != 0 {
		t.Error("the pause is over")
	}
	next("c")
	q.Done("c", now.Add(time.Hour))
	if _, later, _ := q.Next(now.Add(time.Hour), 1); later != longestRest {
		t.Errorf("after a turn that was long it rests for %v", later)
	}
}

func TestPlaces(t *testing.T) {
	var p Places
	a, b := "127.0.0.1/32", "127.0.0.2/32"
	l := Limits{All: 3, PerAddress: 2}
	for i, tt := range []struct {
		from string
		want Refusal
	}{{a, ""}, {a, ""}, {a, TooManyOfAddress}, {b, ""}, {b, TooMany}} {
		if got := p.Take(tt.from, l); got != tt.want {
			t.Errorf("%d: %q, want %q", i, got, tt.want)
		}
	}
	if p.AddMarks(a, maxAddressMarks) != "" || p.AddMarks(a, 1) != TooManyMarks || p.AddMarks(b, maxAddressMarks) != "" {
		t.Error("marks")
	}
	p.Free(a, maxAddressMarks)
	p.Free(a, 0)
	p.Free(b, maxAddressMarks)
	if len(p.of) > 0 || p.all != (usage{}) || p.Room() != (Room{Piece: maxPiece, SendBuffer: sendBuffer}) {
		t.Errorf("left is %+v", p)
	}
	for range 1000 {
		p.Take(a, Limits{All: 1000, PerAddress: 1000})
	}
	if r := p.Room(); r.Piece != allPieces/1000 || !r.Many {
		t.Errorf("one of 1,000 has %+v", r)
	}
}
