package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// brokenFrames are bytes in which no frame can be found, with what error.log
// calls them. They are wrong on both ports.
var brokenFrames = []struct {
	name   string
	raw    []byte
	reason string
}{
	{"length 0", []byte{0}, "length 0"},
	{"ten 0xFF", bytes.Repeat([]byte{0xff}, 10), "not a varint"},
	{"a varint of 11 bytes", append(bytes.Repeat([]byte{0x80}, 10), 1), "not a varint"},
	{"2^64-1", binary.AppendUvarint(nil, 1<<64-1), "over the limit"},
	{"non-minimal", []byte{0x80, 0}, "non-minimal"},
	{"cut varint", []byte{0x80}, "cut off"},
	{"cut body", []byte{5, 0x1a, 3, 3, 4}, "cut off"},
	{"4 MiB announced, 4 KiB sent", append(binary.AppendUvarint(nil, 4<<20), make([]byte, 4<<10)...), "over the limit"},
	{"field 0", framed([]byte{0x02, 0}), "not protobuf"},
	{"wire type 7", framed([]byte{0x0f, 0}), "not protobuf"},
	{"an open group", framed([]byte{0x2b}), "not protobuf"},
	{"neither of the four", framed([]byte{0x28, 1}), "neither"},
	{"two at once", framed([]byte{0x1a, 0, 0x22, 0}), "more than one"},
	{"an Ack that nobody asked for", frame.AppendAck(nil, &pzog.Ack{Version: 1}, frame.PeerLimit), "an answer from the dialling side"},
	{"an Ok that nobody asked for", frame.AppendOk(nil, &frame.Ok{ID: 1, Copies: 1}), "an answer from the dialling side"},
	{"HTTP", []byte("GET / HTTP/1.1\r\nHost: ring.example\r\nUser-Agent: somebody\r\nAccept: */*\r\n\r\n"), "looks like HTTP: this port speaks pzog"},
	{"a TLS hello", append([]byte{0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3}, make([]byte, 64)...), "looks like TLS: this port speaks pzog"},
	{"an SSH client", []byte("SSH-2.0-OpenSSH_9.6\r\n"), "looks like SSH: this port speaks pzog"},
	{"mail", []byte("EHLO ring.example\r\n"), "not the beginning of a frame"},
}

// framed puts the length before a body.
func framed(body []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(body))), body...)
}

// badTexts are well framed, and refused: the connection lives.
var badTexts = []struct {
	name   string
	data   frame.Data
	reason pzog.Refusal
}{
	{"invalid UTF-8", text("caf\xe9\r\n"), pzog.Refusal_NOT_UTF8},
	{"overlong UTF-8", text("\xc0\xaf\r\n"), pzog.Refusal_NOT_UTF8},
	{"no CRLF", text("x"), pzog.Refusal_NO_CRLF},
	{"LF alone", text("x\n"), pzog.Refusal_NO_CRLF},
	{"NUL", text("a\x00b\r\n"), pzog.Refusal_CONTROL},
	{"CR inside", text("a\rb\r\n"), pzog.Refusal_CONTROL},
	{"LF inside", text("a\nb\r\n"), pzog.Refusal_CONTROL},
	{"a second line", text("a\r\nb\r\n"), pzog.Refusal_CONTROL},
	{"U+0085", text("a\u0085b\r\n"), pzog.Refusal_CONTROL},
	{"U+2028", text("a\u2028b\r\n"), pzog.Refusal_CONTROL},
	{"ESC", text("\x1b[31mred\r\n"), pzog.Refusal_CONTROL},
	{"OSC", text("\x1b]0;title\a\r\n"), pzog.Refusal_CONTROL},
	{"BEL", text("\a\r\n"), pzog.Refusal_CONTROL},
	{"DEL", text("\x7f\r\n"), pzog.Refusal_CONTROL},
	{"C1", text("\u009b31m\r\n"), pzog.Refusal_CONTROL},
	{"bidi override", text("\u202egnp\r\n"), pzog.Refusal_CONTROL},
	{"512 bytes", text(strings.Repeat("x", 510) + "\r\n"), pzog.Refusal_TOO_LONG},
	{"513 bytes", text(strings.Repeat("x", 511) + "\r\n"), pzog.Refusal_TOO_LONG},
	{"wrapping 3", frame.Data{Wrapping: 3, Text: []byte("x\r\n")}, pzog.Refusal_BAD_WRAPPING},
	{"wrapping 255", frame.Data{Wrapping: 255, Text: []byte("x\r\n")}, pzog.Refusal_BAD_WRAPPING},
}

