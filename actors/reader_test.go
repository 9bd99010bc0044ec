package actors

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"xlattice.org/zog/internal/budget"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/internal/sequencer"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// pieces is a connection on which bytes arrive in pieces of a given size.
type pieces struct {
	net.Conn
	rest []byte
	size int
}

func (p *pieces) SetReadDeadline(time.Time) error { return nil }

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.size, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// A frame that is longer than the buffer is read, however little memory there is: the reader never
// reads into a full buffer, which would return at once.
func TestAFullBufferIsNotReadInto(t *testing.T) {
	var b budget.Budget
	b.Share().Force(1 << 20) // the others hold more than there is
	stream := frame.AppendData(nil, &frame.Data{ID: 1, Text: bytes.Repeat([]byte("x"), 4*readMin)})
	conn := &full{pieces: pieces{rest: stream, size: readMin}}
	r := &reader{
		conn: conn, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: new(messages.Pulse),
		quota: quota{bufferBudget: b.Share()},
	}
	batches := 0
	r.prepare(func(any) { batches++ })
	if _, err := r.run(); err != nil || batches != 1 || conn.empty > 0 {
		t.Errorf("%d batches, %d reads into a full buffer, %v", batches, conn.empty, err)
	}
}

// What is no frame of zog, such as the hello of TLS, is shown in part only; of a frame that is broken more
// is shown.
func TestOfAnotherProtocolLittleIsShown(t *testing.T) {
	hello := append([]byte{0x16, 3, 1, 6}, bytes.Repeat([]byte{0xfe}, 2000)...)
	whole := frame.AppendData(nil, &frame.Data{ID: 1, Text: []byte("x\r\n")})
	broken := append([]byte{0x80, 0x10, 0x02}, hello...)
	for name, test := range map[string]struct {
		came []byte
		want []byte
	}{
		"TLS":                 {hello, hello[:64]},
		"something else":      {hello[4:], hello[4:68]},
		"cut off":             {[]byte{9, 0x1a, 7}, []byte{9, 0x1a, 7}},
		"a frame, and broken": {append(bytes.Clone(whole), broken...), broken},
	} {
		r := &reader{
			conn: &pieces{rest: test.came, size: 1 << 20}, limit: frame.ClientLimit, intake: &clientIntake{}, pulse: new(messages.Pulse),
		}
		r.prepare(func(any) {})
		if raw, err := r.run(); err == nil || !bytes.Equal(raw, test.want) {
			t.Errorf("%s: %d bytes are shown, want %d (%v)", name, len(raw), len(test.want), err)
		}
	}
}

// full counts the reads into a full buffer, and ends them.
type full struct {
	pieces
	empty int
}

func (f *full) Read(b []byte) (int, error) {
	if len(b) == 0 {
		f.empty++
		return 0, io.ErrShortBuffer
	}
	return f.pieces.Read(b)
}

// delivered returns what a reader delivers, in a form that does not depend on how the bytes are divided
// into batches.
func delivered(t rapid.TB, in intake, limit, size int, stream []byte) (words []string, err error) {
	t.Helper()
	r := &reader{
		conn: &pieces{rest: bytes.Clone(stream), size: size}, limit: limit, intake: in, pulse: new(messages.Pulse),
	}
	next := uint64(1)
	r.prepare(func(m any) {
		if s, ok := m.(*controlFrame); ok {
			words = append(words, fmt.Sprintf("%T", s.frame))
			s.credit.Return()
			return
		}
		b := m.(messages.Batch)
		f, come, refused := b.Common(), describeAll(b), refusedOf(b)
		if of := int(f.LastID-f.FirstID) + 1; f.FirstID != next || of != len(come)+len(refused) {
			t.Fatalf("a batch of ids %d to %d with %d messages and %d refusals comes for %d",
				f.FirstID, f.LastID, len(come), len(refused), next)
		}
		next = f.LastID + 1
		shown := map[pzog.Refusal]bool{}
		for id := f.FirstID; id <= f.LastID; id++ {
			if len(refused) > 0 && refused[0].ID == id {
				r := refused[0]
				if (r.Text == nil) != shown[r.Reason] { // the first with a reason is there to be shown
					words = append(words, fmt.Sprintf("%v is shown as %q", r.Reason, r.Text))
				}
				shown[r.Reason] = true
				words = append(words, describe(b, "refused for "+r.Reason.String(), nil))
				refused = refused[1:]
				continue
			}
			words, come = append(words, come[0]), come[1:]
		}
		f.Credit.Return()
	})
	_, err = r.run()
	return words, err
}

