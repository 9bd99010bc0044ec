package rings_test

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
	"xlattice.org/zog/ringtest"
)

// wire is the test in the place of a peer or a client, frame by frame.
type wire struct {
	t    *testing.T
	conn net.Conn
	buf  []byte
	last frame.Frame
	// patience is how long a frame is waited for; one that does not come by
	// then does not come.
	patience time.Duration
}

// dialPort connects to a port of host 0 from an address of our choice.
func (r *memoryRing) dialPort(from netip.Addr, port uint16) *wire {
	r.t.Helper()
	conn, err := r.DialBelow(r.t.Context(), from, netip.AddrPortFrom(r.address(0), port))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	return &wire{t: r.t, conn: conn, patience: time.Second}
}

// dialPeer is host 1 as it connects to host 0, its hello said and answered.
func (r *memoryRing) dialPeer() *wire {
	r.t.Helper()
	w := r.dialPort(r.address(1), r.ring.Ports.Peer)
	w.write(frame.AppendKeepAlive(nil, r.hello(), frame.PeerLimit))
	if f := w.read(); f.Kind != frame.Ack || f.Ack.Host != r.ring.Hosts[0].Name {
		r.t.Fatalf("the hello is answered by %+v", f)
	}
	return w
}

func (r *memoryRing) hello() *pzog.KeepAlive {
	return &pzog.KeepAlive{Version: 1, Host: r.ring.Hosts[1].Name, Ring: r.ring.Digest()}
}

func (w *wire) write(b []byte) {
	w.t.Helper()
	if _, err := w.conn.Write(b); err != nil {
		w.t.Fatal(err)
	}
}

// try reads a frame, or returns what the connection failed with. Of Data with several
// messages it returns each as a frame.
func (w *wire) try() (f frame.Frame, err error) {
	if w.last.Kind == frame.DataKind && w.last.Data.Next() {
		return w.last, nil
	}
	w.conn.SetReadDeadline(time.Now().Add(w.patience))
	w.last, err = readFrame(w.conn, &w.buf, frame.PeerLimit)
	return w.last, err
}

// readFrame returns the next frame of a connection. buf is what was read of it
// and is no whole frame yet.
func readFrame(conn io.Reader, buf *[]byte, limit int) (f frame.Frame, err error) {
	for chunk := make([]byte, 4096); ; {
		body, n, err := frame.Split(*buf, limit)
		if err != nil {
			return f, err
		}
		if n > 0 {
			*buf = (*buf)[n:]
			err = frame.Decode(body, &f)
			return f, err
		}
		got, err := conn.Read(chunk)
		if err != nil {
			return f, err
		}
		*buf = append(*buf, chunk[:got]...)
	}
}

// answer reads the next frame that is no sign of life.
func (w *wire) answer() (frame.Frame, error) {
	for {
		if f, err := w.try(); err != nil || !isSign(f) {
			return f, err
		}
	}
}

// isSign tells whether a frame says no more than that the host is there.
func isSign(f frame.Frame) bool {
	return f.Kind == frame.Ack && f.Ack.Delta && !f.Ack.Repair && f.Ack.Refused == "" && len(f.Ack.Marks) == 0
}

