package rings_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// slowRing is host 0 with so many texts in its log, and a disk that takes its
// time to read a piece of it.
func slowRing(t *testing.T, n int, pause time.Duration) (*memoryRing, *ringtest.Fault) {
	t.Helper()
	r := startRing(t, 1)
	r.send(0, texts(strings.Repeat("a long text ", 30), n)...)
	return r, r.hosts[0].Disk().Slow(pause, ringtest.Every("read"))
}

// ours asks for the marks, and returns the one there is.
func (w *wire) ours() *pzog.Mark {
	w.t.Helper()
	w.askSurvey()
	all := w.surveyed()
	if len(all) != 1 {
		w.t.Fatalf("the marks are %v", all)
	}
	return all[0]
}

// While a long log is read, all else goes on: messages are taken, others are
// told the marks, and the one who asks stays connected by signs of life.
func TestALongSurveyHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := slowRing(t, 6000, time.Minute) // some 2.4 MB, about 10 pieces
		sources := r.sources()
		begun := time.Now()
		asked := make(chan string)
		go func() {
			report := survey.Compare(r.t.Context(), sources, survey.Options{Holders: 1})
			asked <- strings.Join(report.Lines(), "\n")
		}()
		time.Sleep(90 * time.Second)
		sent := time.Now()
		r.send(0, texts("meanwhile", 10)...)
		w := r.client()
		w.ours()
		if took := time.Since(sent); took > time.Second {
			t.Errorf("others waited %v", took)
		}
		if got := <-asked; got != "sound: 6,000 messages in 1 run, MV" {
			t.Errorf("found %q", got)
		}
		if took := time.Since(begun); took < 6*time.Minute {
			t.Errorf("it took %v: the disk was not slow", took)
		}
		if n := slow.Fired(); n < 6 {
			t.Errorf("%d reads", n)
		}
	})
}

// A client that has gone ends its survey, also one that waits for its turn, and
// the host's end ends all.
func TestASurveyEndsWithItsClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, slow := slowRing(t, 6000, time.Minute)
		first, second, third := r.client(), r.client(), r.client()
		first.patience, third.patience = time.Hour, time.Hour
		third.live()
		mark := first.ours()
		first.askSurvey(mark)
		time.Sleep(time.Second)
		second.askSurvey(mark)
		time.Sleep(time.Second)
		third.askSurvey(&pzog.Mark{Origin: mark.Origin, Boot: mark.Boot, First: 1, Seq: 1})
		time.Sleep(time.Second)
		second.conn.Close()
		first.conn.Close()
		reads := slow.Fired()
		begun := time.Now()
		if got := third.surveyed(); len(got) != 1 || len(got[0].Digest) == 0 {
			t.Errorf("answered by %v", got)
		}
		if took := time.Since(begun); took > 3*time.Minute {
			t.Errorf("the third waited %v for those that had gone", took)
		}
		if more := slow.Fired() - reads; more > 2 {
			t.Errorf("the log was read %d times for those that had gone", more)
		}
		slow.Heal()
		r.hosts[0].Disk().Slow(500*time.Millisecond, ringtest.Every("read"))
		third.askSurvey(mark)
		time.Sleep(time.Second)
		begun = time.Now()
		r.stop(0)
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("stopped after %v", took)
		}
	})
}
