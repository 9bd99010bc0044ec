package window

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"weak"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
)

const limit = 1000

// history is a Window beside all that was ever added to it.
type history struct {
	window *Window
	taken  marks.Vector
	heads  []row.Head // by position
	sizes  []int      // of what was added at once
	ends   []uint64   // of what was added at once
	start  uint64     // of what the Window has to have
	logged uint64
}

func (h *history) end() uint64 { return uint64(len(h.heads)) }

func (h *history) add(r *rapid.T) {
	var b row.Builder
	for range rapid.IntRange(0, 4).Draw(r, "rows") {
		run := marks.Run{Origin: rapid.SampledFrom([]string{"LA", "S", "G"}).Draw(r, "origin"), Boot: 1}
		text := make([]byte, rapid.IntRange(2, 511).Draw(r, "text"))
		for range rapid.IntRange(1, 3).Draw(r, "messages") {
			head := row.Head{Run: run, Seq: h.taken.Seq(run) + 1}
			h.taken.Take(run, head.Seq, 1)
			h.heads = append(h.heads, head)
			b.Add(&head, text)
		}
	}
	rows := b.Take()
	if len(rows) > 0 {
		h.ends = append(h.ends, h.end())
		h.sizes = append(h.sizes, size(rows))
	}
	if end := h.window.Add(rows); end != h.end() {
		r.Fatalf("Add returned %d, want %d", end, h.end())
	}
}

// trim drops what was added at once as a whole, or not at all.
func (h *history) trim(r *rapid.T) {
	h.logged = rapid.Uint64Range(h.logged, h.end()).Draw(r, "logged")
	for _, end := range h.ends {
		if h.start < end && end <= h.logged && h.size(h.start, h.end()) > limit {
			h.start = end
		}
	}
	h.window.Trim(h.logged, limit)
}

// size returns the bytes of what was added whole between two positions.
func (h *history) size(from, to uint64) (n int) {
	for i, end := range h.ends {
		if from < end && end <= to {
			n += h.sizes[i]
		}
	}
	return n
}

func (h *history) clear(*rapid.T) {
	h.start = h.end()
	h.window.Clear()
}

func size(rows []row.Row) (n int) {
	for i := range rows {
		n += rows[i].Size()
	}
	return n
}

// heads returns what rows hold, message by message.
func heads(rows []row.Row) (all []row.Head) {
	for i := range rows {
		for m := range rows[i].Len() {
			all = append(all, rows[i].At(m))
		}
	}
	return all
}

// check reads the Window from all positions that there are, and some others.
func (h *history) check(r *rapid.T) {
	if h.window.End() != h.end() {
		r.Fatalf("end is %d, want %d", h.window.End(), h.end())
	}
	most := rapid.IntRange(1, 2000).Draw(r, "most")
	for pos := range h.end() + 2 {
		rows, next, ok := h.window.From(pos, most)
		switch {
		case ok != (h.start <= pos && pos <= h.end()):
			r.Fatalf("From(%d) is %v; there are %d to %d", pos, ok, h.start, h.end())
		case !ok:
		case next == pos && pos < h.end():
			r.Fatalf("From(%d) gives nothing", pos)
		case !slices.Equal(heads(slices.Concat(rows...)), h.heads[pos:next]):
			r.Fatalf("From(%d) gives %v", pos, rows)
		case len(rows) > 1 && h.size(pos, next)-size(rows[len(rows)-1]) >= most:
			r.Fatalf("From(%d, %d) gives %d bytes", pos, most, h.size(pos, next))
		}
	}
}

// What is there are the newest of what was added, in order, and of what is not
// logged none is ever missing.
func TestAWindowHoldsTheNewest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := &history{window: new(Window)}
		r.Repeat(map[string]func(*rapid.T){"add": h.add, "trim": h.trim, "clear": h.clear, "": h.check})
	})
}

