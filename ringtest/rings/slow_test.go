package rings_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// drip writes so many bytes a second, until the connection fails.
func drip(conn net.Conn, bytes []byte, each int) {
	for i := 0; i < len(bytes); i += each {
		if _, err := conn.Write(bytes[i:min(i+each, len(bytes))]); err != nil {
			return
		}
		time.Sleep(time.Second)
	}
}

// A client that says some bytes a second is served, as long as a frame is there in time,
// and holds up nobody.
func TestAClientOfSomeBytesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 1)
		r.start(0)
		w := r.client()
		w.patience = time.Hour
		var raw []byte
		for id := range uint64(10) {
			raw = frame.AppendData(raw, &frame.Data{ID: id + 1, Text: []byte("slow\r\n")})
		}
		begun := time.Now()
		go drip(w.conn, raw, 3)
		for n := range 20 {
			r.send(0, fmt.Sprint("meanwhile ", n))
		}
		if took := time.Since(begun); took > 10*time.Second {
			t.Errorf("20 messages of another client took %v", took)
		}
		for id := range uint64(10) {
			if f := w.read(); f.Kind != frame.OkKind || f.Ok.ID != id+1 || f.Ok.Refusal != 0 {
				t.Errorf("answered by %+v", f)
			}
		}
		if took := time.Since(begun); took < time.Duration(len(raw)/3)*time.Second {
			t.Errorf("answered after %v, before all was said", took)
		}
		r.requireSame(30, 0)
	})
}

// Who says one byte a second at the peer port has not greeted in time.
func TestAPeerOfOneByteASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 2)
		r.start(0)
		w := r.dialPort(r.address(1), r.ring.Ports.Peer)
		w.patience = time.Minute
		go drip(w.conn, frame.AppendKeepAlive(nil, r.hello(), frame.PeerLimit), 1)
		r.requireClosed(w, "no keepAlive in time")
	})
}

// A peer that greets and then reads nothing stalls its own link alone. The others
// get all, by a way around it (I7), and it is dialled again after 5 s of silence, also
// by who has more for it than the buffers on the way hold.
func TestLongAPeerThatStopsReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRing(t, 5)
		port, err := r.ListenBelow(netip.AddrPortFrom(r.address(1), r.ring.Ports.Peer))
		if err != nil {
			t.Fatal(err)
		}
		greeted := make(chan int)
		go func() {
			n := 0
			defer func() { greeted <- n }()
			for ; ; n++ {
				conn, err := port.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				go greetAndStop(conn, r.ring.Digest())
			}
		}()
		for _, i := range []int{0, 2, 3, 4} {
			r.start(i)
		}
		time.Sleep(2 * time.Second)
		for round := range 10 {
			for _, i := range []int{0, 2, 3, 4} {
				r.send(i, texts(fmt.Sprint("round ", round, strings.Repeat(" and so on", 40)), 100)...)
			}
			time.Sleep(3 * time.Second)
		}
		time.Sleep(10 * time.Second)
		r.requireSame(4000, 0, 2, 3, 4)
		time.Sleep(310 * time.Second)
		if r.Said("silent for too long") == 0 {
			t.Error("nobody noticed its silence")
		}
		port.Close()
		if n := <-greeted; n < 8 {
			t.Errorf("it was dialled %d times by four hosts", n)
		}
		r.start(1)
		time.Sleep(time.Minute)
		r.requireSame(4000, 0, 1, 2, 3, 4)
	})
}

// greetAndStop is host 1 of a ring as it is dialled. It reads the first frame,
// answers it, and reads no more.
func greetAndStop(conn net.Conn, digest []byte) {
	if _, err := conn.Read(make([]byte, frame.PeerLimit)); err != nil {
		return
	}
	ack := &pzog.Ack{Version: 1, Host: "PA", Ring: digest}
	_, _ = conn.Write(frame.AppendAck(nil, ack, frame.PeerLimit)) // the dialler may have gone
}
