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
		synctest.Wait() // the host may hear one more word
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

// A host that lies has ways to be never done: all of them end, and are named.
func TestAHostThatIsNeverDone(t *testing.T) {
	sign := ack(&pzog.Ack{Delta: true})
	every := func(pause time.Duration, out []byte) func(net.Conn) {
		return func(conn net.Conn) {
			for _, err := conn.Write(out); err == nil; _, err = conn.Write(out) {
				time.Sleep(pause)
			}
		}
	}
	for name, test := range map[string]struct {
		does func(net.Conn)
		want string
		most time.Duration
	}{
		"marks without end":        {every(0, more(mark("A", 1, 1, 9))), "answers without end", time.Minute},
		"marks, slowly":            {every(time.Second, more(mark("A", 1, 1, 9))), "answers so slowly that it was given up", 32 * time.Second},
		"empty frames":             {every(time.Second, more()), "answers without end", time.Second},
		"signs of life":            {every(500*time.Millisecond, sign), "has given signs of life for 1h0m0s, and no answer", time.Hour + time.Second},
		"signs of life, very many": {every(time.Millisecond, sign), "gives more signs of life than any zog, and no answer", time.Second},
		"a frame, byte by byte":    {slowly(more(manyMarks(340)...), time.Second), "has given signs of life for 1h0m0s, and no answer", time.Hour + time.Second},
		"garbage":                  {every(0, []byte("GET / HTTP/1.1\r\n\r\n and what else a frame of this length needs to be whole")), "is not a zog: malformed frame: body is not protobuf", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake(t, always(nil))
				f.unasked = test.does
				begun := time.Now()
				_, err := f.ask().Held(t.Context())
				if err == nil || err.Error() != test.want {
					t.Errorf("%v, want %q", err, test.want)
				}
				if took := time.Since(begun); took > test.most {
					t.Errorf("it took %v", took)
				}
				time.Sleep(time.Hour) // the fake sees that it is over
			})
		})
	}
}

// slowly says the same bytes again and again, one after each pause.
func slowly(out []byte, pause time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		for i := 0; ; i++ {
			if _, err := conn.Write(out[i%len(out) : i%len(out)+1]); err != nil {
				return
			}
			time.Sleep(pause)
		}
	}
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
