package row_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

// message is one message by itself.
type message struct {
	row.Head
	text string
}

// draw draws messages with few values for each field, so that rows form, end for
// every reason, and begin at the ends of what a number can be.
func draw(r *rapid.T) (all []message) {
	few := func(name string, from ...uint64) uint64 { return rapid.SampledFrom(from).Draw(r, name) }
	var h row.Head
	for range rapid.IntRange(0, 40).Draw(r, "messages") {
		if rapid.IntRange(0, 3).Draw(r, "how") > 0 {
			h.Seq, h.Number = h.Seq+1, h.Number+1
			if rapid.IntRange(0, 9).Draw(r, "one field") == 0 {
				h.MinCopies = uint32(few("copies", 0, 3))
			}
		} else {
			h = row.Head{
				Run:     marks.Run{Origin: rapid.SampledFrom([]string{"LA", "S"}).Draw(r, "origin"), Boot: few("boot", 1, 2)},
				Seq:     few("seq", 1, 2, 1<<64-3),
				Time:    int64(few("time", 0, 1)),
				Session: few("session", 0, 9), Number: few("number", 0, 1, 1<<64-2),
				Wrapping: uint32(few("wrapping", 0, 2)), MinCopies: uint32(few("copies", 0, 3)),
			}
		}
		if h.Session == 0 {
			h.Number = 0
		}
		all = append(all, message{h, rapid.StringMatching(`[a-z]{0,9}`).Draw(r, "text") + "\r\n"})
	}
	return all
}

// build adds all messages, some of those that follow the one before as such.
func build(b *row.Builder, all []message) []row.Row {
	for i, m := range all {
		if i > 0 && i%3 > 0 && follows(m.Head, all[i-1].Head) {
			b.Follow([]byte(m.text))
		} else {
			b.Add(&m.Head, []byte(m.text))
		}
	}
	return b.Take()
}

// apart returns the messages of rows one by one.
func apart(rows []row.Row) (all []message) {
	for i := range rows {
		for m := range rows[i].Len() {
			h := rows[i].At(m)
			all = append(all, message{h, string(rows[i].Text(m))})
		}
	}
	return all
}

func requireSame(t rapid.TB, what string, got []row.Row, want []message) {
	t.Helper()
	if !slices.Equal(apart(got), want) || row.Count(got) != len(want) {
		t.Fatalf("%s: %v, %d messages; want %v", what, apart(got), row.Count(got), want)
	}
}

// What is put into rows is what they hold, in its order, whatever comes after it,
// and no message of two that follow each other begins a row but where a chunk is full.
func TestRowsHoldTheirMessages(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var b row.Builder
		var first, second = draw(r), draw(r)
		rows := build(&b, first)
		requireSame(r, "the second", build(&b, second), second)
		requireSame(r, "the first", rows, first)
		begun, full := 0, 0
		for _, m := range first {
			full += len(m.text)
		}
		for i := range rows {
			if i > 0 && follows(rows[i].Head, rows[i-1].At(rows[i-1].Len()-1)) {
				begun++
			}
			if rows[i].Last() != rows[i].At(rows[i].Len()-1).Seq || rows[i].Last() < rows[i].Seq {
				r.Fatalf("the last of %d from %d on is %d", rows[i].Len(), rows[i].Seq, rows[i].Last())
			}
		}
		if full /= 128; begun > full { // chunks have 256 bytes and more
			r.Fatalf("%d rows begin with what follows the one before, with at most %d chunks full", begun, full)
		}
	})
}

// follows tells whether h is what comes behind before in a row.
func follows(h, before row.Head) bool {
	if before.Seq++; before.Seq == 0 {
		return false
	}
	if before.Session != 0 {
		if before.Number++; before.Number == 0 {
			return false
		}
	}
	return h == before
}

// What follows the last message that was taken follows it, and a chunk that is full
// ends a row and nothing else.
func TestFollowBehindWhatWasTaken(t *testing.T) {
	var b row.Builder
	h := row.Head{Run: marks.Run{Origin: "LA", Boot: 7}, Seq: 1, Time: 5, Session: 1, Number: 1}
	text := bytes.Repeat([]byte("x"), 400)
	b.Add(&h, text)
	seq, chunks := uint64(1), 0
	for range 20 {
		for i, r := range b.Take() {
			chunks += min(i, 1)
			for m := range r.Len() {
				if got := r.At(m); got.Seq != seq || got.Number != seq || got.Time != 5 || got.Run != h.Run || !bytes.Equal(r.Text(m), text) {
					t.Fatalf("message %d is %+v", seq, got)
				}
				seq++
			}
		}
		for range 50 {
			b.Follow(text)
		}
	}
	if seq != 19*50+2 || chunks < 5 {
		t.Errorf("%d messages, %d new chunks", seq-1, chunks)
	}
}

