package sequencer_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/repair"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
)

// ring is the hosts of the ring; LA decides.
var ring = []string{"LA", "MV", "PA", "S"}

const (
	la = iota
	mv
	pa
)

// own returns a run of LA.
func own(boot uint64) marks.Run { return marks.Run{Origin: "LA", Boot: boot} }

// host is a Sequencer with what a test has in the place of the rest of a host.
type host struct {
	*sequencer.Sequencer
	repairs *repair.Selector
	runs    marks.RunLimiter
	now     time.Time
	limit   int                  // limits.runs
	durable marks.Vector         // what Begin falls back to
	words   []marks.Vector       // of the peers
	asked   []map[marks.Run]bool // runs that are wanted of each peer
	answers map[marks.Run]uint64 // how far an origin says on our connection that it holds a run
	ids     map[string]uint64    // the last one, by who sends
}

// newHost returns a host in its run 7, which started long ago.
func newHost() *host {
	h := &host{
		repairs: repair.New(len(ring), la, index), limit: 1000, now: time.Unix(1_000_000, 0),
		words: make([]marks.Vector, len(ring)), asked: make([]map[marks.Run]bool, len(ring)),
		answers: make(map[marks.Run]uint64), ids: make(map[string]uint64),
	}
	h.Sequencer = sequencer.New(sequencer.Config{
		Self: la, Index: index, Repairs: h.repairs, Runs: &h.runs,
		Limits: func() marks.RunLimits { return marks.NewRunLimits(h.limit, len(ring)) },
		Describe: func(peer int, run marks.Run) marks.UnknownRun {
			origin := marks.OriginIndex(run, index)
			return marks.UnknownRun{Peer: peer, Origin: origin, FromOrigin: origin == peer}
		},
		Denies: func(_ int, run marks.Run, seq uint64) bool {
			last, answered := h.answers[run]
			return answered && last < seq
		},
	})
	h.Begin(own(7), new(marks.Vector))
	return h
}

func index(origin string) (int, bool) {
	i := slices.Index(ring, origin)
	return i, i >= 0
}

// heard has a peer say on its connection that it holds lines first to last of a run. It
// returns whether the peer is asked for a repair.
func (h *host) heard(peer int, run marks.Run, first, last uint64) (ask bool) {
	h.words[peer].Set(marks.Mark{Run: run, Seq: last, First: first})
	if h.asked[peer] == nil {
		h.asked[peer] = make(map[marks.Run]bool)
	}
	h.asked[peer][run] = true
	word := repair.Report{Peer: peer, Marks: h.words[peer].Clone(), Hello: true}
	for run := range h.asked[peer] {
		word.Wanted = append(word.Wanted, run)
	}
	return h.repairs.Heard(word, h.Taken(), h.now).Ask
}

// log has the log hold all that was taken.
func (h *host) log() {
	for m := range h.Taken().Clone().All() {
		h.durable.Merge(m)
		h.Durable(m, h.now)
	}
}

// next returns the id that the next of n frames has on a connection.
func (h *host) next(conn string, n int) uint64 {
	first := h.ids[conn] + 1
	h.ids[conn] += uint64(n)
	return first
}

// client gives messages from a client to the Sequencer, on a connection that is its own.
func (h *host) client(conn string, rows []row.Unidentified) sequencer.ClientDecision {
	id := h.next(conn, row.Count(rows))
	for i := range rows {
		rows[i].ID = id
		id += uint64(rows[i].Len())
	}
	return h.FromClient(conn, rows, h.now, h.now.Unix())
}

// peer gives messages from a peer to the Sequencer.
func (h *host) peer(peer int, rows []row.Row) (sequencer.PeerDecision, error) {
	return h.FromPeer(peer, h.next(ring[peer], row.Count(rows)), rows, h.now)
}

// named returns messages as a client sends them: it calls them first and on in a session.
// All have the same text.
func named(session, first uint64, n int, text string) []row.Unidentified {
	var b row.ClientBuilder
	for i := range uint64(n) {
		b.Add(i+1, session, first+i, []byte(text+"\r\n"))
	}
	return b.Take()
}

// of returns messages of a run, as a peer sends them.
func of(run marks.Run, first, last uint64, text string) []row.Row {
	return rowsOf(row.Head{Run: run, Seq: first}, int(last+1-first), text)
}

func rowsOf(h row.Head, n int, text string) []row.Row {
	var b row.Builder
	b.Add(&h, []byte(text+"\r\n"))
	for range n - 1 {
		b.Follow([]byte(text + "\r\n"))
	}
	return b.Take()
}

// spans writes down which messages rows hold.
func spans(rows []row.Row) string {
	var words []string
	for i := range rows {
		words = append(words, span(rows[i].Run, rows[i].Seq, rows[i].Last()))
	}
	return strings.Join(words, ", ")
}

// span writes down messages of a run.
func span(run marks.Run, first, last uint64) string {
	if first == last {
		return fmt.Sprintf("%s %d", run.Name(), first)
	}
	return fmt.Sprintf("%s %d-%d", run.Name(), first, last)
}
