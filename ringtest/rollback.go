package ringtest

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/check"
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
	if l == nil || len(texts) == 0 {
		h.ring.t.Errorf("ringtest: rollback of %s: it must be up, and have taken something", h.name)
		return
	}
	h.ring.note("rollback", "rollback of %s, behind %d messages", h.name, len(texts))
	h.ring.madeUp(fmt.Sprintf("a client of %s before its rollback, at %v", h.name, h.ring.Elapsed()), texts)
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

// madeUp puts on record what no client of the ring has sent, and who has.
func (r *Ring) madeUp(sender string, texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range texts {
		r.sent = append(r.sent, sent{Message: check.Message{
			Sender: sender, N: uint64(len(r.sent) + 1), Text: text, Outcome: check.Unknown,
		}})
	}
}

// tellOf speaks for host from, below all faults: it sends texts as those that from took
// behind mark at, and waits until host to has logged them.
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
	if _, err := conn.Write(said); err != nil {
		return err
	}
	return r.awaitText(to, texts[len(texts)-1])
}

// awaitText waits until the log of a host has a text. Its answers may not come through.
func (r *Ring) awaitText(h *Host, text string) error {
	var lines []string
	var err error
	there := func() bool {
		lines, err = readLog(h.Files())
		return err != nil || slices.ContainsFunc(lines, func(line string) bool { return strings.HasSuffix(line, " "+text) })
	}
	if !r.await(there) {
		err = fmt.Errorf("%q is not in its log", text)
	}
	return err
}
