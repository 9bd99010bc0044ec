package client

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/position"
	"xlattice.org/zog/messages/pzog"
)

// logLine is a line of a log in these tests.
type logLine struct {
	marks.Run
	seq  uint64
	time int64 // in seconds
}

func (e logLine) id() string   { return ID{Origin: e.Origin, Boot: e.Boot, Seq: e.seq}.String() }
func (e logLine) text() string { return "text of " + e.id() }

// logHost is a host whose log can be followed, as the daemon does it. All connections to it see
// the same log.
type logHost struct {
	mu      sync.Mutex
	grown   sync.Cond // or something else has changed
	entries []logLine
	retired map[marks.Run]uint64 // the last message that it does not have any more
	asked   []*pzog.KeepAlive    // what followers began with; its marks are those of all frames
	alive   int                  // the keep-alives that came later
	ends    int                  // if not 0, connections end after so many messages
	silent  bool
	refuses string
	spoils  func(*frame.Data) bool // changes what is sent; false leaves it out
}

func newLogHost(n *network, address string, entries ...logLine) *logHost {
	h := &logHost{entries: entries, retired: map[marks.Run]uint64{}}
	h.grown.L = &h.mu
	n.serve(address, h.talk)
	return h
}

// change changes the host, and has its connections look.
func (h *logHost) change(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
	h.grown.Broadcast()
}

func (h *logHost) add(entries ...logLine) {
	h.change(func() { h.entries = append(h.entries, entries...) })
}

func (h *logHost) questions() []*pzog.KeepAlive {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.asked)
}

func (h *logHost) keepAlives() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.alive
}

func positionOf(v *marks.Vector) position.Position { return position.Of(v) }

