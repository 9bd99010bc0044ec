package faultnet_test

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"xlattice.org/zog/internal/test/faultnet"
)

// move is something that happens to two hosts that talk.
type move struct {
	What      string
	Route     faultnet.Route
	Condition faultnet.Condition
	Size      int // of what is said
	Wait      time.Duration
}

// drawMove draws a move that destroys no bytes.
func drawMove(t *rapid.T) move {
	m := move{
		What:  rapid.SampledFrom([]string{"say", "say", "set", "default", "pause", "resume", "release"}).Draw(t, "what"),
		Route: rapid.SampledFrom([]faultnet.Route{there, back}).Draw(t, "route"),
		Wait:  time.Duration(rapid.IntRange(0, 200).Draw(t, "wait")) * ms,
	}
	switch m.What {
	case "say":
		m.Size = rapid.SampledFrom([]int{0, 1, 100, 5_000, 100_000}).Draw(t, "size")
	case "set", "default":
		m.Condition = faultnet.Condition{
			Drop:    rapid.Bool().Draw(t, "drop"),
			Latency: time.Duration(rapid.IntRange(0, 300).Draw(t, "latency")) * ms,
			Jitter:  time.Duration(rapid.SampledFrom([]int{0, 100}).Draw(t, "jitter")) * ms,
			Rate:    rapid.SampledFrom([]int64{0, 0, 10, 100_000}).Draw(t, "rate"),
		}
	}
	return m
}

// Whatever conditions come and go: all bytes arrive, once and in order.
func TestNothingIsLostThatNobodyDestroys(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		moves := rapid.SliceOfN(rapid.Custom(drawMove), 0, 40).Draw(rt, "moves")
		stalls := rapid.IntRange(0, 10).Draw(rt, "every how many frames one stalls")
		var said, heard [2][]byte
		inMemory(t, staller(stalls), func(t *testing.T, w *world) {
			said, heard = converse(w, moves)
		})
		for i := range said {
			if !bytes.Equal(said[i], heard[i]) {
				rt.Fatalf("end %d said %d bytes, the other heard %d", i, len(said[i]), len(heard[i]))
			}
		}
	})
}

// staller stalls one frame of so many; with 0 there is no judge.
func staller(every int) judge {
	if every == 0 {
		return nil
	}
	var mu sync.Mutex
	n := 0
	return func(faultnet.Event) faultnet.Action {
		mu.Lock()
		defer mu.Unlock()
		if n++; n%every == 0 {
			return faultnet.Action{Fate: faultnet.Stall}
		}
		return faultnet.Action{}
	}
}

// converse makes the moves while both hosts read, then undoes them all.
func converse(w *world, moves []move) (said, heard [2][]byte) {
	near, far := w.connect()
	ends := map[faultnet.Route]net.Conn{there: near, back: far}
	words := map[faultnet.Route]chan []byte{there: make(chan []byte, 100), back: make(chan []byte, 100)}
	var all sync.WaitGroup
	for i, r := range []faultnet.Route{there, back} {
		all.Go(func() { said[i] = sayAll(ends[r], words[r]) })
		other := ends[faultnet.Route{From: r.To, To: r.From}]
		all.Go(func() { heard[i], _ = io.ReadAll(other) })
	}
	w.play(moves, words)
	for _, r := range []faultnet.Route{there, back} {
		close(words[r])
		w.Set(r, faultnet.Condition{})
	}
	// What waited for room, or for its retransmission, may be stalled again.
	for range 1000 {
		w.Release(there)
		w.Release(back)
		time.Sleep(time.Second)
	}
	all.Wait()
	return said, heard
}

// sayAll says words until there are no more, and ends the direction.
func sayAll(to net.Conn, words <-chan []byte) (said []byte) {
	for word := range words {
		n, _ := to.Write(word)
		said = append(said, word[:n]...)
	}
	to.(interface{ CloseWrite() error }).CloseWrite()
	return said
}

func (w *world) play(moves []move, words map[faultnet.Route]chan []byte) {
	resume := func() {}
	random := rand.New(rand.NewPCG(3, 4))
	for _, m := range moves {
		switch m.What {
		case "say":
			words[m.Route] <- framed(random.Uint64(), m.Size)
		case "set":
			w.Set(m.Route, m.Condition)
		case "default":
			w.SetDefault(m.Condition)
		case "pause":
			resume()
			resume = w.b.Pause()
		case "resume":
			resume()
		case "release":
			w.Release(m.Route)
		}
		time.Sleep(m.Wait)
	}
	resume()
}
