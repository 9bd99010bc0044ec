package ringtest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"xlattice.org/zog/internal/check"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/messages/pzog"
)

// RolledBack makes it so as if the host, which must run, had been put back to a snapshot
// of its machine, with its memory, that was made before it took texts: all other hosts
// that run hold the texts, under the numbers that it gives out next. Its connections end,
// as they do then. No client may send to it meanwhile.
//
// A rollback cannot be had in a process. This differs from one in that the host is not
// unaware of it for the seconds in which its connections are dead: see [Ring.Partition].
// What it takes before it hears of its peers' marks stays in its log alone, under numbers
// that have other texts elsewhere, and [Ring.RequireSettled] says so.
func (h *Host) RolledBack(texts ...string) {
	h.ring.t.Helper()
	l := h.alive()
	if l == nil {
		h.ring.t.Errorf("ringtest: %s is down: it cannot be put back to a snapshot", h.name)
		return
	}
	h.ring.note("rollback", "rollback of %s, behind %d messages", h.name, len(texts))
	h.ring.forged(h, texts)
	at := l.host.Present()
	for _, other := range h.ring.hosts {
		if other == h || !other.Up() {
			continue
		}
		if err := h.ring.tellOf(h, other, at, texts); err != nil {
			h.ring.t.Errorf("ringtest: %s does not take what %s took before its rollback: %v", other.name, h.name, err)
		}
	}
}

// forged puts on record what a host took before it was put back: somebody sent it.
func (r *Ring) forged(h *Host, texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, text := range texts {
		r.sent = append(r.sent, sent{Message: check.Message{
			Sender: fmt.Sprintf("a client of %s before its rollback, at %v", h.name, r.Elapsed()),
			N:      uint64(i + 1), Text: text, Outcome: check.Unknown,
		}})
	}
}

// tellOf speaks for host from, below all faults: it sends texts as those that from took
// behind mark at, and waits until host to has answered them all.
func (r *Ring) tellOf(from, to *Host, at marks.Mark, texts []string) error {
	conn, err := r.DialBelow(context.Background(), from.address, netip.AddrPortFrom(to.address, r.file.Ports.Peer))
	if err != nil {
		return err
	}
	defer conn.Close()
	hello := &pzog.KeepAlive{Version: 1, Host: from.name, Ring: r.file.Digest()}
	said := frame.AppendKeepAlive(nil, hello, frame.PeerLimit)
	for i, text := range texts {
		said = frame.AppendData(said, &frame.Data{
			ID: uint64(i + 1), Text: []byte(text + "\r\n"), Origin: []byte(at.Origin), Boot: at.Boot,
			Seq: at.Seq + uint64(i+1), TimeMS: from.clock.Now().Unix() * 1000,
		})
	}
	if err := conn.SetDeadline(time.Now().Add(r.patience())); err != nil {
		return err
	}
	if _, err := conn.Write(said); err != nil {
		return err
	}
	return awaitOk(conn, uint64(len(texts)))
}

// awaitOk reads what a host answers until it has answered message id.
func awaitOk(conn net.Conn, id uint64) error {
	var buf []byte
	for chunk := make([]byte, 4096); id > 0; {
		body, n, err := frame.Split(buf, frame.PeerLimit)
		if err != nil {
			return err
		}
		if n == 0 {
			got, err := conn.Read(chunk)
			if err != nil {
				return err
			}
			buf = append(buf, chunk[:got]...)
			continue
		}
		var f frame.Frame
		if err := frame.Decode(body, &f); err != nil {
			return err
		}
		buf = buf[n:]
		switch {
		case f.Kind != frame.OkKind:
		case f.Ok.Copies == 0:
			return io.ErrUnexpectedEOF
		case f.Ok.ID >= id:
			return nil
		}
	}
	return nil
}