// describeAll returns a description of each message of a batch.
func describeAll(b messages.Batch) (words []string) {
	switch b := b.(type) {
	case *messages.ClientBatch:
		for i := range b.Rows {
			for m := range b.Rows[i].Len() {
				one := b.Rows[i].Slice(m, m+1)
				words = append(words, describe(b, named{one.ID, one.Session, one.Number}, one.Text(0)))
			}
		}
	case *messages.PeerBatch:
		for i := range b.Rows {
			for m := range b.Rows[i].Len() {
				words = append(words, describe(b, b.Rows[i].At(m), b.Rows[i].Text(m)))
			}
		}
	}
	return words
}

// named has the fields of a client's message beside its text.
type named struct{ id, session, number uint64 }

func refusedOf(b messages.Batch) []sequencer.Refused {
	if b, ok := b.(*messages.ClientBatch); ok {
		return b.Refused
	}
	return nil
}

// describe returns a description of a message.
func describe(b messages.Batch, what any, text []byte) string {
	if b, ok := b.(*messages.ClientBatch); ok {
		return fmt.Sprintf("%+v: %q, %d copies in %v", what, text, b.MinCopies, b.Timeout)
	}
	return fmt.Sprintf("%+v: %q from %d", what, text, b.(*messages.PeerBatch).Peer)
}

func intakes() map[string]func() intake {
	return map[string]func() intake{
		"peer":   func() intake { return &peerIntake{peer: 1} },
		"client": func() intake { return &clientIntake{} },
	}
}

// sentFrames are frames as they are sent, and what the reader is to deliver.
type sentFrames struct {
	stream []byte
	row    frame.RowEncoder // of the last frame
	single bool             // each message is a frame of its own
	id     uint64
	words  map[string][]string // by intake
	broken bool                // a peer would be listened to no longer
}

// data sends a Data frame.
func (s *sentFrames) data(d frame.Data) {
	s.id++
	d.ID = s.id
	if s.stream = s.row.Append(s.stream, &d); s.single {
		s.end()
	}
	bad := bytes.Contains(d.Text, []byte{0})
	client := &messages.ClientBatch{MinCopies: max(1, int(d.MinCopies)), Timeout: time.Duration(d.TimeoutMS) * time.Millisecond}
	if client.Timeout == 0 {
		client.Timeout = defaultTimeout
	}
	number := d.Number
	if d.Session == 0 {
		number = 0
	}
	var what any = named{d.ID, d.Session, number}
	text := d.Text
	switch {
	case d.Wrapping > maxWrapping:
		what, text = "refused for BAD_WRAPPING", nil
	case bad:
		what, text = "refused for CONTROL", nil
	}
	s.words["client"] = append(s.words["client"], describe(client, what, text))
	if s.broken = s.broken || bad; !s.broken {
		s.words["peer"] = append(s.words["peer"], describe(&messages.PeerBatch{Peer: 1}, row.Head{
			Run: marks.Run{Origin: string(d.Origin), Boot: d.Boot}, Seq: d.Seq, Time: d.TimeMS / 1000,
			Wrapping: d.Wrapping, MinCopies: d.MinCopies, Session: d.Session, Number: number,
		}, d.Text))
	}
}

// end ends the row.
func (s *sentFrames) end() { s.stream = s.row.End(s.stream) }

// keepAlive sends a KeepAlive.
func (s *sentFrames) keepAlive() {
	s.end()
	s.stream = frame.AppendKeepAlive(s.stream, &pzog.KeepAlive{Version: 1, Host: "PA"}, frame.PeerLimit)
	s.words["client"] = append(s.words["client"], "*pzog.KeepAlive")
	if !s.broken {
		s.words["peer"] = append(s.words["peer"], "*pzog.KeepAlive")
	}
}

