package window

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"weak"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/record"
)

const limit = 1000

// history is a Window beside all that was ever added to it.
type history struct {
	window *Window
	taken  marks.Table
	items  []Item   // by position
	ends   []uint64 // of what was added at once
	start  uint64   // of what the Window has to have
	logged uint64
}

func (h *history) end() uint64 { return uint64(len(h.items)) }

func (h *history) add(r *rapid.T) {
	var items []Item
	for range rapid.IntRange(0, 4).Draw(r, "items") {
		run := marks.Run{Origin: rapid.SampledFrom([]string{"LA", "S", "G"}).Draw(r, "origin"), Boot: 1}
		seq := h.taken.Seq(run) + 1
		h.taken.Offer(run, seq)
		text := make([]byte, rapid.IntRange(2, 511).Draw(r, "text"))
		items = append(items, Item{Record: record.Record{Origin: run.Origin, Boot: run.Boot, Seq: seq, Text: text}})
	}
	h.items = append(h.items, items...)
	if len(items) > 0 {
		h.ends = append(h.ends, h.end())
	}
	if end := h.window.Add(items); end != h.end() {
		r.Fatalf("Add returned %d, want %d", end, h.end())
	}
}

// trim drops what was added at once as a whole, or not at all.
func (h *history) trim(r *rapid.T) {
	h.logged = rapid.Uint64Range(h.logged, h.end()).Draw(r, "logged")
	for _, end := range h.ends {
		if h.start < end && end <= h.logged && size(h.items[h.start:]) > limit {
			h.start = end
		}
	}
	h.window.Trim(h.logged)
}

func (h *history) clear(*rapid.T) {
	h.start = h.end()
	h.window.Clear()
}

func size(items []Item) (n int) {
	for i := range items {
		n += items[i].Size()
	}
	return n
}

// check reads the Window from all positions that there are, and some others.
func (h *history) check(r *rapid.T) {
	if h.window.End() != h.end() {
		r.Fatalf("end is %d, want %d", h.window.End(), h.end())
	}
	most := rapid.IntRange(1, 2000).Draw(r, "most")
	for pos := range h.end() + 2 {
		items, next, ok := h.window.From(pos, most)
		switch {
		case ok != (h.start <= pos && pos <= h.end()):
			r.Fatalf("From(%d) is %v; there are %d to %d", pos, ok, h.start, h.end())
		case !ok:
		case next == pos && pos < h.end():
			r.Fatalf("From(%d) gives nothing", pos)
		case !slices.EqualFunc(slices.Concat(items...), h.items[pos:next], same):
			r.Fatalf("From(%d) gives %v", pos, items)
		case len(items) > 1 && size(h.items[pos:next])-size(items[len(items)-1]) >= most:
			r.Fatalf("From(%d, %d) gives %d bytes", pos, most, size(h.items[pos:next]))
		}
	}
}

func same(a, b Item) bool { return a.Run() == b.Run() && a.Seq == b.Seq }

// What is there are the newest of what was added, in order, and of what is not
// logged none is ever missing.
func TestAWindowHoldsTheNewest(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := &history{window: New(limit)}
		r.Repeat(map[string]func(*rapid.T){"add": h.add, "trim": h.trim, "clear": h.clear, "": h.check})
	})
}

// drawPeer draws what a peer may have: any part of what was taken, what we
// never saw, and more of a run than we have.
func (h *history) drawPeer(r *rapid.T) *marks.Table {
	peer := new(marks.Table)
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
		h := &history{window: New(limit)}
		r.Repeat(map[string]func(*rapid.T){"add": h.add, "trim": h.trim, "clear": h.clear, "": func(r *rapid.T) {
			peer := h.drawPeer(r)
			lacks := func(item Item) bool { return item.Seq > peer.Seq(item.Run()) }
			want := h.end()
			if first := slices.IndexFunc(h.items, lacks); first >= 0 {
				want = uint64(first)
			}
			pos, ok := h.window.Locate(&h.taken, peer)
			if ok != (want >= h.start) || ok && pos != want {
				r.Fatalf("Locate gives %d, %v, want %d of %d to %d", pos, ok, want, h.start, h.end())
			}
		}})
	})
}

// What was logged before the process began has positions nowhere.
func TestLocateWantsTheDiskForAnEarlierProcess(t *testing.T) {
	var taken marks.Table
	taken.Set(marks.Mark{Run: marks.Run{Origin: "LA", Boot: 1}, Seq: 3})
	w := New(limit)
	if pos, ok := w.Locate(&taken, new(marks.Table)); ok {
		t.Errorf("an empty window has what a peer lacks, from %d on", pos)
	}
	if pos, ok := w.Locate(&taken, taken.Clone()); !ok || pos != 0 {
		t.Errorf("for a peer that lacks nothing Locate gives %d, %v", pos, ok)
	}
}

func TestMemoryStaysBounded(t *testing.T) {
	w := New(limit)
	for range 10_000 {
		w.Trim(w.Add([]Item{{Record: record.Record{Text: make([]byte, 100)}}}))
	}
	if items, _, ok := w.From(w.start(), math.MaxInt); !ok || size(slices.Concat(items...)) > limit {
		t.Errorf("%d bytes are held, the limit is %d", size(slices.Concat(items...)), limit)
	}
	if most := limit / 100 * 4; cap(w.spans) > most {
		t.Errorf("%d spans are kept, want at most %d", cap(w.spans), most)
	}
}

func TestWhatIsDroppedIsFreed(t *testing.T) {
	w := New(limit)
	old := []Item{{Record: record.Record{Text: make([]byte, limit)}}}
	freed := weak.Make(&old[0])
	w.Add(old)
	w.Trim(w.Add([]Item{{}}) - 1)
	old = nil
	runtime.GC()
	if freed.Value() != nil {
		t.Error("a message that has left the window takes memory")
	}
	runtime.KeepAlive(w)
}
