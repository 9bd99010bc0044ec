package e2e

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/record"
	"xlattice.org/zog/messages/pzog"
)

// startSome starts these hosts, and returns when they have links to one another.
func (r *ring) startSome(hosts ...int) {
	r.t.Helper()
	for _, i := range hosts {
		r.start(i)
	}
	for _, i := range hosts {
		p := r.hosts[i]
		await(r.t, r.Hosts[i].Name+" has its links", func() bool { return p.says("peer is up") >= len(hosts)-1 })
	}
}

// pose connects to host `to` as host `as`, which does not run, and has greeted.
func (r *ring) pose(as, to int) *wire {
	r.t.Helper()
	w := r.dial(to, true, r.Hosts[as].Address)
	hello := &pzog.KeepAlive{Version: 1, Host: r.Hosts[as].Name, Ring: r.Digest()}
	w.sendRaw(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
	if f := w.next(); f.Kind != frame.Ack || f.Ack.Host != r.Hosts[to].Name {
		r.t.Fatalf("the hello is answered by %+v", f)
	}
	return w
}

// claim is a message that a peer says it has from somebody.
func claim(origin string, boot, seq uint64, text string) *frame.Data {
	return &frame.Data{ID: 1, Origin: []byte(origin), Boot: boot, Seq: seq, TimeMS: 1000, Text: []byte(text + "\r\n")}
}

// lie is what a peer says, and how many copies its Ok is to speak of.
type lie struct {
	name   string
	raw    []byte
	copies uint32
}

// lies are what host S may say to the host whose present run this is.
func lies(name string, boot uint64) []lie {
	odd := claim("S", 9, 1, "wrapping of no hop")
	odd.Wrapping = 255
	unknown := claim("S", 10, 1, "with a field of a later version")
	return []lie{
		{"our id with another text", frame.AppendData(nil, claim(name, boot, 1, "a lie")), 1},
		{"seq far ahead", frame.AppendData(nil, claim("G", 8, record.MaxSeq, "a lie")), 0},
		{"seq a little ahead", frame.AppendData(nil, claim("G", 8, 2, "a lie")), 0},
		{"an old boot of ours", frame.AppendData(nil, claim(name, boot^1, 1, "taken, from an old run")), 1},
		{"an origin that nobody knows", frame.AppendData(nil, claim("NOBODY", 7, 1, "a lie")), 1},
		{"a wrapping of no hop", frame.AppendData(nil, odd), 1},
		{"an unknown field", withUnknownField(unknown), 1},
	}
}

// What a host of the ring says and is not so does no harm: what contradicts us
// is not taken (I3, I4, I5), what may be so is in all logs, once.
func TestAPeerThatLies(t *testing.T) {
	r := newRing(t)
	r.startSome(0, 1, 2, 3)
	r.requireKept(r.dial(0, false, r.Hosts[0].Address), "really ours")
	var parser record.Parser
	ours, err := parser.Parse([]byte(r.access(0)[0]))
	r.must(err)
	for _, c := range lies(string(ours.Origin), ours.Boot) {
		w := r.pose(4, 0)
		w.sendRaw(c.raw)
		if ok := w.nextOk(); ok.ID != 1 || ok.Copies != c.copies || ok.Refusal != pzog.Refusal_NONE {
			t.Errorf("%s: %+v, want %d copies", c.name, ok, c.copies)
		}
	}
	spoof := r.pose(4, 0)
	spoof.sendRaw(frame.AppendData(nil, claim(string(ours.Origin), ours.Boot, 2, "a lie")))
	r.requireLine("a message in our name", spoof, "claims to be ours")

	const taken = 4 // ours, and the three that may be so
	r.awaitLines(taken, 0, 1, 2, 3)
	r.startSome(4)
	r.requireKept(r.dial(0, false, r.Hosts[0].Address), "and it goes on")
	r.awaitLines(taken+1, 0, 1, 2, 3, 4)
	r.requireSettled(taken+1, 0, 1, 2, 3, 4)
	if all := strings.Join(r.access(4), ""); strings.Contains(all, "a lie") {
		t.Errorf("a lie was taken:\n%s", all)
	}
}

// withUnknownField is d as a later version may write it, with a field 1000.
func withUnknownField(d *frame.Data) []byte {
	whole := frame.AppendData(nil, d)
	body, _, err := frame.Split(whole, frame.ClientLimit)
	if err != nil {
		panic(err)
	}
	// The body is one field, Frame.data, whose length is in one byte.
	extra := append(binary.AppendUvarint(nil, 1000<<3), 1)
	inner := append(append([]byte{}, body[2:]...), extra...)
	return framed(append([]byte{body[0], byte(len(inner))}, inner...))
}

// nextOk returns the next Ok.
func (w *wire) nextOk() frame.Ok {
	w.t.Helper()
	for {
		if f := w.next(); f.Kind == frame.OkKind {
			return f.Ok
		}
	}
}

// A peer that claims to hold what nobody has sent is asked for it, in vain, and
// keeps nobody from getting what there is.
func TestAPeerThatClaimsTooMuch(t *testing.T) {
	r := newRing(t)
	r.startSome(0, 1, 2)
	w := r.dial(0, true, r.Hosts[4].Address)
	hello := &pzog.KeepAlive{Version: 1, Host: r.Hosts[4].Name, Ring: r.Digest()}
	for n := range 100 {
		hello.Marks = append(hello.Marks, &pzog.Mark{Origin: "PA", Boot: uint64(n + 1), Seq: 1 << 40, First: 1})
	}
	w.sendRaw(frame.AppendKeepAlive(nil, hello, frame.PeerLimit))
	for f := w.next(); f.Kind != frame.Ack || !f.Ack.Repair; {
		f = w.next() // until it asks us for what we claim to have
	}
	r.start(3) // it lacks all, and so do the others what it gets
	c := r.dial(1, false, r.Hosts[1].Address)
	for n := range 50 {
		r.requireKept(c, fmt.Sprint("goes on ", n))
	}
	r.awaitLines(50, 0, 1, 2, 3)
	r.requireSettled(50, 0, 1, 2, 3)
}