// drawFrames draws frames. Most are in the row of the one before, and differ from it in at most one
// field.
func drawFrames(t *rapid.T) *sentFrames {
	s := &sentFrames{words: make(map[string][]string), single: rapid.IntRange(0, 3).Draw(t, "single") == 0}
	d := frame.Data{Origin: []byte("PA"), Boot: 9, Seq: 1, TimeMS: 5000}
	for range rapid.IntRange(1, 60).Draw(t, "frames") {
		d.Text = []byte(strings.Repeat("x", rapid.SampledFrom([]int{1, 2, 46, 124, 125, 126, 509}).Draw(t, "text")) + "\r\n")
		switch rapid.SampledFrom(append(make([]string, 30), "seq", "boot", "origin", "time", "wrapping", "session", "number",
			"copies", "timeout", "bad", "keepAlive")).Draw(t, "new") {
		case "seq":
			d.Seq = rapid.Uint64Range(1, 1<<40).Draw(t, "seq")
		case "boot":
			d.Boot++
		case "origin":
			d.Origin = []byte(rapid.SampledFrom([]string{"LA", "G"}).Draw(t, "origin"))
		case "time":
			d.TimeMS += 1000
		case "wrapping":
			d.Wrapping = rapid.Uint32Range(0, 4).Draw(t, "wrapping")
		case "session":
			d.Session = rapid.Uint64Range(0, 3).Draw(t, "session")
		case "number":
			d.Number = rapid.Uint64Range(0, 1<<40).Draw(t, "number")
		case "copies":
			d.MinCopies = rapid.Uint32Range(0, 5).Draw(t, "copies")
		case "timeout":
			d.TimeoutMS = rapid.Uint32Range(0, 9000).Draw(t, "timeout")
		case "bad":
			d.Text[0] = 0
		case "keepAlive":
			s.keepAlive()
		}
		s.data(d)
		d.Seq++
		if d.Session != 0 {
			d.Number++
		}
	}
	s.end()
	return s
}

// A reader delivers what was sent, in whatever pieces it arrives.
func TestWhatIsHeardIsWhatWasSaid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawFrames(t)
		for _, name := range []string{"client", "peer"} {
			size := rapid.OneOf(rapid.IntRange(1, 64), rapid.Just(len(s.stream))).Draw(t, "size of the pieces")
			words, err := delivered(t, intakes()[name](), frame.PeerLimit, size, s.stream)
			if broken := s.broken && name == "peer"; broken != (err != nil) {
				t.Fatalf("%s: error %v", name, err)
			}
			if diff := cmp.Diff(s.words[name], words); diff != "" {
				t.Fatalf("%s: said (-) and heard (+):\n%s", name, diff)
			}
		}
	})
}

// someFrames returns frames of all kinds.
func someFrames() []byte {
	s := sentFrames{words: make(map[string][]string)}
	s.keepAlive()
	for i := range uint64(40) {
		s.data(frame.Data{
			Text: []byte(strings.Repeat("x", int(i)) + "y\r\n"), Origin: []byte([]string{"PA", "LA"}[i/20]), Boot: 9, Seq: i%20 + 1,
			TimeMS: 5000, MinCopies: uint32(i / 30), Session: i / 10, Number: i,
		})
		if i%7 == 0 {
			s.end()
			s.stream = frame.AppendOk(s.stream, &frame.Ok{ID: i})
		}
	}
	s.end()
	return s.stream
}

// FuzzReader: whatever arrives, and in whatever pieces, a reader ends without a panic, and delivers
// the same frames before the bad bytes.
func FuzzReader(f *testing.F) {
	stream := someFrames()
	f.Add(stream, 7)
	f.Add(stream[:len(stream)-3], 1000)
	f.Add(append(bytes.Clone(stream), 0), 64)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = 1 + int(uint(size)%4096)
		for name, in := range intakes() {
			whole, wholeErr := delivered(t, in(), frame.ClientLimit, len(stream)+1, stream)
			words, err := delivered(t, in(), frame.ClientLimit, size, stream)
			if !slices.Equal(words, whole) || fmt.Sprint(err) != fmt.Sprint(wholeErr) {
				t.Fatalf("%s: in pieces of %d: %q, %v; at once: %q, %v", name, size, words, err, whole, wholeErr)
			}
			if err != nil && strings.HasPrefix(err.Error(), "reader:") {
				t.Fatal(err)
			}
			var malformed frame.Malformed
			var violated violation
			if err != nil && !errors.As(err, &malformed) && !errors.As(err, &violated) {
				t.Fatalf("%s: %v is neither malformed nor a violation", name, err)
			}
		}
	})
}

// A Data frame behind unknown fields is a Data frame, and keeps no credit of other frames.
func TestDataBehindUnknownFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stream []byte
		for id := range uint64(3 * credits) {
			data := frame.AppendData(nil, &frame.Data{ID: id + 1, Text: []byte("x\r\n")})
			stream = append(append(stream, data[0]+2, 0x28, 1), data[1:]...)
		}
		words, err := delivered(t, &clientIntake{}, frame.ClientLimit, len(stream), stream)
		if err != nil || len(words) == 0 {
			t.Errorf("%q, %v", words, err)
		}
	})
}
