package faultnet_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/test/faultnet"
)

const ms = time.Millisecond

func TestLatencyIsExact(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		w.Set(there, faultnet.Condition{Latency: 100 * ms})
		w.Set(back, faultnet.Condition{Latency: 30 * ms})
		start := time.Now()
		near, far := w.connect()
		w.after(start, 130*ms)
		start = time.Now()
		go func() {
			w.say(near, one)
			time.Sleep(10 * ms)
			w.say(near, two)
			near.Close()
		}()
		w.hear(far, one)
		w.after(start, 100*ms)
		w.say(far, three)
		w.hear(far, two)
		w.ends(far, io.EOF)
		w.after(start, 110*ms)
	})
}

// Each way has a latency of its own, and a change of it is for what is on its
// way too.
func TestLatencyIsOneWayAndCanChange(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.SetDefault(faultnet.Condition{Latency: time.Hour})
		w.Set(back, faultnet.Condition{})
		start := time.Now()
		w.say(far, one)
		w.hear(near, one)
		w.after(start, 0)
		w.say(near, two)
		time.Sleep(time.Second)
		w.SetDefault(faultnet.Condition{Latency: 3 * time.Second})
		w.hear(far, two)
		w.after(start, 3*time.Second)
	})
}

func TestJitterIsBoundedAndKeepsTheOrder(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(there, faultnet.Condition{Latency: 100 * ms, Jitter: 50 * ms})
		var all [][]byte
		for i := range 100 {
			all = append(all, framed(uint64(i), i))
		}
		took := make(map[time.Duration]bool)
		for _, word := range all {
			start := time.Now()
			w.say(near, word)
			w.hear(far, word)
			took[time.Since(start)] = true
		}
		for d := range took {
			if d < 100*ms || d >= 150*ms {
				t.Errorf("it took %v", d)
			}
		}
		if len(took) < 50 {
			t.Errorf("%d words took only %d different times", len(all), len(took))
		}
		go func() {
			for _, word := range all {
				w.say(near, word)
				time.Sleep(ms)
			}
		}()
		w.hear(far, all...)
	})
}

func TestRateIsThatOfTheRoute(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		near2, far2 := w.connect()
		w.Set(there, faultnet.Condition{Rate: 1000, Latency: time.Second})
		start := time.Now()
		w.say(near, make([]byte, 5000))
		w.say(near2, make([]byte, 5000))
		w.hear(far, make([]byte, 50))
		if took := time.Since(start); took < 1050*ms || took > 1100*ms {
			t.Errorf("the first bytes took %v", took)
		}
		w.hear(far2, make([]byte, 5000))
		w.hear(far, make([]byte, 4950))
		if took := time.Since(start); took < 10*time.Second || took > 11*time.Second {
			t.Errorf("all took %v", took)
		}
	})
}

func TestARateOfOneByteASecondEndsWithIt(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(there, faultnet.Condition{Rate: 1})
		start := time.Now()
		w.say(near, one, two)
		for i := range 3 {
			w.hear(far, one[i:i+1])
			w.after(start, time.Duration(i+1)*time.Second)
		}
		w.Set(there, faultnet.Condition{})
		w.hear(far, one[3:], two)
		w.after(start, 3*time.Second)
	})
}

// What was lost is sent again 0.2, 0.6, 1.4 ... 51 and 102.2 s after it was lost, and so
// arrives 42.2 s after a cut of a minute.
func TestWhatWasDroppedArrivesLateAndInOrder(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(there, faultnet.Condition{Latency: 10 * ms})
		w.say(near, one)
		time.Sleep(5 * ms)
		w.Set(there, faultnet.Condition{Drop: true})
		w.say(near, two, three)
		near.Close()
		w.silent(far)
		healed := time.Now()
		w.Set(there, faultnet.Condition{Latency: 10 * ms})
		w.hear(far, one, two, three)
		w.ends(far, io.EOF)
		w.after(healed, 42200*ms+10*ms)
	})
}

func TestDropIsOneWay(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(there, faultnet.Condition{Drop: true})
		w.say(far, one)
		w.hear(near, one)
		w.say(near, two)
		w.silent(far)
	})
}

// What has not left when packets begin to be dropped does not leave any more,
// even where its delivery had begun.
func TestDropHoldsWhatIsBeingDelivered(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		all := w.fill(near)
		w.Set(there, faultnet.Condition{Drop: true})
		synctest.Wait()
		first := w.available(far)
		if first > 64<<10 {
			t.Errorf("%d bytes arrive", first)
		}
		near.Close()
		w.silent(far)
		w.Set(there, faultnet.Condition{})
		if rest, err := io.Copy(io.Discard, far); rest < 200_000 || first+int(rest) != all || err != nil {
			t.Errorf("%d bytes of %d arrive late, %v", rest, all, err)
		}
	})
}

// available reads until there is nothing to be read now.
func (w *world) available(from net.Conn) int {
	w.t.Helper()
	from.SetReadDeadline(time.Now().Add(time.Second))
	n, err := io.Copy(io.Discard, from)
	if !isTimeout(err) {
		w.t.Fatal(err)
	}
	from.SetReadDeadline(time.Time{})
	return int(n)
}

func TestTheDefaultIsForWhoHasNoConditionOfTheirOwn(t *testing.T) {
	inMemory(t, nil, func(t *testing.T, w *world) {
		near, far := w.connect()
		slow, refuse := faultnet.Condition{Latency: time.Second}, faultnet.Condition{Refuse: true}
		w.Set(back, slow)
		w.SetDefault(slow)
		if got := w.Condition(there); got != slow {
			t.Errorf("%v", got)
		}
		if got := w.Condition(faultnet.Route{From: c, To: a}); got != slow {
			t.Errorf("%v", got)
		}
		w.Set(there, faultnet.Condition{})
		w.SetDefault(refuse)
		if got := w.Condition(back); got != slow {
			t.Errorf("%v", got)
		}
		w.say(near, one)
		w.hear(far, one)
		if _, err := w.a.Dial(t.Context(), c, w.at); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
	})
}

// A reset by a fate travels as bytes do.
func TestAResetTakesItsTime(t *testing.T) {
	inMemory(t, second(faultnet.Action{Fate: faultnet.CutAfter, At: 5}), func(t *testing.T, w *world) {
		near, far := w.connect()
		w.Set(there, faultnet.Condition{Latency: time.Second})
		start := time.Now()
		w.say(near, slices.Concat(one, two))
		w.reset(near)
		near.Close()
		w.hear(far, one, two[:5])
		w.reset(far)
		w.after(start, time.Second)
	})
}

// A long text survives all that does not destroy bytes, on both bases.
func TestATextOfMegabytesArrives(t *testing.T) {
	overBoth(t, nobody, func(t *testing.T, w *world) {
		near, far := w.connect()
		long := make([]byte, 3<<20)
		for i := range long {
			long[i] = byte(i * i >> 8)
		}
		for _, ends := range [][2]net.Conn{{near, far}, {far, near}} {
			go func() {
				io.Copy(ends[0], bytes.NewReader(long))
				ends[0].(interface{ CloseWrite() error }).CloseWrite()
			}()
		}
		for _, end := range []net.Conn{near, far} {
			w.hear(end, long)
			w.ends(end, io.EOF)
		}
	})
}
