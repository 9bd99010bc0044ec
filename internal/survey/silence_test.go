package survey_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

// A host that reads its log for minutes is waited for: it answers our signs of life,
// and the answers are not taken for that to the survey, also when they come late.
func TestAHostThatAnswersSignsOfLifeIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signs, late := 0, 0
		f := newFake(t, func(k *pzog.KeepAlive) ([]byte, error) {
			sign := ack(&pzog.Ack{Delta: true})
			switch {
			case k.Survey && len(k.Marks) == 0:
				out := ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 1, 9)}})
				for ; late > 0; late-- {
					out = append(sign, out...)
				}
				return out, nil
			case k.Survey:
				return nil, nil
			}
			if signs++; signs == 400 { // the answer overtakes that to this sign
				late = 1
				return ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 1, 9)}}), nil
			}
			return sign, nil
		})
		h := f.ask()
		begun := time.Now()
		if _, err := h.Digests(t.Context(), oneRange); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 400*time.Second {
			t.Errorf("400 signs of life in %v", took)
		}
		if _, err := h.Held(t.Context()); err != nil {
			t.Errorf("after a late sign of life: %v", err)
		}
		if n := f.served.Load(); n != 1 {
			t.Errorf("%d connections", n)
		}
	})
}

var oneRange = []marks.Mark{{Run: marks.Run{Origin: "A", Boot: 1}, First: 1, Seq: 9}}

// A host that gives signs of life by itself is waited for, and hears ours: it closes
// connections on which nothing is said.
func TestAHostThatGivesSignsOfLifeIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var heard []time.Time
		f := newFake(t, always(nil))
		f.manner = func(*pzog.KeepAlive) ([]byte, error) {
			heard = append(heard, time.Now())
			return nil, nil
		}
		f.unasked = func(conn net.Conn) {
			for range 1200 {
				time.Sleep(500 * time.Millisecond)
				conn.Write(ack(&pzog.Ack{Delta: true}))
			}
			conn.Write(ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 1, 9)}}))
		}
		held, err := f.ask().Held(t.Context())
		if err != nil || ranges(held) != "A.1.1-9" {
			t.Fatalf("got %q, %v", ranges(held), err)
		}
		for i := 1; i < len(heard); i++ {
			if pause := heard[i].Sub(heard[i-1]); pause > time.Second {
				t.Fatalf("nothing said to the host for %v", pause)
			}
		}
		if len(heard) < 600 {
			t.Errorf("said %d words in ten minutes", len(heard))
		}
	})
}

// A host that is stopped accepts and says nothing. It is given up after the timeout,
// and once: also if it answered before.
func TestAHostThatSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := false
		f := newFake(t, func(*pzog.KeepAlive) ([]byte, error) {
			if stopped {
				return nil, nil
			}
			return ack(&pzog.Ack{}), nil
		})
		h := f.ask()
		if _, err := h.Held(t.Context()); err != nil {
			t.Fatal(err)
		}
		stopped = true
		for range 2 {
			begun := time.Now()
			if _, err := h.Held(t.Context()); err == nil || err.Error() != "has said nothing for 2s" {
				t.Errorf("%v", err)
			}
			if took := time.Since(begun); took != 2*time.Second {
				t.Errorf("given up after %v", took)
			}
		}
	})
}

// A host without power does not even accept.
func TestAHostThatDoesNotAccept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := survey.NewHost("MV", at.String(), patience, func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		begun := time.Now()
		if _, err := h.Held(t.Context()); err == nil || err.Error() != "is not reachable at 127.0.55.1:55552: no answer for 2s" {
			t.Errorf("%v", err)
		}
		if took := time.Since(begun); took != 2*time.Second {
			t.Errorf("given up after %v", took)
		}
	})
}

// A host that takes nothing of a long question is as silent as one that says nothing.
// One that takes it slowly is not, until it has all of it.
func TestALongQuestion(t *testing.T) {
	question := make([]marks.Mark, verify.MaxRanges)
	for i := range question {
		question[i] = marks.Mark{Run: oneRange[0].Run, First: uint64(2*i + 1), Seq: uint64(2*i + 1)}
	}
	for name, test := range map[string]struct {
		take  func(net.Conn)
		least time.Duration
	}{
		"is not taken":    {func(net.Conn) {}, 2 * time.Second},
		"is taken slowly": {takeSlowly, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ours, theirs := net.Pipe()
				var host sync.WaitGroup
				host.Go(func() { test.take(theirs) })
				defer host.Wait()
				defer theirs.Close()
				dial := func(context.Context, string, string) (net.Conn, error) { return ours, nil }
				begun := time.Now()
				_, err := survey.NewHost("MV", at.String(), patience, dial).Digests(t.Context(), question)
				if err == nil || err.Error() != "has said nothing for 2s" {
					t.Errorf("%v", err)
				}
				if took := time.Since(begun); took < test.least || took > 2*test.least {
					t.Errorf("given up after %v", took)
				}
			})
		})
	}
}

// takeSlowly reads a piece whenever two seconds are nearly over.
func takeSlowly(conn net.Conn) {
	for buf := make([]byte, 32<<10); ; time.Sleep(1900 * time.Millisecond) {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}
