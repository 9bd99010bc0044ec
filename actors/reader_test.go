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

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/row"
	"xlattice.org/zog/messages"
	"xlattice.org/zog/messages/pzog"
)

// pieces is a connection on which bytes arrive in pieces of a given size.
type pieces struct {
	net.Conn
	rest []byte
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest[:min(p.size, len(p.rest))])
	p.rest = p.rest[n:]
	return n, nil
}

// heard is what a reader delivers, in a form that does not depend on how the
// bytes were cut into batches.
func heard(t *testing.T, in intake, limit, size int, stream []byte) (words []string, err error) {
	t.Helper()
	r := &reader{
		conn: &pieces{rest: bytes.Clone(stream), size: size}, limit: limit, intake: in,
		pulse: new(messages.Pulse), credit: make(messages.Credit, credits), calm: make(messages.Credit, credits), stop: make(chan struct{}),
	}
	next := uint64(1)
	_, err = r.run(func(m any) {
		if s, ok := m.(*said); ok {
			words = append(words, fmt.Sprintf("%T", s.frame))
			s.credit.Return()
			return
		}
		b := m.(*messages.Batch)
		if b.FirstID != next || b.LastID < b.FirstID || int(b.LastID-b.FirstID)+1 != row.Count(b.Rows)+len(b.Refused) {
			t.Fatalf("a batch of ids %d to %d with %d items and %d refusals comes for %d",
				b.FirstID, b.LastID, row.Count(b.Rows), len(b.Refused), next)
		}
		next = b.LastID + 1
		rows, refused := b.Rows, b.Refused
		for id := b.FirstID; id <= b.LastID; id++ {
			if len(refused) > 0 && refused[0].ID == id {
				words = append(words, fmt.Sprint("refused ", id, refused[0].Reason))
				refused = refused[1:]
				continue
			}
			words = append(words, fmt.Sprintf("%s.%d.%d %q", rows[0].Origin, rows[0].Boot, rows[0].Seq, rows[0].Text(0)))
			rows = row.Skip(rows, 1)
		}
		b.Credit.Return()
	})
	return words, err
}

func intakes() map[string]func() intake {
	return map[string]func() intake{
		"peer":   func() intake { return &peerIntake{peer: 1} },
		"client": func() intake { return &clientIntake{} },
	}
}

// someFrames is a stream with everything in it.
func someFrames() []byte {
	var s []byte
	s = frame.AppendKeepAlive(s, &pzog.KeepAlive{Version: 1, Host: "PA"}, frame.PeerLimit)
	for i := range uint64(40) {
		s = frame.AppendData(s, &frame.Data{
			ID: i + 1, Text: []byte(strings.Repeat("x", int(i)) + "\r\n"),
			Origin: []byte([]string{"PA", "LA"}[i%2]), Boot: 9, Seq: i/2 + 1, TimeMS: 5000, MinCopies: uint32(i / 20),
		})
		if i%7 == 0 {
			s = frame.AppendOk(s, &frame.Ok{ID: i})
		}
	}
	return s
}

// However the bytes arrive, the same is delivered.
func TestPiecesMakeNoDifference(t *testing.T) {
	stream := someFrames()
	for name, in := range intakes() {
		whole, err := heard(t, in(), frame.PeerLimit, len(stream), stream)
		if err != nil || len(whole) != 47 {
			t.Fatalf("%s: %d things heard, error %v", name, len(whole), err)
		}
		for size := 1; size < 100; size++ {
			words, err := heard(t, in(), frame.PeerLimit, size, stream)
			if err != nil || !slices.Equal(words, whole) {
				t.Fatalf("%s, pieces of %d: %d things heard, error %v", name, size, len(words), err)
			}
		}
	}
}

// FuzzReader: whatever arrives, in whatever pieces, a reader ends without a
// panic, and what it makes of the bytes before the bad ones is the same.
func FuzzReader(f *testing.F) {
	stream := someFrames()
	f.Add(stream, 7)
	f.Add(stream[:len(stream)-3], 1000)
	f.Add(append(bytes.Clone(stream), 0), 64)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = 1 + int(uint(size)%4096)
		for name, in := range intakes() {
			whole, wholeErr := heard(t, in(), frame.ClientLimit, len(stream)+1, stream)
			words, err := heard(t, in(), frame.ClientLimit, size, stream)
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
