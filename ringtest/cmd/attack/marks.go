package main

import (
	"fmt"
	"math"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// forgedData returns a Data of a lying peer.
func forgedData(id uint64, run *pzog.Mark, seq uint64, text []byte) *frame.Data {
	return &frame.Data{ID: id, Text: text, Origin: []byte(run.Origin), Boot: run.Boot, Seq: seq, TimeMS: 1_700_000_000_000}
}

// hole claims, of the other host's runs, to hold one message with a far higher seq and nothing else.
func hole(a *attacker) string {
	answered := 0
	a.loop(a.seconds/10, func(round int) error {
		w, runs, err := a.greetForRuns()
		if err != nil {
			return err
		}
		w.Close() // the next connection replaces it
		for _, run := range runs {
			far := []uint64{1 << 63, run.Seq + 5000, math.MaxUint64}[round%3]
			if a.sendFarMessage(run, far, round) == nil {
				answered++
			}
		}
		return nil
	})
	return result(nil, "%d of these messages were answered", answered)
}

// sendFarMessage sends the message after the hole.
func (a *attacker) sendFarMessage(run *pzog.Mark, far uint64, round int) error {
	w, _, err := a.greet(attacked, &pzog.Mark{Origin: run.Origin, Boot: run.Boot, Seq: far, First: far})
	if err != nil {
		return err
	}
	if err := w.send(frame.AppendData(nil, forgedData(1, run, far, text(fmt.Sprint("hole ", run.Boot), round)))); err != nil {
		return err
	}
	_, err = w.nextOk()
	return err
}

// forged is how many texts are forged.
const forged = 20_000

// forge sends texts of its own under the other host's next seqs.
func forge(a *attacker) string {
	left := forged
	done := a.loop(a.seconds/5, func(round int) error {
		w, runs, err := a.greetForRuns()
		if err != nil {
			return err
		}
		var raw []byte
		n := min(left, forged/4)
		for i := range n {
			run := runs[i%len(runs)]
			seq := run.Seq + 1 + uint64(i/len(runs))
			raw = frame.AppendData(raw, forgedData(uint64(i+1), run, seq, text(fmt.Sprint("forge ", round), i)))
		}
		left -= n
		a.drain(w)
		return w.send(raw)
	})
	return result(nil, "%d texts in %d rounds", forged-left, done)
}

// invented returns n marks of runs that do not exist. Half of them are of hosts of the ring, and half
// of unknown ones.
func (a *attacker) invented(from, n int) (all []*pzog.Mark) {
	for i := from; i < from+n; i++ {
		origin := a.Name(i / 2 % size)
		if i%2 == 0 {
			origin = fmt.Sprint("X", i%1000)
		}
		all = append(all, &pzog.Mark{Origin: origin, Boot: uint64(1<<39 + i), Seq: 1, First: 1})
	}
	return all
}

// runs is how many runs are invented.
const runs = 100_000

// invent sends messages of invented runs: half of them unasked, and half in a repair, which the host
// asks for because of the marks.
func invent(a *attacker) string {
	all := a.invented(0, runs)
	w, _, err := a.greet(attacked)
	sent := 0
	if err == nil {
		sent += a.sendRuns(w, all[:runs/2])
		w.Close() // the next greeting takes its place
	}
	done := a.loop(a.seconds/5, func(int) error {
		w, _, err := a.greet(attacked, all[runs/2:]...)
		if err == nil {
			sent += a.sendRuns(w, all[runs/2:])
		}
		return err
	})
	return result(nil, "%d messages of invented runs, %d greetings", sent, done+1)
}

// sendRuns sends the only message of each run, and returns how many it has sent.
func (a *attacker) sendRuns(w *wire, all []*pzog.Mark) (sent int) {
	a.drain(w)
	for i := 0; i < len(all); i += 1000 {
		var raw []byte
		for j, m := range all[i:min(i+1000, len(all))] {
			raw = frame.AppendData(raw, forgedData(uint64(i+j+1), m, 1, text(m.Origin, int(m.Boot))))
		}
		if a.over() || w.send(raw) != nil {
			return sent
		}
		sent += min(1000, len(all)-i)
	}
	return sent
}

// retired turns marks into those of messages that were retired, so that no repair is asked for.
func retired(all []*pzog.Mark) []*pzog.Mark {
	for _, m := range all {
		m.First = m.Seq + 1
	}
	return all
}

// keepAlives sends empty KeepAlives without a pause after a large vector.
func keepAlives(a *attacker) string {
	small := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Delta: true}, frame.PeerLimit)
	var raw []byte
	for range 1000 {
		raw = append(raw, small...)
	}
	const most = 1000 // times 1,000
	sent := 0
	a.loop(a.seconds/10, func(int) error {
		w, _, err := a.greet(attacked, retired(a.invented(0, 60_000))...)
		if err != nil {
			return err
		}
		a.drain(w)
		for ; sent < most && !a.over(); sent++ {
			if err := w.send(raw); err != nil {
				return err
			}
		}
		return nil
	})
	return result(nil, "%d000 KeepAlives of %d bytes", sent, len(small))
}

// deltas sends marks of more and more runs.
func deltas(a *attacker) string {
	const most = 64 << 20
	sent, next := int64(0), 0
	a.loop(a.seconds/10, func(int) error {
		w, _, err := a.greet(attacked)
		if err != nil {
			return err
		}
		a.drain(w)
		for sent < most && !a.over() {
			raw := frame.AppendKeepAlive(nil, a.keepAlive(true, retired(a.invented(next, 1000))...), frame.PeerLimit)
			if err := w.send(raw); err != nil {
				return err
			}
			next, sent = next+1000, sent+int64(len(raw))
		}
		return nil
	})
	return result(nil, "%d marks in %s MiB", next, format(mebibytes(sent)))
}