// talk serves one follower.
func (h *logHost) talk(p *peer) {
	question := p.question()
	if question == nil {
		return
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer p.hangUp()
	s := &logStream{host: h, peer: p, turn: make(chan struct{}, 1)}
	h.change(func() { h.asked = append(h.asked, question) })
	wg.Go(func() { s.watch() })
	wg.Go(func() { s.live() })
	s.send(question)
}

// question returns the KeepAlive that begins a follower, with the marks of all its frames.
func (p *peer) question() *pzog.KeepAlive {
	var all *pzog.KeepAlive
	for {
		f := p.frame()
		switch {
		case f == nil:
			return nil
		case f.Kind != frame.KeepAlive:
			p.t.Errorf("a follower sent %v", f.Kind)
			return nil
		case !f.KeepAlive.Follow:
			p.t.Error("a follower began with a keep-alive that does not follow")
			return nil
		}
		k := f.KeepAlive
		if all != nil {
			k.Marks = append(all.Marks, k.Marks...)
		}
		if all = k; !k.More {
			return all
		}
	}
}

// logStream is a connection of a follower.
type logStream struct {
	host *logHost
	peer *peer
	gone bool          // guarded by host.mu
	turn chan struct{} // held by who writes; time goes on for who waits for it, unlike for a Mutex
}

// watch answers keep-alives until the follower ends the connection.
func (s *logStream) watch() {
	for f := s.peer.frame(); f != nil; f = s.peer.frame() {
		s.host.change(func() { s.host.alive++ })
		s.sign()
	}
	s.host.change(func() { s.gone = true })
}

// live gives signs of life.
func (s *logStream) live() {
	for {
		time.Sleep(signOfLife)
		s.host.mu.Lock()
		gone := s.gone
		s.host.mu.Unlock()
		if gone {
			return
		}
		s.sign()
	}
}

func (s *logStream) sign() { s.ack(&pzog.Ack{Version: 1, Host: "A", Delta: true}) }

func (s *logStream) ack(a *pzog.Ack) { s.write(frame.AppendAck(nil, a, frame.ClientLimit)) }

// write writes, once the host is not silent any more. That the follower is gone is for its test
// to see.
func (s *logStream) write(b []byte) {
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	s.host.mu.Lock()
	for s.host.silent && !s.gone {
		s.host.grown.Wait()
	}
	s.host.mu.Unlock()
	if len(b) > 0 {
		_, _ = s.peer.conn.Write(b)
	}
}

// send sends the vector, and then what it lacks.
func (s *logStream) send(question *pzog.KeepAlive) {
	h := s.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.refuses != "" {
		h.unlocked(func() { s.ack(&pzog.Ack{Version: 1, Host: "A", Refused: h.refuses}) })
		return
	}
	seen := h.start(question)
	answer := &pzog.Ack{Version: 1, Host: "A", Marks: wireMarks(seen)}
	h.unlocked(func() { s.ack(answer) })
	for at, id := 0, uint64(0); !s.gone && (h.ends == 0 || id < uint64(h.ends)); {
		if at == len(h.entries) {
			h.grown.Wait()
			continue
		}
		out := h.appendHoles(nil, seen)
		var rows frame.RowEncoder
		for ; at < len(h.entries) && (h.ends == 0 || id < uint64(h.ends)); at++ {
			e := h.entries[at]
			if e.seq <= seen.Seq(e.Run) || e.seq <= h.retired[e.Run] {
				continue
			}
			seen.Raise(e.Run, e.seq)
			id++
			d := frame.Data{ID: id, Origin: []byte(e.Origin), Boot: e.Boot, Seq: e.seq, TimeMS: e.time * 1000, Text: []byte(e.text() + crlf)}
			if h.spoils == nil || h.spoils(&d) {
				out = rows.Append(out, &d)
			}
		}
		out = rows.End(out)
		h.unlocked(func() { s.write(out) })
	}
}

func (h *logHost) unlocked(do func()) {
	h.mu.Unlock()
	defer h.mu.Lock()
	do()
}

// start returns what a follower has, as the daemon reads its question.
func (h *logHost) start(k *pzog.KeepAlive) *marks.Vector {
	v := new(marks.Vector)
	for _, m := range k.Marks {
		v.Set(marks.Mark{Run: run(m.Origin, m.Boot), Seq: m.Seq})
	}
	for i, e := range h.entries {
		last := k.Last > 0 && i < len(h.entries)-int(k.Last)
		if last || e.time*1000 < k.SinceMs {
			v.Raise(e.Run, e.seq)
		}
	}
	if k.Last > 0 || k.SinceMs > 0 {
		for run, last := range h.retired {
			v.Raise(run, last)
		}
	}
	return v
}

// appendHoles raises a vector by what the host does not have any more, and tells it.
func (h *logHost) appendHoles(dst []byte, v *marks.Vector) []byte {
	a := &pzog.Ack{Version: 1, Host: "A", Delta: true}
	for run, last := range h.retired {
		if v.Seq(run) < last {
			v.Raise(run, last)
			a.Marks = append(a.Marks, &pzog.Mark{Origin: run.Origin, Boot: run.Boot, Seq: last, First: last + 1})
		}
	}
	if len(a.Marks) == 0 {
		return dst
	}
	return frame.AppendAck(dst, a, frame.ClientLimit)
}

func wireMarks(v *marks.Vector) (all []*pzog.Mark) {
	for _, m := range v.Marks() {
		all = append(all, &pzog.Mark{Origin: m.Origin, Boot: m.Boot, Seq: m.Seq, First: m.First})
	}
	return all
}

// runOf returns messages of one run of a host. Some have the same time, so that they can share a
// frame.
func runOf(origin string, boot uint64, first, last uint64) (all []logLine) {
	for seq := first; seq <= last; seq++ {
		all = append(all, logLine{run(origin, boot), seq, int64(1000 + seq/4*4)})
	}
	return all
}

// collect takes so many messages from a loop, and fails the test at an error.
func collect(t interface{ Errorf(string, ...any) }, messages func(func(Message, error) bool), n int) (ids []string) {
	for m, err := range messages {
		if err != nil {
			t.Errorf("after %d of %d: %v", len(ids), n, err)
			break
		}
		if want := "text of " + m.ID.String(); m.Text != want {
			t.Errorf("%s has the text %q", m.ID.String(), m.Text)
		}
		if ids = append(ids, m.ID.String()); len(ids) == n {
			break
		}
	}
	return ids
}

func ids(entries []logLine) (all []string) {
	for _, e := range entries {
		all = append(all, e.id())
	}
	return all
}

// byRun sorts messages by run, and leaves those of each in their order.
func byRun(ids []string) []string {
	sorted := slices.Clone(ids)
	slices.SortStableFunc(sorted, func(a, b string) int {
		origin := func(id string) string { return id[:len(id)-len(fmt.Sprint(seqOf(id)))] }
		switch x, y := origin(a), origin(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	return sorted
}

func seqOf(id string) (seq uint64) {
	var dot int
	for i := range id {
		if id[i] == '.' {
			dot = i
		}
	}
	_, _ = fmt.Sscan(id[dot+1:], &seq)
	return seq
}