func text(s string) frame.Data { return frame.Data{Text: []byte(s)} }

// Whatever arrives at either port is one line in error.log, up to its rate, and hurts
// nobody.
func TestLongMalformedInput(t *testing.T) {
	r := newRing(t)
	r.ErrorLog.LinesPerAddress = 20 // a hundred lines at once
	r.write()
	r.startSome(0, 1, 2, 3, 4)
	client := r.dial(0, false, netip.Addr{})
	for _, c := range brokenFrames {
		r.requireReport("client port: "+c.name, false, c.raw, c.reason)
		r.requireReport("peer port: "+c.name, true, c.raw, c.reason)
		r.requireKept(client, "after "+c.name)
	}
	r.brokenOnOnePort()
	for _, c := range badTexts {
		bad := r.dial(0, false, netip.Addr{})
		if ok := bad.sendData(c.data); ok.Refusal != c.reason {
			t.Errorf("%s: %v, want %v", c.name, ok.Refusal, c.reason)
		}
		r.requireLine(c.name, bad, "")
		r.requireKept(bad, "on the same connection after "+c.name)
	}
	r.requireKept(client, strings.Repeat("x", 511-len("\r\n")))
	if said := r.hosts[0].stderr.String(); strings.Contains(said, "failed") {
		t.Error("an actor has failed")
	}
	for i := range r.hosts {
		r.awaitLines(len(brokenFrames)+len(badTexts)+1, i)
	}
}

// brokenOnOnePort has what is wrong on one port and not, or otherwise, on the
// other.
func (r *ring) brokenOnOnePort() {
	r.t.Helper()
	hello := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: r.Hosts[1].Name}, frame.PeerLimit)
	stranger := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: "nobody"}, frame.PeerLimit)
	nested := framed(bytes.Repeat([]byte{0x2b}, 12_000))
	first := frame.Data{ID: 1, Text: []byte("x\r\n"), Origin: []byte("LA"), Boot: 7, Seq: 1, TimeMS: 1000}
	data := frame.AppendData(nil, &first)
	r.requireReport("limit, of junk", false, framed(bytes.Repeat([]byte{0xff}, frame.ClientLimit)), "not the beginning of a frame")
	r.requireReport("limit, of junk", true, framed(bytes.Repeat([]byte{0xff}, frame.PeerLimit)), "not the beginning of a frame")
	r.requireReport("limit+1", false, binary.AppendUvarint(nil, frame.ClientLimit+1), "over the limit")
	r.requireReport("limit+1", true, binary.AppendUvarint(nil, frame.PeerLimit+1), "over the limit")
	r.requireReport("12,000 nested", false, nested, "over the limit")
	r.requireReport("12,000 nested", true, nested, "not the beginning of a frame")
	r.requireReport("a peer on the client port", false, hello, "a peer's keepAlive on the client port")
	r.requireReport("data first", true, data, "data before keepAlive")
	r.requireReport("a wrong name", true, stranger, "does not fit the address")
	fromNowhere := r.dial(0, true, netip.MustParseAddr("127.0.0.1"))
	fromNowhere.finish(hello)
	r.requireLine("a stranger", fromNowhere, "of no host in the ring")
	r.flood(500)
}

