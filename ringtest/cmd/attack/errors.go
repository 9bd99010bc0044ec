package main

import (
	"bytes"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
)

// stream is a run of messages on one connection, made piece by piece.
type stream struct {
	id   uint64
	text func(id uint64) []byte
}

// more returns the next n messages.
func (s *stream) more(n int) (raw []byte) {
	for range n {
		s.id++
		raw = frame.AppendData(raw, &frame.Data{ID: s.id, Text: s.text(s.id)})
	}
	return raw
}

// sendStream sends up to so many bytes of a stream, and returns how many there were.
func (a *attacker) sendStream(w *wire, s *stream, most int64) {
	for w.sent < most && !a.over() {
		if w.send(s.more(64)) != nil {
			return
		}
	}
}

// first returns the first bytes of a stream, so many or some more.
func (s *stream) first(many int) (raw []byte) {
	for len(raw) < many {
		raw = append(raw, s.more(64)...)
	}
	return raw
}

// sendPrepared sends what was made before. The honest clients are in this process: where many
// attackers at once make what they send, they would wait for these, and not for the host.
func (a *attacker) sendPrepared(w *wire, raw []byte) {
	for len(raw) > 0 && !a.over() {
		n := min(len(raw), 16<<10)
		if w.send(raw[:n]) != nil {
			return
		}
		raw = raw[n:]
	}
}

// total is what all have sent.
func total(all []*wire) (sent int64) {
	for _, w := range all {
		sent += w.sent
	}
	return sent
}

// constant is a stream of one text.
func constant(text []byte) *stream { return &stream{text: func(uint64) []byte { return text }} }

// badTexts hands in texts of which error.log shows each byte by four.
func badTexts(a *attacker) string {
	all := a.clients(4, 4)
	bad := bytes.Repeat([]byte{0xff}, 1100)
	parallel(all, func(_ int, w *wire) {
		a.drain(w)
		a.sendStream(w, constant(bad), 32<<20)
	})
	return result(nil, "%d connections, %s MiB", len(all), format(mebibytes(total(all))))
}

// badBytes connects again and again to send what begins no frame.
func badBytes(a *attacker) string {
	const most = 40_000
	var made atomic.Int64
	parallel(make([]*wire, 8), func(i int, _ *wire) {
		for made.Load() < most && !a.over() {
			w, err := a.client(i)
			if err != nil {
				continue
			}
			made.Add(1)
			if w.send([]byte{0}) == nil {
				w.closes(timeout)
			}
			w.Close()
		}
	})
	return result(nil, "%d connections", made.Load())
}
