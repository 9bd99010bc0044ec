package frame_test

import (
	"errors"
	"testing"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// What can be no frame is known by its first bytes, and by no more than two if people
// send it here by mistake. What may be a frame is waited for.
func TestOpening(t *testing.T) {
	ours := map[string][]byte{
		"nothing yet": {},
		"a length":    {'G'},
		"half of one": {0x80},
		"KeepAlive":   frame.AppendKeepAlive(nil, &pzog.KeepAlive{Version: 1}, frame.PeerLimit),
		"Ack":         frame.AppendAck(nil, &pzog.Ack{Version: 1}, frame.PeerLimit),
		"Data":        frame.AppendData(nil, &frame.Data{ID: 1, Text: make([]byte, 300)}),
		"Ok":          frame.AppendOk(nil, &frame.Ok{ID: 1}),
	}
	for name, b := range ours {
		for n := range b {
			if err := frame.Opening(b[:n+1]); err != nil {
				t.Errorf("%d bytes of %s: %v", n+1, name, err)
			}
		}
	}
	foreign := map[string]string{
		"GET / HTTP/1.1": "HTTP", "HEAD /": "HTTP", "POST /": "HTTP", "PUT /": "HTTP", "PATCH /": "HTTP", "DELETE /": "HTTP",
		"OPTIONS *": "HTTP", "CONNECT a:1": "HTTP", "TRACE /": "HTTP", "PRI * HTTP/2.0": "HTTP",
		"\x16\x03\x01\x02\x00": "TLS", "SSH-2.0-x": "SSH",
	}
	for b, name := range foreign {
		for n := 2; n <= len(b); n++ {
			if err := frame.Opening([]byte(b[:n])); !errors.Is(err, frame.Foreign(name)) {
				t.Errorf("%q: %v", b[:n], err)
			}
		}
	}
	for _, b := range []string{"EHLO", "hello", "*1\r\n", "<13>", "\x05\x01", "\x01\xff", "\x80\x02\x2a", "\x0a\x08\x01", "\x0a\x0d"} {
		if err := frame.Opening([]byte(b)); !errors.Is(err, frame.ErrOpening) {
			t.Errorf("%q: %v", b, err)
		}
	}
	for b, want := range map[string]error{"\x00": frame.ErrEmpty, "\x80\x00": frame.ErrNonMinimal} {
		if err := frame.Opening([]byte(b)); !errors.Is(err, want) {
			t.Errorf("%q: %v", b, err)
		}
	}
}
