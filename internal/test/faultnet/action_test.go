package faultnet_test

import (
	"bytes"
	"io"
	"net"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/test/faultnet"
	"xlattice.org/zog/messages/pzog"
)

// second does something to the second frame that a has for b.
func second(action faultnet.Action) judge {
	var mu sync.Mutex
	seen := 0
	return func(e faultnet.Event) faultnet.Action {
		mu.Lock()
		defer mu.Unlock()
		if e.Route != there {
			return faultnet.Action{}
		}
		if seen++; seen != 2 {
			return faultnet.Action{}
		}
		return action
	}
}

var one, two, three = framed(1, 10), framed(2, 300), framed(3, 10)

func TestWhatBecomesOfAFrame(t *testing.T) {
	corrupted := slices.Clone(two)
	corrupted[7] ^= 0x10
	for _, tt := range []struct {
		name   string
		action faultnet.Action
		heard  []byte
		after  error // what both ends then read; nil if the connection goes on
	}{
		{"passes", faultnet.Action{}, slices.Concat(one, two, three), nil},
		{"vanishes", faultnet.Action{Fate: faultnet.Vanish}, slices.Concat(one, three), nil},
		{"is corrupted", faultnet.Action{Fate: faultnet.Corrupt, At: 7, Mask: 0x10}, slices.Concat(one, corrupted, three), nil},
		{"is cut", faultnet.Action{Fate: faultnet.CutAfter, At: 9}, slices.Concat(one, two[:9]), syscall.ECONNRESET},
		{"is reset before", faultnet.Action{Fate: faultnet.ResetBefore}, one, syscall.ECONNRESET},
		{"is the last", faultnet.Action{Fate: faultnet.HalfClose}, slices.Concat(one, two), io.EOF},
		{"is half the last", faultnet.Action{Fate: faultnet.FinMid, At: 150}, slices.Concat(one, two[:150]), io.EOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			overBoth(t, func() judge { return second(tt.action) }, func(t *testing.T, w *world) {
				near, far := w.connect()
				w.say(near, slices.Concat(one, two, three))
				w.hear(far, tt.heard)
				switch tt.after {
				case nil:
					w.say(near, one)
					w.hear(far, one)
				case io.EOF:
					w.ends(far, io.EOF)
					w.mute(near, syscall.EPIPE)
					w.say(far, two)
					w.hear(near, two)
				default:
					w.ends(far, tt.after)
					w.reset(near)
				}
			})
		})
	}
}

// An offset outside a frame stands for the nearest byte.
func TestOffsetsOutsideAFrame(t *testing.T) {
	last, first := slices.Clone(two), slices.Clone(two)
	last[len(two)-1] ^= 1
	first[0] ^= 1
	for _, tt := range []struct {
		action faultnet.Action
		heard  []byte
	}{
		{faultnet.Action{Fate: faultnet.Corrupt, At: 10_000, Mask: 1}, last},
		{faultnet.Action{Fate: faultnet.Corrupt, At: -1, Mask: 1}, first},
		{faultnet.Action{Fate: faultnet.FinMid, At: 10_000}, two},
		{faultnet.Action{Fate: faultnet.FinMid, At: -1}, nil},
	} {
		inMemory(t, second(tt.action), func(t *testing.T, w *world) {
			near, far := w.connect()
			w.say(near, slices.Concat(one, two))
			near.Close()
			w.hear(far, one, tt.heard)
			w.ends(far, io.EOF)
		})
	}
}

func TestAStallHoldsAllBehindItUntilItIsReleased(t *testing.T) {
	inMemory(t, second(faultnet.Action{Fate: faultnet.Stall}), func(t *testing.T, w *world) {
		near, far := w.connect()
		w.say(near, one, two, three)
		near.Close()
		w.hear(far, one)
		w.silent(far)
		w.Release(back)
		w.silent(far)
		w.Release(there)
		w.hear(far, two, three)
		w.ends(far, io.EOF)
	})
}

func TestAStalledNetCanBeClosed(t *testing.T) {
	inMemory(t, second(faultnet.Action{Fate: faultnet.Stall}), func(t *testing.T, w *world) {
		near, _ := w.connect()
		w.say(near, one, two, three)
		near.Close()
	})
}

// seen is an Event without its bytes.
type seen struct {
	kind  frame.Kind
	size  int
	first bool
}