func (w *wire) read() frame.Frame {
	w.t.Helper()
	f, err := w.try()
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

func data(id, seq uint64, text string) []byte {
	return frame.AppendData(nil, &frame.Data{
		ID: id, Text: []byte(text + "\r\n"), Origin: []byte("PA"), Boot: 7, Seq: seq, TimeMS: 1000,
	})
}

// dataRow is messages that follow each other, in one frame.
func dataRow(id, seq uint64, texts ...string) (buf []byte) {
	var row frame.RowEncoder
	for i, text := range texts {
		n := uint64(i)
		buf = row.Append(buf, &frame.Data{
			ID: id + n, Text: []byte(text + "\r\n"), Origin: []byte("PA"), Boot: 7, Seq: seq + n, TimeMS: 1000,
		})
	}
	return row.End(buf)
}

// A frame before which others are missing is not taken, and answered with no
// copies; the link it came on is asked, and what it sends in its place is Ok'd.
func TestAGapIsRepaired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(append(data(1, 1, "one"), data(2, 3, "three")...))
		if f := w.read(); f.Kind != frame.Ack || !f.Ack.Repair {
			t.Fatalf("the gap is answered by %+v", f)
		}
		f := w.read()
		for f.Kind == frame.Ack {
			f = w.read()
		}
		if f.Kind != frame.OkKind || f.Ok.ID != 2 || f.Ok.Copies != 0 {
			t.Fatalf("%+v, want Ok for both, without copies", f)
		}
		w.write(append(data(3, 2, "two"), data(4, 3, "three")...))
		for f = w.read(); f.Kind != frame.OkKind; {
			f = w.read()
		}
		if f.Ok.ID != 4 || f.Ok.Copies != 1 {
			t.Errorf("%+v, want Ok for 4 with a copy", f.Ok)
		}
		lines := r.requireEqual(0)
		if len(lines) != 3 {
			t.Errorf("%d lines: %q", len(lines), lines)
		}
	})
}

func TestADuplicateIsOkdAndNotLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(append(data(1, 1, "one"), data(2, 1, "another text")...))
		f := w.read()
		for f.Kind != frame.OkKind || f.Ok.ID != 2 {
			f = w.read()
		}
		if lines := r.requireEqual(0); len(lines) != 1 || !strings.HasSuffix(lines[0], " one\r\n") {
			t.Errorf("%q, want the first text alone (I4)", lines)
		}
	})
}

// TestBadBytes sends what must not be believed into either port. Each is one
// escaped line in error.log; the daemon goes on.
func TestBadBytes(t *testing.T) {
	hello := &pzog.KeepAlive{Version: 1, Host: "PA"}
	greeted := func(b []byte) []byte {
		return append(frame.AppendKeepAlive(nil, hello, frame.PeerLimit), b...)
	}
	forged := frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\x1b[2J\r\n"), Origin: []byte("PA"), Boot: 1, Seq: 1})
	tests := []struct {
		name   string
		peer   bool
		bytes  []byte
		reason string
	}{
		{"length 0", false, []byte{0}, "length 0"},
		{"ten 0xFF", false, bytes.Repeat([]byte{0xff}, 10), "length is not a varint"},
		{"non-minimal", true, []byte{0x80, 0}, "non-minimal"},
		{"over the client's limit", false, []byte{0x81, 0x20}, "over the limit"},
		{"over the peer's limit", true, []byte{0x81, 0x80, 4}, "over the limit"},
		{"cut off", false, []byte{9, 0x1a, 7}, "cut off"},
		{"not protobuf", false, []byte{2, 0x1a, 5}, "not protobuf"},
		{"HTTP", false, []byte("GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: a browser\r\nAccept: */*\r\n\r\nand a body"), "looks like HTTP: this port speaks pzog"},
		{"HTTP, two bytes of it", false, []byte("PO"), "looks like HTTP"},
		{"HTTP on the peer port", true, []byte("GET "), "looks like HTTP"},
		{"TLS", false, []byte{0x16, 0x03, 0x01, 0x02, 0x00, 0x01}, "looks like TLS"},
		{"SSH", false, []byte("SSH-2.0-OpenSSH"), "looks like SSH"},
		{"mail", false, []byte("EHLO there\r\n"), "not the beginning of a frame"},
		{"a line of text", false, []byte("hello\r\n"), "not the beginning of a frame"},
		{"a long frame of something else", false, []byte{0x80, 0x02, 0x2a}, "not the beginning of a frame"},
		{"an unasked Ok", false, frame.AppendOk(nil, &frame.Ok{ID: 1}), "an answer from the dialling side"},
		{"an unasked Ack", true, frame.AppendAck(nil, &pzog.Ack{Version: 1}, 4096), "an answer from the dialling side"},
		{"a peer on the client port", false, frame.AppendKeepAlive(nil, hello, 4096), "a peer's keepAlive"},
		{"ids from 2", false, frame.AppendData(nil, &frame.Data{ID: 2, Text: []byte("x\r\n")}), "ids are not 1, 2, 3"},
		{"data before keepAlive", true, data(1, 1, "x"), "data before keepAlive"},
		{"another's name", true, frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: "MV"}, 4096), "name does not fit"},
		{"version 2", true, frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 2, Host: "PA"}, 4096), "version of the protocol"},
		{"a mark without a boot", true, frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: "PA",
			Marks: []*pzog.Mark{{Origin: "PA", Seq: 1}}}, 4096), "a mark that no host can have"},
		{"a mark over 2^48-1", true, frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: "PA",
			Marks: []*pzog.Mark{{Origin: "PA", Boot: 1, Seq: 1 << 48, First: 1}}}, 4096), "a mark that no host can have"},
		{"a mark that begins at 2^64-1", true, frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1, Host: "PA",
			Marks: []*pzog.Mark{{Origin: "PA", Boot: 1, Seq: 1, First: 1<<64 - 1}}}, 4096), "a mark that no host can have"},
		{"a control character from a peer", true, greeted(forged), "control"},
		{"seq 0 from a peer", true, greeted(data(1, 0, "x")), "seq"},
		{"seq 2^48 from a peer", true, greeted(data(1, 1<<48, "x")), "seq is not a number"},
		{"a row that goes on beyond 2^48-1", true, greeted(dataRow(1, 1<<48-1, "x", "x")), "seq is over 2^48-1"},
		{"a bad text within a row from a peer", true, greeted(dataRow(1, 1, "x", "x\x1b[2J", "x")), "control"},
		{"a row whose numbers go on beyond 2^64-1", false, []byte("\x1e\x1a\x1c\x10\x01\x1a\x01\x78\x51\x01\x00\x00\x00\x00\x00\x00\x00\x58\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x62\x01\x78"), "counts beyond 64 bits"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRing(t, 2)
				r.start(0)
				port, from := r.ring.Ports.Client, fromAfar
				if tt.peer {
					port, from = r.ring.Ports.Peer, r.address(1)
				}
				w := r.dialPort(from, port)
				w.write(tt.bytes)
				if tt.reason == "cut off" {
					w.conn.Close()
				}
				begun := time.Now()
				for err := error(nil); err == nil; {
					_, err = w.try()
				}
				if took := time.Since(begun); took > 100*time.Millisecond {
					t.Errorf("it is closed after %v", took)
				}
				lines := r.errorLines()
				if len(lines) != 1 || !strings.Contains(lines[0], tt.reason) {
					t.Errorf("error.log: %q, want one line with %q", lines, tt.reason)
				}
				r.send(0, "unharmed")
			})
		})
	}
}

