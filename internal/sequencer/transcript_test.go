package sequencer_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/internal/test/transcript"
)

// The files in testdata are decisions of host LA, which begins in its run 7 and has taken
// nothing. A row is a range of messages; several are separated by commas. Texts are x
// unless text= says otherwise, and a peer's messages are of its own run unless origin=
// says otherwise.
//
//	client SESSION 1-3                     a client sends messages, named by a session; - is none
//	peer HOST run=1 4-6                    a peer sends messages of a run
//	peer HOST run=1 4-6 session=s1 number=2
//	heard HOST run=1 4-6                   a peer says that it holds lines of a run
//	answers HOST run=1 3                   the host answers us that it holds its run so far
//	log                                    the log has all that was taken
//	forget HOST run=1                      no host holds a line of a run of HOST
//	begin 8                                LA begins a run, with what is durable
//	void 8 confirmed=2                     our run is void behind message 2: LA begins run 8, and takes the rest again
//	limit 10                               limits.runs
//	wait 11m                               time passes
//	marks                                  shows what LA has taken
func TestTranscripts(t *testing.T) {
	transcript.Run(t, "testdata/*.txt", func(t *testing.T) func(string) string {
		p := &player{t: t, host: newHost()}
		return p.play
	})
}

// player plays commands.
type player struct {
	*host
	t     *testing.T
	taken []row.Row // from clients, in our run
}

// arguments are the words of a command, behind its name, or of one row of it.
type arguments struct {
	t     *testing.T
	words []string
	named map[string]string
}

func (p *player) arguments(words []string) (a arguments) {
	a.t, a.named = p.t, make(map[string]string)
	for _, w := range words {
		if name, value, ok := strings.Cut(w, "="); ok {
			a.named[name] = value
		} else {
			a.words = append(a.words, w)
		}
	}
	return a
}

func (a arguments) number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		a.t.Fatalf("%v: %v", a.words, err)
	}
	return n
}

// span is the last word: 4 or 4-6.
func (a arguments) span() (first, last uint64) {
	from, to, isSpan := strings.Cut(a.words[len(a.words)-1], "-")
	if !isSpan {
		to = from
	}
	return a.number(from), a.number(to)
}

func (a arguments) text() string {
	if text, ok := a.named["text"]; ok {
		return text
	}
	return "x"
}

func session(name string) (n uint64) {
	for _, c := range strings.Trim(name, "-") {
		n = n<<8 | uint64(c)
	}
	return n
}

// run is the run that run= names, of a host unless origin= names another.
func (a arguments) run(host string) marks.Run {
	if origin, ok := a.named["origin"]; ok {
		host = origin
	}
	return marks.Run{Origin: host, Boot: a.number(a.named["run"])}
}

func (p *player) play(command string) string {
	name, rest, _ := strings.Cut(command, " ")
	a := p.arguments(strings.Fields(rest))
	switch name {
	case "client":
		return p.playClient(rest)
	case "peer":
		return p.playPeer(rest)
	case "heard":
		peer, _ := index(a.words[0])
		first, last := a.span()
		if p.heard(peer, a.run(a.words[0]), first, last) {
			return "ask for a repair"
		}
	case "answers":
		_, last := a.span()
		p.answers[a.run(a.words[0])] = last
	case "log":
		p.log()
	case "forget":
		p.durable.Set(marks.Mark{Run: a.run(a.words[0])})
		p.Durable(marks.Mark{Run: a.run(a.words[0])}, p.now)
	case "begin":
		p.Begin(own(a.number(a.words[0])), p.durable.Clone())
		p.taken = nil
	case "void":
		return p.playVoid(a)
	case "limit":
		p.limit = int(a.number(a.words[0]))
	case "wait":
		d, err := time.ParseDuration(a.words[0])
		if err != nil {
			p.t.Fatal(err)
		}
		p.now = p.now.Add(d)
	case "marks":
		var words []string
		for _, m := range p.Taken().Marks() {
			words = append(words, fmt.Sprintf("%s, lines from %d on", span(m.Run, 1, m.Seq), m.First))
		}
		return strings.Join(words, "\n")
	default:
		p.t.Fatalf("%q is no command", command)
	}
	return ""
}

func (p *player) playClient(rest string) string {
	var rows []row.Unidentified
	conn, _, _ := strings.Cut(rest, " ")
	for one := range strings.SplitSeq(rest, ",") {
		a := p.arguments(strings.Fields(one))
		first, last := a.span()
		rows = append(rows, named(session(a.words[0]), first, int(last+1-first), a.text())...)
	}
	d := p.client(conn, rows)
	p.taken = append(p.taken, d.Rows...)
	lines := decided(&d.Decision)
	for _, r := range d.Refused {
		lines = append(lines, fmt.Sprintf("refuse id %d: %v %q", r.ID, r.Reason, r.Text))
	}
	return strings.Join(lines, "\n")
}

func (p *player) playPeer(rest string) string {
	var rows []row.Row
	name, _, _ := strings.Cut(rest, " ")
	for one := range strings.SplitSeq(rest, ",") {
		a := p.arguments(strings.Fields(one))
		first, last := a.span()
		h := row.Head{Run: a.run(name), Seq: first, Session: session(a.named["session"])}
		if h.Session != 0 {
			h.Number = a.number(a.named["number"])
		}
		rows = append(rows, rowsOf(h, int(last+1-first), a.text())...)
	}
	peer, _ := index(name)
	d, err := p.peer(peer, rows)
	if err != nil {
		return "believe nothing: " + err.Error()
	}
	var lines []string
	for _, hole := range d.Holes {
		lines = append(lines, "hole "+span(hole.Run, hole.First, hole.Last))
	}
	lines = append(lines, decided(&d.Decision)...)
	if d.Conflicts > 0 {
		lines = append(lines, fmt.Sprintf("conflict of %d texts, the first is %s %d", d.Conflicts, d.Conflict.Name(), d.Conflict.Seq))
	}
	if d.Unwanted > 0 {
		lines = append(lines, fmt.Sprintf("unwanted %d", d.Unwanted))
	}
	if d.Surplus.Boot != 0 {
		lines = append(lines, "surplus "+d.Surplus.Name())
	}
	if d.Gap.Seq != 0 {
		lines = append(lines, fmt.Sprintf("gap before %s %d: %d not taken", d.Gap.Name(), d.Gap.Seq, d.BehindGap))
	}
	if d.AskRepair {
		lines = append(lines, "ask for a repair")
	}
	return strings.Join(lines, "\n")
}

// playVoid does what a router does whose run is void.
func (p *player) playVoid(a arguments) string {
	confirmed := a.number(a.named["confirmed"])
	var unsure []row.Row
	for _, r := range p.taken {
		if r.Last() > confirmed {
			had := int(max(confirmed+1, r.Seq) - r.Seq)
			unsure = append(unsure, r.Slice(had, r.Len()))
		}
	}
	p.Void(p.Present().Run, confirmed)
	p.Begin(own(a.number(a.words[0])), p.durable.Clone())
	p.taken = p.Renumber(unsure, p.now)
	return strings.Join(decided(&sequencer.Decision{Rows: slices.Clone(p.taken)}), "\n")
}

// decided writes down what is decided about any batch.
func decided(d *sequencer.Decision) (lines []string) {
	if len(d.Rows) > 0 {
		lines = append(lines, "take "+spans(d.Rows))
	}
	for _, h := range d.Held {
		lines = append(lines, fmt.Sprintf("hold ids %d-%d until %s %d is durable", h.FirstID, h.LastID, h.Run.Name(), h.Seq))
	}
	return lines
}