// events judges nothing and keeps what it is shown.
func events(route faultnet.Route) (judge, *[]seen, *bytes.Buffer) {
	var all []seen
	var passed bytes.Buffer
	return func(e faultnet.Event) faultnet.Action {
		if e.Route == route {
			all = append(all, seen{e.Kind, e.Size, e.First})
			passed.Write(e.Bytes)
		}
		return faultnet.Action{}
	}, &all, &passed
}

func TestTheJudgeSeesEachFrame(t *testing.T) {
	alive := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.PeerLimit)
	ack := frame.AppendAck(nil, &pzog.Ack{Version: 1}, frame.PeerLimit)
	ok := frame.AppendOk(nil, &frame.Ok{ID: 7})
	hello := slices.Concat([]byte{0x16, 3, 1, 0, 20, 1, 0, 0, 16, 3, 3}, make([]byte, 14)) // of TLS
	j, got, passed := events(there)
	inMemory(t, j, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.say(near, slices.Concat(alive, ack), two[:1], two[1:200], slices.Concat(two[200:], ok))
		w.say(near, hello, ok, one[:3])
		near.Close()
		sent := slices.Concat(alive, ack, two, ok, hello, ok, one[:3])
		w.hear(far, sent)
		w.ends(far, io.EOF)
		want := []seen{
			{frame.KeepAlive, len(alive), true}, {frame.Ack, len(ack), false},
			{frame.DataKind, len(two), true}, {frame.OkKind, len(ok), false},
			{0, len(hello), true}, {0, len(ok), true}, {0, 3, true},
		}
		if !slices.Equal(*got, want) {
			t.Errorf("\n got %v\nwant %v", *got, want)
		}
		if !bytes.Equal(passed.Bytes(), sent) {
			t.Errorf("it has seen %q", passed.Bytes())
		}
	})
}

// A part of a frame waits for the rest, but not beyond the end of what is
// written, be it in order or not.
func TestAPartOfAFrameIsNotKeptForEver(t *testing.T) {
	j, got, _ := events(there)
	overBoth(t, func() judge { return j }, func(t *testing.T, w *world) {
		for _, end := range []func(net.Conn){w.closeWrite, func(c net.Conn) { c.Close() }} {
			near, far := w.connect()
			w.say(near, one, two[:100])
			w.hear(far, one)
			end(near)
			w.hear(far, two[:100])
			w.ends(far, io.EOF)
		}
	})
	for _, e := range *got {
		if e.kind != frame.DataKind || e.size != len(one) {
			t.Errorf("judged: %v", e)
		}
	}
}

func TestAFrameOverTheLimitIsNone(t *testing.T) {
	j, got, _ := events(there)
	inMemory(t, j, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.say(near, []byte{0x81, 0x80}, []byte{0x04, 1, 2, 3})
		w.hear(far, []byte{0x81, 0x80, 0x04, 1, 2, 3})
		if want := []seen{{0, 6, true}}; !slices.Equal(*got, want) {
			t.Errorf("judged: %v", *got)
		}
	})
}

func TestBothEndsHaveTheNumberOfTheConnection(t *testing.T) {
	numbers := map[faultnet.Route][]uint64{}
	var mu sync.Mutex
	j := func(e faultnet.Event) faultnet.Action {
		mu.Lock()
		defer mu.Unlock()
		numbers[e.Route] = append(numbers[e.Route], e.Conn)
		return faultnet.Action{}
	}
	overBoth(t, func() judge { return j }, func(t *testing.T, w *world) {
		clear(numbers)
		for range 2 {
			near, far := w.connect()
			w.say(near, one)
			w.hear(far, one)
			w.say(far, two)
		}
		want := []uint64{1, 2}
		if !slices.Equal(numbers[there], want) || !slices.Equal(numbers[back], want) {
			t.Errorf("numbers %v", numbers)
		}
	})
}

// A Judge may do to the Net what it likes.
func TestAJudgeMayKill(t *testing.T) {
	var w *world
	inMemory(t, func(e faultnet.Event) faultnet.Action {
		if e.Kind == frame.OkKind {
			w.b.Kill(true)
		}
		return faultnet.Action{}
	}, func(t *testing.T, it *world) {
		w = it
		near, far := w.connect()
		w.say(far, one, frame.AppendOk(nil, &frame.Ok{ID: 7}))
		synctest.Wait()
		w.mute(far, net.ErrClosed)
		if got, err := io.ReadAll(near); !bytes.HasPrefix(one, got) || err == nil {
			t.Errorf("read %d bytes, %v", len(got), err)
		}
	})
}
