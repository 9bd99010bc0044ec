package main

import (
	"net"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// The log of a host is what came to it: messages 1, 2 and so on of run LA.10, one taken each second
// from 2026-11-22T10:00:00Z on.
const (
	logBoot  = 36
	logBegan = 1795341600
)

// send sends the log to a follower, as long as the connection lasts.
func (h *host) send(conn net.Conn, k *pzog.KeepAlive) {
	h.mu.Lock()
	defer h.mu.Unlock()
	seq := h.follows(k)
	answer := &pzog.Ack{Version: 1, Host: "LA"}
	if seq > 0 {
		answer.Marks = []*pzog.Mark{{Origin: "LA", Boot: logBoot, Seq: seq}}
	}
	out := frame.AppendAck(nil, answer, frame.ClientLimit)
	for id := uint64(1); ; {
		if h.manner == older && seq < 2 {
			seq = 2
			hole := []*pzog.Mark{{Origin: "LA", Boot: logBoot, Seq: 2, First: 3}}
			out = frame.AppendAck(out, &pzog.Ack{Version: 1, Host: "LA", Delta: true, Marks: hole}, frame.ClientLimit)
		}
		for ; seq < uint64(len(h.texts)); id++ {
			text := []byte(h.texts[seq] + "\r\n")
			seq++
			out = frame.AppendData(out, &frame.Data{ID: id, Origin: []byte("LA"), Boot: logBoot, Seq: seq, TimeMS: (logBegan + int64(seq)) * 1000, Text: text})
		}
		h.mu.Unlock()
		_, err := conn.Write(out)
		out = nil
		h.mu.Lock()
		if err != nil || h.closed {
			return
		}
		if seq == uint64(len(h.texts)) {
			h.changed.Wait()
		}
	}
}

// follows returns the last message that a follower does not want.
func (h *host) follows(k *pzog.KeepAlive) uint64 {
	all := uint64(len(h.texts))
	switch {
	case len(k.Marks) > 0:
		return k.Marks[0].Seq
	case k.Last > 0:
		return all - min(uint64(k.Last), all)
	case k.SinceMs/1000 > logBegan:
		return min(uint64(k.SinceMs/1000-logBegan-1), all)
	}
	return 0
}