// flood announces big frames on so many connections, and requires that each is reported:
// by a line of its own, or in the count of those that have none.
func (r *ring) flood(connections int) {
	r.t.Helper()
	before := r.reported()
	for range connections {
		r.dial(0, false, netip.Addr{}).finish(append(binary.AppendUvarint(nil, 4<<20), make([]byte, 4<<10)...))
	}
	await(r.t, "a report about each connection of the flood", func() bool { return r.reported() >= before+connections })
}

var more = regexp.MustCompile(` and (\d+) more from `)

// reported is how many reports error.log of host 0 accounts for.
func (r *ring) reported() (n int) {
	r.t.Helper()
	for _, line := range r.lines(r.path(0, "error.log")) {
		if m := more.FindStringSubmatch(line); m != nil {
			counted, _ := strconv.Atoi(m[1])
			n += counted
			continue
		}
		n++
	}
	return n
}

// requireReport says raw to host 0, as a client or from another host's address,
// and requires one line about it.
func (r *ring) requireReport(name string, peer bool, raw []byte, reason string) {
	r.t.Helper()
	from := netip.Addr{}
	if peer {
		from = r.Hosts[1].Address
	}
	w := r.dial(0, peer, from)
	w.finish(raw)
	r.requireLine(name, w, reason)
}

// requireLine requires that error.log of host 0 has one line about a connection, without
// a byte that does anything to a terminal. An earlier connection may have had its port.
func (r *ring) requireLine(name string, w *wire, reason string) {
	r.t.Helper()
	remote := " " + w.LocalAddr().String() + " "
	about := func() (found []string) {
		for _, line := range r.lines(r.path(0, "error.log"))[w.logs:] {
			if strings.Contains(line, remote) {
				found = append(found, line)
			}
		}
		return found
	}
	await(r.t, "a line about "+name, func() bool { return len(about()) > 0 })
	lines := about()
	if len(lines) != 1 || !strings.Contains(lines[0], reason) {
		r.t.Errorf("%s: want one line with %q, got %q", name, reason, lines)
	}
	if text, ok := strings.CutSuffix(lines[0], "\r\n"); !ok || strings.ContainsFunc(text, unprintable) {
		r.t.Errorf("%s: not one line of printable ASCII: %q", name, lines[0])
	}
}

func unprintable(c rune) bool { return c < ' ' || c > '~' }

// requireKept requires that a message is taken.
func (r *ring) requireKept(w *wire, message string) {
	r.t.Helper()
	if ok := w.send(message + "\r\n"); ok.Refusal != pzog.Refusal_NONE || ok.Copies < 1 {
		r.t.Errorf("%q: %v", message, fmt.Sprint(ok))
	}
}

// A peer that sends what is no record is one line in error.log too.
func TestMalformedRecords(t *testing.T) {
	r := startRing(t)
	r.hosts[1].signal(t, syscall.SIGSTOP) // otherwise its own connection, if it is newer, replaces ours
	defer r.hosts[1].signal(t, syscall.SIGCONT)
	hello := frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: r.Hosts[1].Name, Ring: r.Digest()}, frame.PeerLimit)
	for name, spoil := range map[string]func(*frame.Data){
		"boot 0":        func(d *frame.Data) { d.Boot = 0 },
		"seq 0":         func(d *frame.Data) { d.Seq = 0 },
		"no origin":     func(d *frame.Data) { d.Origin = nil },
		"two lines":     func(d *frame.Data) { d.Text = []byte("a\r\nb\r\n") },
		"ids from 2 on": func(d *frame.Data) { d.ID = 2 },
	} {
		d := frame.Data{ID: 1, Text: []byte("x\r\n"), Origin: []byte("LA"), Boot: 7, Seq: 1, TimeMS: 1000}
		spoil(&d)
		r.requireReport(name, true, frame.AppendData(bytes.Clone(hello), &d), "")
	}
}
