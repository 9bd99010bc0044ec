package rings_test

import (
	"crypto/sha256"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

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

// live gives signs of life until the test is over.
func (w *wire) live() {
	over := make(chan struct{})
	var signs sync.WaitGroup
	signs.Go(func() {
		for every := time.NewTicker(10 * time.Second); ; {
			select {
			case <-every.C:
				_, _ = w.conn.Write(frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.ClientLimit))
			case <-over:
				every.Stop()
				return
			}
		}
	})
	w.t.Cleanup(func() {
		close(over)
		signs.Wait()
	})
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

// oneFrame encodes a KeepAlive as it is, with more although nothing may follow.
func oneFrame(t *testing.T, k *pzog.KeepAlive) []byte {
	t.Helper()
	out, err := proto.Marshal(&pzog.Frame{Body: &pzog.Frame_KeepAlive{KeepAlive: k}})
	if err != nil {
		t.Fatal(err)
	}
	return append(protowire.AppendVarint(nil, uint64(len(out))), out...)
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

// requireRefused fails unless a survey is refused for a reason, which is in error.log, too.
func (r *memoryRing) requireRefused(w *wire, why string) {
	r.t.Helper()
	f, err := w.answer()
	if err != nil || f.Kind != frame.OkKind || f.Ok.ID != 0 || f.Ok.Refusal != pzog.Refusal_OVERLOADED || f.Ok.Detail != why {
		r.t.Fatalf("answered by %+v, %v", f, err)
	}
	if lines := r.errorLines(); !strings.HasSuffix(strings.TrimSpace(lines[len(lines)-1]), why) {
		r.t.Errorf("error.log: %q", lines)
	}
}

// askFrom has clients at some addresses ask, each for the whole log, from a disk that
// takes its time. They live.
func (r *memoryRing) askFrom(from ...string) (all []*wire) {
	for _, address := range from {
		w := r.dialPort(netip.MustParseAddr(address), r.ring.Ports.Client)
		w.patience = time.Hour
		w.askSurvey(w.ours())
		w.live()
		all = append(all, w)
		time.Sleep(10 * time.Millisecond)
	}
	return all
}

func (r *memoryRing) requireDigest(w *wire) {
	r.t.Helper()
	if got := w.surveyed(); len(got) != 1 || len(got[0].Digest) == 0 {
		r.t.Errorf("a survey is answered by %v", got)
	}
}

// One address has only so many surveys at a time, and all together only so many. Who gets
// none is told so, stays connected, and can ask again. The limits can be reloaded.
func TestTooManySurveys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := slowRing(t, 3000, time.Minute)
		a, b := "127.0.55.201", "127.0.55.202"
		others := r.askFrom(a, a, a, a)
		fifth := r.askFrom(a)[0]
		r.requireRefused(fifth, "too many surveys at a time from one address or certificate name")
		fifth.ours() // which needs no place
		ring := *r.ring
		ring.Limits.Surveys, ring.Limits.SurveysPerAddress = 6, 5
		r.hosts[0].Daemon().Reload(&ring, nil)
		fifth.askSurvey(fifth.ours())
		others = append(others, fifth)
		others = append(others, r.askFrom(b)...)
		// Now all places are taken, five of them by one address: it gives one up.
		others = append(others, r.askFrom(b)...)
		r.requireRefused(fifth, "too many surveys at a time")
		others = append(others[:4], others[5:]...)
		slow.Heal()
		for _, o := range others {
			r.requireDigest(o)
		}
	})
}

// Somebody who takes all the places that one address can have, and asks for ever, does
// not keep verify from being answered, and is not served before it.
func TestManyAskersDoNotKeepOthersFromAsking(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		r, _ := slowRing(t, 3000, 5*time.Second)
		mark := r.client().ours()
		var askers sync.WaitGroup
		for range 64 {
			askers.Go(func() {
				conn, err := r.DialBelow(t.Context(), netip.MustParseAddr("127.0.55.202"), netip.AddrPortFrom(r.address(0), r.ring.Ports.Client))
				if err != nil {
					return
				}
				defer conn.Close()
				ask := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Survey: true, Marks: []*pzog.Mark{mark}}, frame.ClientLimit)
				for buf := []byte(nil); ; {
					if _, err := conn.Write(ask); err != nil {
						return
					}
					for f, err := readFrame(conn, &buf, frame.ClientLimit); isSign(f) || err != nil; f, err = readFrame(conn, &buf, frame.ClientLimit) {
						if err != nil {
							return
						}
					}
					time.Sleep(time.Second)
				}
			})
		}
		time.Sleep(time.Minute)
		begun := time.Now()
		if got := r.compare(0); got != "sound: 3,000 messages in 1 run, MV" {
			t.Errorf("found %q", got)
		}
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("it took %v", took)
		}
		r.stop(0)
		askers.Wait()
	})
}

// A question whose ranges do not come to an end is ended, and so is one whose client says
// nothing any more: their places are free then.
func TestUnfinishedSurveys(t *testing.T) {
	mark := &pzog.Mark{Origin: "MV", Boot: 7, First: 1, Seq: 1}
	more := func(marks ...*pzog.Mark) []byte {
		return oneFrame(t, &pzog.KeepAlive{Version: 1, Survey: true, More: true, Marks: marks})
	}
	for name, unfinished := range map[string][]byte{"marks": more(mark), "empty frames": more()} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := startRing(t, 1)
				w := r.client()
				begun := time.Now()
				go func() {
					for _, err := w.conn.Write(unfinished); err == nil; _, err = w.conn.Write(unfinished) {
						time.Sleep(50 * time.Millisecond)
					}
				}()
				r.requireClosed(w, "a survey whose ranges do not come")
				if took := time.Since(begun); took < 10*time.Second || took > 12*time.Second {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
	t.Run("beyond the places", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r := startRing(t, 1)
			r.send(0, "a text")
			var all []*wire
			for range 5 {
				w := r.client()
				w.write(more(mark))
				time.Sleep(time.Millisecond)
				all = append(all, w)
			}
			fifth := all[4]
			r.requireRefused(fifth, "too many surveys at a time from one address or certificate name")
			all[0].conn.Close()
			time.Sleep(time.Second)
			fifth.askSurvey() // the end of the question that was refused
			fifth.askSurvey(fifth.ours())
			r.requireDigest(fifth)
		})
	})
	t.Run("silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, slow := slowRing(t, 6000, 20*time.Second)
			w := r.client()
			w.askSurvey(w.ours())
			begun := time.Now()
			for err := error(nil); err == nil; _, err = w.try() {
			}
			if took := time.Since(begun); took > 70*time.Second {
				t.Errorf("ended after %v", took)
			}
			reads := slow.Fired()
			time.Sleep(5 * time.Minute)
			if more := slow.Fired() - reads; more > 2 {
				t.Errorf("the log was read %d times for a client that was gone", more)
			}
		})
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
