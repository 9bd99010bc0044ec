package rings_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/ringtest"
)

// A survey at which the actor fails each time is not tried for ever, which would
// end the host.
func TestASurveyThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, texts("text", 10)...)
		fails := r.hosts[0].Actor("survey").Panic(ringtest.Every("nextPiece"))
		w := r.client()
		w.askSurvey(w.ours())
		begun := time.Now()
		if f, err := w.try(); err == nil {
			t.Errorf("answered by %+v", f)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("told after %v", took)
		}
		fails.Heal()
		time.Sleep(time.Minute)
		if got := r.compare(0); got != "sound: 10 messages in 1 run, MV" {
			t.Errorf("found %q", got)
		}
	})
}

// What is said twice counts once: the question, and the answer.
func TestASurveyIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1)
		r.send(0, texts("text", 10)...)
		asked := r.hosts[0].Actor("survey").Duplicate(ringtest.Every("Survey"))
		answered := r.hosts[0].Actor("conns/*").Duplicate(ringtest.Every("Surveyed"))
		w := r.client()
		for range 3 {
			w.askSurvey(w.ours())
			if got := w.surveyed(); len(got) != 1 || len(got[0].Digest) != verify.DigestSize {
				t.Errorf("answered by %v", got)
			}
		}
		if asked.Fired() < 3 || answered.Fired() < 3 {
			t.Errorf("%d questions and %d answers came twice", asked.Fired(), answered.Fired())
		}
	})
}

// TestLongASurveyOutlivesPanics: whatever panics while surveys are under way, each
// is answered, or its client told by the end of the connection (docs/architecture.md).
func TestLongASurveyOutlivesPanics(t *testing.T) {
	for _, tt := range []struct {
		actor, of string
		nth       []int
	}{
		{"survey", "Survey", []int{1, 2, 4}},
		{"survey", "nextPiece", []int{1, 2, 5}},
		{"survey", "Gone", []int{1}},
		{"conns/*", "Surveyed", []int{1, 2}},
		{"conns/*", "surveyCheckDue", []int{1, 2}},
	} {
		for _, nth := range tt.nth {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%d/after=%v", tt.actor, tt.of, nth, after), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						r := startRing(t, 1)
						surveysAndAPanic(r, panics(r.hosts[0].Actor(tt.actor), nth, tt.of, after))
					})
				})
			}
		}
	}
}

func surveysAndAPanic(r *memoryRing, panics *ringtest.Fault) {
	r.send(0, texts(strings.Repeat("a long text ", 30), 2000)...)
	slow := r.hosts[0].Disk().Slow(20*time.Second, ringtest.Every("read")) // so that some are asked again
	gone := r.client()
	mark := gone.ours()
	gone.askSurvey(mark)
	time.Sleep(time.Second)
	gone.conn.Close()
	var answered, ended atomic.Int64
	var clients sync.WaitGroup
	for range 3 {
		w := r.client()
		w.patience = time.Hour
		w.askSurvey(mark)
		w.live()
		clients.Go(func() {
			if f, err := w.answer(); err != nil {
				ended.Add(1)
			} else if f.Kind == frame.Ack && len(f.Ack.Marks) == 1 && len(f.Ack.Marks[0].Digest) == verify.DigestSize {
				answered.Add(1)
			}
		})
	}
	clients.Wait()
	if panics.Fired() == 0 {
		r.t.Fatalf("it did not fire: %v", panics)
	}
	if answered.Load()+ended.Load() != 3 || ended.Load() > 1 {
		r.t.Errorf("%d are answered and %d told, of 3", answered.Load(), ended.Load())
	}
	slow.Heal()
	if got := r.compare(0); got != "sound: 2,000 messages in 1 run, MV" {
		r.t.Errorf("found %q", got)
	}
}
