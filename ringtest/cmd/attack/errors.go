package main

import (
	"bytes"
	"sync/atomic"

	"xlattice.org/zog/internal/frame"
)

// stream generates the messages of one connection.
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

// sendStream sends a stream until the connection has sent at least so many bytes.
func (a *attacker) sendStream(w *wire, s *stream, most int64) {
	for w.sent < most && !a.over() {
		if w.send(s.more(64)) != nil {
			return
		}
	}
}

// first returns the first messages of a stream, of at least so many bytes.
func (s *stream) first(many int) (raw []byte) {
	for len(raw) < many {
		raw = append(raw, s.more(64)...)
	}
	return raw
}

// sendPrepared sends bytes that were generated before. The honest clients are in this process, and would
// have to wait if many connections generated messages at the same time.
func (a *attacker) sendPrepared(w *wire, raw []byte) {
	for len(raw) > 0 && !a.over() {
		n := min(len(raw), 16<<10)
		if w.send(raw[:n]) != nil {
			return
		}
		raw = raw[n:]
	}
}

// total returns the number of bytes that all connections have sent.
func total(all []*wire) (sent int64) {
	for _, w := range all {
		sent += w.sent
	}
	return sent
}

// constant is a stream of one text.
func constant(text []byte) *stream { return &stream{text: func(uint64) []byte { return text }} }

// badTexts sends texts whose bytes take four characters each in error.log.
func badTexts(a *attacker) string {
	all := a.clients(4, 4)
	bad := bytes.Repeat([]byte{0xff}, 1100)
	parallel(all, func(_ int, w *wire) {
		a.drain(w)
		a.sendStream(w, constant(bad), 32<<20)
	})
	return result(nil, "%d connections, %s MiB", len(all), format(mebibytes(total(all))))
}

// badBytes connects again and again, and sends a byte that begins no frame.
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
