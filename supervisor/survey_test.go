package supervisor_test

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

// fromAfar is where those sit who ask.
var fromAfar = netip.MustParseAddr("127.0.55.201")

// client connects to host 0 as one who may ask.
func (r *memoryRing) client() *wire {
	r.t.Helper()
	w := r.dialPort(fromAfar, r.ring.Ports.Client)
	w.patience = 2 * time.Minute
	return w
}

// askSurvey asks for the digests of some ranges, or without any for the marks.
func (w *wire) askSurvey(ranges ...*pzog.Mark) {
	w.t.Helper()
	w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Survey: true, Marks: ranges}, frame.ClientLimit))
}

// surveyed reads the answer to a survey, however many frames it has.
func (w *wire) surveyed() []*pzog.Mark {
	w.t.Helper()
	var all []*pzog.Mark
	for {
		f, err := w.answer()
		if err != nil || f.Kind != frame.Ack || f.Ack.Delta {
			w.t.Fatalf("answered by %+v", f)
		}
		if all = append(all, f.Ack.Marks...); !f.Ack.More {
			return all
		}
	}
}

// linesOf returns the lines of one run in host 0's log, from first to last, as a
// digest of them is made.
func (r *memoryRing) linesOf(run marks.Run, first, last uint64) (lines string) {
	for seq := first; seq <= last; seq++ {
		id := " " + verify.Text(marks.Mark{Run: run, First: seq}) + " "
		for _, line := range r.lines(0) {
			if strings.Contains(line, id) {
				lines += line
			}
		}
	}
	return lines
}

// A survey without ranges is answered with the marks; one with ranges with
// digests as docs/protocol.md defines them, and none for what is not there.
func TestASurvey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		ours := r.first()
		r.send(0, texts("text", 9)...)
		w := r.client()
		w.askSurvey()
		marks0 := w.surveyed()
		if len(marks0) != 1 || marks0[0].Origin != ours.Origin || marks0[0].Boot != ours.Boot || marks0[0].First != 1 || marks0[0].Seq != 10 {
			t.Fatalf("the marks are %v", marks0)
		}
		mark := func(first, last uint64) *pzog.Mark {
			return &pzog.Mark{Origin: ours.Origin, Boot: ours.Boot, First: first, Seq: last}
		}
		w.askSurvey(mark(3, 7), mark(8, 8), mark(9, 11), mark(1, 2), &pzog.Mark{Origin: "PA", Boot: 7, First: 1, Seq: 1})
		got := w.surveyed()
		if len(got) != 5 {
			t.Fatalf("%d answers", len(got))
		}
		run := marks.Run{Origin: ours.Origin, Boot: ours.Boot}
		for i, want := range []string{r.linesOf(run, 3, 7), r.linesOf(run, 8, 8), "", r.linesOf(run, 1, 2), ""} {
			sum := sha256.Sum256([]byte(want))
			if want == "" && len(got[i].Digest) > 0 || want != "" && string(got[i].Digest) != string(sum[:16]) {
				t.Errorf("answer %d is %v, want the digest of %q", i, got[i], want)
			}
		}
		if got[0].First != 3 || got[0].Seq != 7 || got[4].Origin != "PA" {
			t.Errorf("answers are not in the order of the questions: %v", got)
		}
		w.write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
		if f := w.read(); f.Kind != frame.Ack || !f.Ack.Delta || len(f.Ack.Marks) > 0 {
			t.Errorf("a sign of life is answered by %+v", f)
		}
	})
}

// A question may have many ranges, over many frames, and so may its answer.
func TestASurveyOverManyFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		ours := r.first()
		r.send(0, texts("text", 2999)...)
		var question []*pzog.Mark
		for seq := uint64(3000); seq > 0; seq-- {
			question = append(question, &pzog.Mark{Origin: ours.Origin, Boot: ours.Boot, First: seq, Seq: seq})
		}
		w := r.client()
		w.askSurvey(question...)
		byID := make(map[string]string)
		for _, line := range r.lines(0) {
			byID[strings.Fields(line)[1]] = line
		}
		for i, got := range w.surveyed() {
			id := verify.Text(marks.Mark{Run: marks.Run{Origin: got.Origin, Boot: got.Boot}, First: got.First})
			sum := sha256.Sum256([]byte(byID[id]))
			if got.Seq != question[i].Seq || byID[id] == "" || string(got.Digest) != string(sum[:16]) {
				t.Fatalf("answer %d is %v", i, got)
			}
		}
	})
}

// More than so many at a time are sent away, with a word in error.log.
func TestTooManySurveys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := slowRing(t, 3000, time.Minute)
		w := r.client()
		mark := w.ours()
		var others []*wire
		for range 16 {
			o := r.client()
			o.patience = time.Hour
			o.askSurvey(mark)
			others = append(others, o)
		}
		time.Sleep(time.Second)
		w.askSurvey(mark)
		r.requireClosed(w, "too many surveys at a time")
		slow.Heal()
		for i, o := range others {
			if got := o.surveyed(); len(got) != 1 || len(got[0].Digest) == 0 {
				t.Errorf("the survey %d is answered by %v", i, got)
			}
		}
	})
}

// What must not be asked closes the connection.
func TestBadSurveys(t *testing.T) {
	mark := func(first, last uint64) *pzog.Mark { return &pzog.Mark{Origin: "MV", Boot: 7, First: first, Seq: last} }
	many := make([]*pzog.Mark, verify.MaxRanges+1)
	for i := range many {
		many[i] = mark(uint64(i+1), uint64(i+1))
	}
	tests := []struct {
		name   string
		ask    [][]*pzog.Mark
		reason string
	}{
		{"overlap", [][]*pzog.Mark{{mark(1, 5), mark(5, 9)}}, "ranges of a survey overlap"},
		{"too many", [][]*pzog.Mark{many}, "too many ranges in a survey"},
		{"two at a time", [][]*pzog.Mark{{mark(1, 5)}, {mark(1, 5)}}, "a survey before the last one was answered"},
		{"no boot", [][]*pzog.Mark{{{Origin: "MV", Seq: 1, First: 1}}}, "a mark that no host can have"},
		{"no name", [][]*pzog.Mark{{{Origin: "\x1b[2J", Boot: 1, Seq: 1, First: 1}}}, "a mark that no host can have"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, _ := slowRing(t, 1, 2*time.Second)
				w := r.client()
				var out []byte
				for _, ranges := range tt.ask {
					out = frame.AppendKeepAlive(out, &pzog.KeepAlive{Version: 1, Survey: true, Marks: ranges}, frame.ClientLimit)
				}
				go w.conn.Write(out)
				r.requireClosed(w, tt.reason)
				r.send(0, "unharmed")
			})
		})
	}
}