// Of a run there are the messages behind a seq that have not left.
func TestBehindFindsTheRestOfARun(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := &history{window: new(Window)}
		r.Repeat(map[string]func(*rapid.T){"add": h.add, "trim": h.trim, "clear": h.clear, "": func(r *rapid.T) {
			run := marks.Run{Origin: "LA", Boot: 1}
			seq := rapid.Uint64Range(0, h.taken.Seq(run)+1).Draw(r, "seq")
			want := slices.DeleteFunc(slices.Clone(h.heads[h.start:]), func(head row.Head) bool {
				return head.Run != run || head.Seq <= seq
			})
			if got := heads(h.window.After(run, seq)); !slices.Equal(got, want) {
				r.Fatalf("behind %d there are %v, want %v", seq, got, want)
			}
		}})
	})
}

// drawPeer draws what a peer may have: any part of what was taken, what we
// never saw, and more of a run than we have.
func (h *history) drawPeer(r *rapid.T) *marks.Vector {
	peer := new(marks.Vector)
	for _, m := range h.taken.Marks() {
		m.Seq = rapid.Uint64Range(0, m.Seq+1).Draw(r, m.Origin)
		peer.Set(m)
	}
	if rapid.Bool().Draw(r, "stranger") {
		peer.Set(marks.Mark{Run: marks.Run{Origin: "X", Boot: 9}, Seq: 5})
	}
	return peer
}

// The position is that of the first message that the peer lacks, and there is
// none only if that message has left.
func TestLocateFindsTheFirstThatAPeerLacks(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := &history{window: new(Window)}
		r.Repeat(map[string]func(*rapid.T){"add": h.add, "trim": h.trim, "clear": h.clear, "": func(r *rapid.T) {
			peer := h.drawPeer(r)
			lacks := func(head row.Head) bool { return head.Seq > peer.Seq(head.Run) }
			want := h.end()
			if first := slices.IndexFunc(h.heads, lacks); first >= 0 {
				want = uint64(first)
			}
			var lack marks.Backlog
			lack.Update(peer, &h.taken)
			pos, ok := h.window.Locate(&lack)
			if ok != (want >= h.start) || ok && pos != want {
				r.Fatalf("Locate gives %d, %v, want %d of %d to %d", pos, ok, want, h.start, h.end())
			}
		}})
	})
}

// What was logged before the process began has positions nowhere.
func TestLocateWantsTheDiskForAnEarlierProcess(t *testing.T) {
	var taken marks.Vector
	taken.Set(marks.Mark{Run: marks.Run{Origin: "LA", Boot: 1}, Seq: 3})
	w, lacks := new(Window), new(marks.Backlog)
	lacks.Update(new(marks.Vector), &taken)
	if pos, ok := w.Locate(lacks); ok {
		t.Errorf("an empty window has what a peer lacks, from %d on", pos)
	}
	lacks.Update(taken.Clone(), &taken)
	if pos, ok := w.Locate(lacks); !ok || pos != 0 {
		t.Errorf("for a peer that lacks nothing Locate gives %d, %v", pos, ok)
	}
}

// one returns a row of one message with a text of n bytes.
func one(n int) []row.Row {
	var b row.Builder
	b.Add(&row.Head{Seq: 1}, make([]byte, n))
	return b.Take()
}

func TestMemoryStaysBounded(t *testing.T) {
	w := new(Window)
	for range 10_000 {
		w.Trim(w.Add(one(100)), limit)
	}
	if rows, _, ok := w.From(w.start(), math.MaxInt); !ok || size(slices.Concat(rows...)) > limit {
		t.Errorf("%d bytes are held, the limit is %d", size(slices.Concat(rows...)), limit)
	}
	if most := limit / 100 * 4; cap(w.batches) > most {
		t.Errorf("%d spans are kept, want at most %d", cap(w.batches), most)
	}
}

func TestWhatIsDroppedIsFreed(t *testing.T) {
	w := new(Window)
	old := one(limit)
	freed := weak.Make(&old[0])
	w.Add(old)
	w.Trim(w.Add(one(1))-1, limit)
	old = nil
	runtime.GC()
	if freed.Value() != nil {
		t.Error("a message that has left the window takes memory")
	}
	runtime.KeepAlive(w)
}
