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

// RolledBack puts the ring into the state after the machine of the host, which must be up, was put
// back to a snapshot with its memory, from before the host took texts: all other hosts that are up
// hold the texts, under the seqs that the host assigns next. Its connections end, as they do then.
// No client may send to it meanwhile.
//
// This differs from a real rollback, after which the old connections are dead for seconds: see
// [Ring.Partition]. What the host takes before it receives its peers' marks stays in its log
// alone, under seqs that have other texts elsewhere, and [Ring.RequireSettled] reports that.
func (h *Host) RolledBack(texts ...string) {
	h.ring.t.Helper()
	p := h.running()
	if p == nil || len(texts) == 0 {
		h.ring.t.Errorf("ringtest: rollback of %s: it must be up, and have taken something", h.name)
		return
	}
	h.ring.record("rollback", "rollback of %s, behind %d messages", h.name, len(texts))
	h.ring.recordSent(fmt.Sprintf("a client of %s before its rollback, at %v", h.name, h.ring.Elapsed()), texts)
	at := p.host.Present()
	for _, other := range h.ring.hosts {
		if other == h || !other.Up() {
			continue
		}
		if err := h.ring.sendAs(h, other, at, texts); err != nil {
			h.ring.t.Errorf("ringtest: %s does not take what %s took before its rollback: %v", other.name, h.name, err)
		}
	}
}

// recordSent records texts that no client of the ring has sent, with a name for their sender.
func (r *Ring) recordSent(sender string, texts []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, text := range texts {
		r.sent = append(r.sent, sent{Message: check.Message{
			Sender: sender, N: uint64(len(r.sent) + 1), Text: text, Outcome: check.Unknown,
		}})
	}
}

// sendAs sends texts to a host in the name of another, without faults: as those that from took
// after mark at. It waits until they are in the log of the host.
func (r *Ring) sendAs(from, to *Host, at marks.Mark, texts []string) error {
	conn, err := r.DialBelow(context.Background(), from.address, netip.AddrPortFrom(to.address, r.file.Ports.Peer))
	if err != nil {
		return err
	}
	defer conn.Close()
	hello := &pzog.KeepAlive{Version: 1, Host: from.name, Ring: r.file.Digest()}
	frames := frame.AppendKeepAlive(nil, hello, frame.PeerLimit)
	for i, text := range texts {
		frames = frame.AppendData(frames, &frame.Data{
			ID: uint64(i + 1), Text: []byte(text + "\r\n"), Origin: []byte(at.Origin), Boot: at.Boot,
			Seq: at.Seq + uint64(i+1), TimeMS: from.clock.Now().Unix() * 1000,
		})
	}
	if _, err := conn.Write(frames); err != nil {
		return err
	}
	return r.awaitText(to, texts[len(texts)-1])
}

// awaitText waits until the log of a host has a text. It does not rely on Ok: answers may be lost.
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