// A client may close its own side once it has said all: it gets its answers.
func TestAClientThatClosesItsSideIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := startRing(t, 1, ringtest.SyncTakes(50*time.Millisecond))
		w := r.client()
		w.write(frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("last words\r\n")}))
		if err := w.conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if f := w.read(); f.Kind != frame.OkKind || f.Ok.ID != 1 || f.Ok.Copies != 1 {
			t.Errorf("answered by %+v", f)
		}
	})
}

// errorLines returns the lines of host 0's error log, and checks their form.
func (r *memoryRing) errorLines() []string {
	r.t.Helper()
	time.Sleep(time.Second)
	said := r.file(0, "error.log")
	for _, b := range []byte(strings.ReplaceAll(said, "\r\n", "")) {
		if b < ' ' || b > '~' {
			r.t.Errorf("error.log holds a byte %#x", b)
		}
	}
	return strings.Split(strings.TrimSuffix(said, "\r\n"), "\r\n")
}

// A duplicate is not taken by the router, and so brings nothing: a host that
// sends nothing else does not count as one that repairs (docs/protocol.md, section 8).
func TestADuplicateBringsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPeer()
		w.write(append(data(1, 1, "one"), data(2, 1, "one")...))
		for f := w.read(); f.Kind != frame.OkKind || f.Ok.ID != 2; {
			f = w.read()
		}
		counts := r.hosts[0].Daemon().Counts()
		if received, again := counts.Received.Load(), counts.Duplicates.Load(); received != 1 || again != 1 {
			t.Errorf("%d messages were taken, and %d were duplicates, want 1 of each", received, again)
		}
	})
}
