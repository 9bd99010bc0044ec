package survey_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/verify"
	"xlattice.org/zog/messages/pzog"
)

func TestHeld(t *testing.T) {
	var many []*pzog.Mark
	for boot := uint64(1); boot <= 200; boot++ {
		many = append(many, mark("A", boot, 1, boot))
	}
	tests := []struct {
		name string
		out  []byte
		want string // the ranges, or the error
	}{
		{"nothing", ack(&pzog.Ack{}), ""},
		{"some", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 1, 9), mark("B", 2, 5, 9)}}), "A.1.1-9 B.2.5-9"},
		{"first is not said", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 0, 9)}}), "A.1.1-9"},
		{"not held any more", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 0, 0), mark("A", 2, 10, 9)}}), "A.2.10"},
		{"over many frames", ack(&pzog.Ack{Marks: many}), "200 ranges"},
		{"after signs of life", append(ack(&pzog.Ack{Delta: true}), ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1, 1, 9)}})...), "A.1.1-9"},
		{"another host", ack(&pzog.Ack{Host: "PA"}), "answers under another name"},
		{"a name to hurt terminals", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("\x1b[2J", 1, 1, 9)}}), "answers what was not asked"},
		{"no boot", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 0, 1, 9)}}), "answers what was not asked"},
		{"a boot that cannot be", ack(&pzog.Ack{Marks: []*pzog.Mark{mark("A", 1<<40, 1, 9)}}), "answers what was not asked"},
		{"busy", refusal("too many surveys at a time"), "is busy: too many surveys at a time"},
		{"busy, to hurt terminals", refusal("\x1b[2J" + strings.Repeat("x", 1000)), `is busy: \x1b[2J` + strings.Repeat("x", 96)},
		{"empty frames", more(), "answers without end"},
		{"Ok", frame.AppendOk(nil, &frame.Ok{ID: 1}), "answers what was not asked"},
		{"HTTP", []byte("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n some more text so that the frame is whole"), "is not a zog: malformed frame: body is not protobuf"},
		{"length 0", []byte{0}, "is not a zog: malformed frame: length 0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				held, err := newFake(t, always(tt.out)).ask().Held(t.Context())
				got := ranges(held)
				if err != nil {
					got = err.Error()
				} else if len(held) > 100 {
					got = fmt.Sprint(len(held), " ranges")
				}
				if got != tt.want {
					t.Errorf("got %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func ranges(all []marks.Mark) string {
	words := make([]string, len(all))
	for i, r := range all {
		words[i] = verify.Text(r)
	}
	return strings.Join(words, " ")
}

// endless answers with marks and never with the last of them.
func TestAnAnswerWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marks []*pzog.Mark
		for seq := uint64(1); seq < 1<<17+100; seq++ {
			marks = append(marks, mark("A", 1, seq, seq))
		}
		_, err := newFake(t, always(ack(&pzog.Ack{Marks: marks}))).ask().Held(t.Context())
		if err == nil || err.Error() != "answers without end" {
			t.Errorf("%v", err)
		}
	})
}

func TestDigests(t *testing.T) {
	run := marks.Run{Origin: "A", Boot: 1}
	var question []marks.Mark
	for seq := uint64(1); seq <= 300; seq++ {
		question = append(question, marks.Mark{Run: run, First: seq, Seq: seq})
	}
	answers := func(change func([]*pzog.Mark) []*pzog.Mark) func(*pzog.KeepAlive) ([]byte, error) {
		var all []*pzog.Mark
		return func(k *pzog.KeepAlive) ([]byte, error) {
			for _, m := range k.Marks {
				if m.Seq%3 > 0 {
					m.Digest = []byte(fmt.Sprintf("%16d", m.Seq))
				}
				all = append(all, m)
			}
			if k.More {
				return nil, nil
			}
			return ack(&pzog.Ack{Marks: change(all)}), nil
		}
	}
	synctest.Test(t, func(t *testing.T) {
		h := newFake(t, answers(func(all []*pzog.Mark) []*pzog.Mark { return all })).ask()
		digests, err := h.Digests(t.Context(), question)
		if err != nil || len(digests) != 300 {
			t.Fatalf("%d digests, error %v", len(digests), err)
		}
		for i, d := range digests {
			want := verify.Digest("")
			if seq := i + 1; seq%3 > 0 {
				want = verify.Digest(fmt.Sprintf("%16d", seq))
			}
			if d != want {
				t.Fatalf("digest %d is %q", i, d)
			}
		}
	})
	for name, test := range map[string]struct {
		change func([]*pzog.Mark) []*pzog.Mark
		want   string
	}{
		"one is missing": {func(all []*pzog.Mark) []*pzog.Mark { return all[1:] }, "answers what was not asked"},
		"another order":  {func(all []*pzog.Mark) []*pzog.Mark { all[0], all[1] = all[1], all[0]; return all }, "answers what was not asked"},
		"one too many":   {func(all []*pzog.Mark) []*pzog.Mark { return append(all, mark("A", 1, 301, 301)) }, "answers without end"},
		"another run":    {func(all []*pzog.Mark) []*pzog.Mark { all[7].Boot = 2; return all }, "answers what was not asked"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, err := newFake(t, answers(test.change)).ask().Digests(t.Context(), question)
				if err == nil || err.Error() != test.want {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// A connection that the host has ended since the last question is no reason to
// give up; one that it ends at each is.
func TestAConnectionThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		f := newFake(t, func(*pzog.KeepAlive) ([]byte, error) {
			if asked++; asked%2 == 0 {
				return nil, errors.New("closed")
			}
			return ack(&pzog.Ack{}), nil
		})
		h := f.ask()
		for i := range 3 {
			if _, err := h.Held(t.Context()); err != nil {
				t.Errorf("question %d: %v", i, err)
			}
		}
		if n := f.served.Load(); n != 3 {
			t.Errorf("%d connections", n)
		}
		f.manner = func(*pzog.KeepAlive) ([]byte, error) { return nil, errors.New("closed") }
		if _, err := h.Held(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "has ended the connection; its error.log may say why: ") {
			t.Errorf("%v", err)
		}
	})
}

func TestNobodyIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t, always(nil))
		f.port.Close()
		if _, err := f.ask().Held(t.Context()); err == nil || err.Error() != "is not reachable at 127.0.55.1:55552: connection refused" {
			t.Errorf("%v", err)
		}
	})
}

// Who asks need not wait for the answer.
func TestAskingIsEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		h := newFake(t, func(k *pzog.KeepAlive) ([]byte, error) {
			if k.Survey {
				return nil, nil
			}
			return ack(&pzog.Ack{Delta: true}), nil
		}).ask()
		begun := time.Now()
		_, err := h.Held(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begun) != 12*time.Second {
			t.Errorf("%v after %v", err, time.Since(begun))
		}
	})
}