// Parts hold what they are parts of, and share it.
func TestParts(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		all := draw(r)
		rows := build(new(row.Builder), all)
		n := rapid.IntRange(0, len(all)).Draw(r, "skipped")
		rest := row.Skip(rows, n)
		requireSame(r, "the rest", rest, all[n:])
		requireSame(r, "the whole", rows, all)
		of := len(rest) + rapid.IntRange(0, 200).Draw(r, "of")
		requireSame(r, "compact", row.Compact(rest, of), all[n:])
		size := 0
		for i := range rest {
			from := rapid.IntRange(0, rest[i].Len()-1).Draw(r, "from")
			to := rapid.IntRange(from+1, rest[i].Len()).Draw(r, "to")
			part := rest[i].Slice(from, to)
			requireSame(r, "a part", []row.Row{part}, apart(rest[i : i+1])[from:to])
			if part.Size() > rest[i].Size() || &part.Text(0)[0] != &rest[i].Text(from)[0] {
				r.Fatal("a part takes memory of its own")
			}
			size += rest[i].Size()
		}
		for _, m := range all[n:] {
			size -= len(m.text) + 4
		}
		if each := 200; size < 0 || size > each*len(rest) {
			r.Fatalf("%d rows take %d bytes beside their texts", len(rest), size)
		}
	})
}

// Whoever keeps few of many does not keep the memory of all.
func TestCompactCopiesFew(t *testing.T) {
	var b row.Builder
	var all []message
	for i := range 100 {
		all = append(all, message{row.Head{Seq: uint64(i + 1)}, fmt.Sprintf("%d\r\n", i)})
	}
	rows := build(&b, all)
	few, many := row.Skip(rows, 60), row.Skip(rows, 40)
	if got := row.Compact(few, 100); &got[0].Text(0)[0] == &few[0].Text(0)[0] {
		t.Error("40 of 100 keep all")
	}
	if got := row.Compact(many, 100); &got[0].Text(0)[0] != &many[0].Text(0)[0] {
		t.Error("60 of 100 are copied")
	}
	if got := row.Compact(nil, 100); got != nil {
		t.Errorf("of nothing comes %v", got)
	}
}

// A record is the message as the log holds it.
func TestRecord(t *testing.T) {
	rows := build(new(row.Builder), []message{
		{row.Head{Run: marks.Run{Origin: "LA", Boot: 7}, Seq: 3, Time: 5, Session: 1, Number: 1}, "a\r\n"},
		{row.Head{Run: marks.Run{Origin: "LA", Boot: 7}, Seq: 4, Time: 5, Session: 1, Number: 2}, "b\r\n"},
	})
	rec := rows[0].Record(1)
	if rec.Origin != "LA" || rec.Boot != 7 || rec.Seq != 4 || rec.Time != 5 || !bytes.Equal(rec.Text, []byte("b\r\n")) {
		t.Errorf("%+v", rec)
	}
}

// Who sends little at a time costs little, for a message and when all are gone, however
// long it goes on (I6).
func TestLittleCostsLittle(t *testing.T) {
	const connections, messages = 1000, 100
	text := []byte(strings.Repeat("x", 46) + "\r\n")
	builders := make([]row.Builder, connections)
	memory := func() (m runtime.MemStats) {
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m
	}
	before := memory()
	for i := range builders {
		for n := range uint64(messages) {
			builders[i].Add(&row.Head{Seq: n + 1}, text)
			if rows := builders[i].Take(); len(rows) != 1 {
				t.Fatalf("one message is %d rows", len(rows))
			}
		}
	}
	after := memory()
	if took := (after.TotalAlloc - before.TotalAlloc) / connections / messages; took > 500 {
		t.Errorf("a message takes %d bytes", took)
	}
	if keeps := (int(after.HeapAlloc) - int(before.HeapAlloc)) / connections; keeps > 500 {
		t.Errorf("a connection keeps %d bytes", keeps)
	}
	runtime.KeepAlive(builders)
}

// Building rows allocates for batches, never for messages.
func TestMessagesDoNotAllocate(t *testing.T) {
	var b row.Builder
	seq := uint64(0)
	batch := func(n int) float64 {
		return testing.AllocsPerRun(100, func() {
			for range n {
				seq++
				b.Add(&row.Head{Seq: seq, Time: 1}, []byte("ab\r\n"))
			}
			b.Take()
		})
	}
	if few, many := batch(10), batch(10_000); many > few+20 { // a chunk more now and then
		t.Errorf("%v allocations for 10 messages, %v for 10,000", few, many)
	}
}
