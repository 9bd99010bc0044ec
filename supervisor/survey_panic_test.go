package supervisor_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"xlattice.org/zog/internal/disk"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/verify"
)

// oneActor puts something before the actors of one name that sees each message.
type oneActor struct {
	actor.Mailbox
	name string
	with func(actor.MessageInvoker) actor.MessageInvoker
}

func (b oneActor) RegisterHandlers(i actor.MessageInvoker, d actor.Dispatcher) {
	if who, ok := i.(interface{ Self() *actor.PID }); ok && strings.Contains(who.Self().Id, "/"+b.name) {
		i = b.with(i)
	}
	b.Mailbox.RegisterHandlers(i, d)
}

// watchActor has host 0 use oneActor.
func (r *memoryRing) watchActor(name string, with func(actor.MessageInvoker) actor.MessageInvoker) {
	r.boxes[0] = func() actor.Mailbox { return oneActor{actor.Unbounded()(), name, with} }
}

// seeing is an invoker that looks at a message before its actor does.
type seeing struct {
	actor.MessageInvoker
	look func(message any, invoke func(any))
}

func (s seeing) InvokeUserMessage(m any) { s.look(m, s.MessageInvoker.InvokeUserMessage) }

// A survey at which the actor fails each time is not tried for ever, which would
// end the host.
func TestASurveyThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		var fails atomic.Bool
		r.watchActor("survey", func(i actor.MessageInvoker) actor.MessageInvoker {
			return seeing{i, func(m any, invoke func(any)) {
				if fails.Load() && fmt.Sprintf("%T", m) == "*actors.surveyOn" {
					panic("injected")
				}
				invoke(m)
			}}
		})
		r.start(0)
		r.send(0, texts("text", 10)...)
		fails.Store(true)
		w := r.client()
		w.askSurvey(w.ours())
		begun := time.Now()
		if f, err := w.try(); err == nil {
			t.Errorf("answered by %+v", f)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("told after %v", took)
		}
		fails.Store(false)
		time.Sleep(time.Minute)
		if got := r.compare(0); got != "sound: 10 messages in 1 run, MV" {
			t.Errorf("found %q", got)
		}
	})
}

// What is said twice counts once: the question, and the answer.
func TestASurveyIsAnsweredOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.watchActor("", func(i actor.MessageInvoker) actor.MessageInvoker {
			return seeing{i, func(m any, invoke func(any)) {
				invoke(m)
				if name := fmt.Sprintf("%T", m); name == "*messages.Survey" || name == "*messages.Surveyed" {
					invoke(m)
				}
			}}
		})
		r.start(0)
		r.send(0, texts("text", 10)...)
		w := r.client()
		for range 3 {
			w.askSurvey(w.ours())
			if got := w.surveyed(); len(got) != 1 || len(got[0].Digest) != verify.DigestSize {
				t.Errorf("answered by %v", got)
			}
		}
	})
}

// TestASurveyOutlivesPanics: whatever panics while surveys are under way, each
// is answered, or its client told by the end of the connection (DESIGN 8).
func TestASurveyOutlivesPanics(t *testing.T) {
	for _, tt := range []struct {
		actor, of string
		nth       []int64
	}{
		{"survey", "*messages.Survey", []int64{1, 2, 4}},
		{"survey", "*actors.surveyOn", []int64{1, 2, 5}},
		{"survey", "*messages.Gone", []int64{1}},
		{"conn", "*messages.Surveyed", []int64{1, 2}},
		{"conn", "*actors.inquireAgain", []int64{1, 2}},
	} {
		for _, nth := range tt.nth {
			for _, after := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/%s/%d/after=%v", tt.actor, tt.of, nth, after), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						surveysAndAPanic(t, tt.actor, crash{of: tt.of, nth: nth, after: after, seen: new(atomic.Int64), fired: new(atomic.Bool)})
					})
				})
			}
		}
	}
}

func surveysAndAPanic(t *testing.T, name string, c crash) {
	r := newRing(t, 1)
	d := slowRead{slowDisk{FS: disk.OS{}}, new(atomic.Int64), new(atomic.Int64)}
	r.disk = d
	r.watchActor(name, func(i actor.MessageInvoker) actor.MessageInvoker { return &crashInvoker{i, c} })
	r.start(0)
	r.send(0, texts(strings.Repeat("a long text ", 30), 2000)...)
	d.pause.Store(int64(20 * time.Second)) // so that some are asked again
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
		clients.Go(func() {
			if f, err := w.try(); err != nil {
				ended.Add(1)
			} else if f.Kind == frame.Ack && len(f.Ack.Marks) == 1 && len(f.Ack.Marks[0].Digest) == verify.DigestSize {
				answered.Add(1)
			}
		})
	}
	clients.Wait()
	if !c.fired.Load() {
		t.Fatalf("%s came %d times: the fault did not fire", c.of, c.seen.Load())
	}
	if answered.Load()+ended.Load() != 3 || ended.Load() > 1 {
		t.Errorf("%d are answered and %d told, of 3", answered.Load(), ended.Load())
	}
	d.pause.Store(0)
	if got := r.compare(0); got != "sound: 2,000 messages in 1 run, MV" {
		t.Errorf("found %q", got)
	}
}
