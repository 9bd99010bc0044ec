package survey_test

import (
	"context"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/internal/survey"
	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/messages/pzog"
)

// fake is the test in the place of a host: it answers each KeepAlive with what
// its manner returns, and closes the connection at an error.
type fake struct {
	t      *testing.T
	net    *memnet.Network
	port   net.Listener
	manner func(*pzog.KeepAlive) ([]byte, error)
	served atomic.Int64 // connections
	// unasked, if there is one, is what the fake does on a connection by itself.
	unasked func(net.Conn)
}

// patience is how long the fake may be silent, and be busy.
var patience = survey.Times{Silence: 2 * time.Second, Answer: time.Hour}

var at = netip.MustParseAddrPort("127.0.55.1:55552")

func newFake(t *testing.T, manner func(*pzog.KeepAlive) ([]byte, error)) *fake {
	t.Helper()
	f := &fake{t: t, net: memnet.New(), manner: manner}
	port, err := f.net.Listen(at)
	if err != nil {
		t.Fatal(err)
	}
	f.port = port
	t.Cleanup(func() { port.Close() })
	go func() {
		for {
			conn, err := port.Accept()
			if err != nil {
				return
			}
			f.served.Add(1)
			go f.serve(conn)
			if f.unasked != nil {
				go f.unasked(conn)
			}
		}
	}()
	return f
}

func (f *fake) serve(conn net.Conn) {
	defer conn.Close()
	var buf []byte
	for piece := make([]byte, 4096); ; {
		body, n, err := frame.Split(buf, frame.ClientLimit)
		if err != nil {
			f.t.Errorf("asked with %v", err)
			return
		}
		if n == 0 {
			n, err := conn.Read(piece)
			if err != nil {
				return
			}
			buf = append(buf, piece[:n]...)
			continue
		}
		buf = buf[n:]
		var in frame.Frame
		if err := frame.Decode(body, &in); err != nil || in.Kind != frame.KeepAlive {
			f.t.Errorf("asked with %v, %v", in, err)
			return
		}
		out, err := f.manner(in.KeepAlive)
		if err != nil {
			return
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
	}
}

// ask returns a Host that asks the fake.
func (f *fake) ask() *survey.Host {
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		return f.net.Dial(ctx, netip.MustParseAddr("127.0.55.201"), netip.MustParseAddrPort(address))
	}
	h := survey.NewHost("MV", at.String(), patience, dial)
	f.t.Cleanup(func() { h.Close() })
	return h
}

func ack(a *pzog.Ack) []byte {
	a.Version = 1
	if a.Host == "" {
		a.Host = "MV"
	}
	return frame.AppendAck(nil, a, frame.ClientLimit)
}

// more is an Ack after which others are to come, without an end.
func more(marks ...*pzog.Mark) []byte {
	body := &pzog.Frame_Ack{Ack: &pzog.Ack{Version: 1, Host: "MV", More: true, Marks: marks}}
	out, err := proto.Marshal(&pzog.Frame{Body: body})
	if err != nil {
		panic(err)
	}
	return append(protowire.AppendVarint(nil, uint64(len(out))), out...)
}

// refusal is what a host says that does not answer a survey.
func refusal(why string) []byte {
	return frame.AppendOk(nil, &frame.Ok{Refusal: pzog.Refusal_OVERLOADED, Detail: why})
}

func manyMarks(n int) (all []*pzog.Mark) {
	for boot := range uint64(n) {
		all = append(all, mark("A", boot+1, 1, 9))
	}
	return all
}

func mark(origin string, boot, first, seq uint64) *pzog.Mark {
	return &pzog.Mark{Origin: origin, Boot: boot, First: first, Seq: seq}
}

// always answers everything with the same bytes.
func always(out []byte) func(*pzog.KeepAlive) ([]byte, error) {
	return func(*pzog.KeepAlive) ([]byte, error) { return out, nil }
}
