package tlsconn_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	mrand "math/rand/v2"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/tlsconn"
)

// secured makes the handshake on both ends of a connection.
func secured(t *testing.T, dialled, accepted net.Conn) (here, there *tlsconn.Conn) {
	t.Helper()
	server, client := configs(t)
	there = tlsconn.Accept(accepted, tlsconn.Policy{TLS: server, Within: 10 * time.Second, Done: func(*tlsconn.Conn) error { return nil }})
	shaken := make(chan error)
	go func() { shaken <- there.Handshake() }()
	here, err := tlsconn.Dial(context.Background(), dialled, client)
	if err := errors.Join(err, <-shaken); err != nil {
		t.Fatal(err)
	}
	return here, there
}

// One Read returns all records that have come, whatever their sizes, and says so when its buffer is
// too small.
func TestReadTakesAllThatHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialled, accepted := pair(t)
		here, there := secured(t, dialled, accepted)
		buf := make([]byte, 256<<10)
		for _, size := range []int{100, 3000, 16 << 10, 40_000} {
			sent := 0
			for ; sent+size <= 40_000; sent += size {
				if _, err := here.Write(buf[:size]); err != nil {
					t.Fatal(err)
				}
			}
			if n, err := there.Read(buf); n != sent || err != nil || there.Backlog() {
				t.Errorf("records of %d bytes: %d of %d, %v; backlog: %v", size, n, sent, err, there.Backlog())
			}
		}
		if _, err := here.Write(buf[:50_000]); err != nil {
			t.Fatal(err)
		}
		n, err := there.Read(buf[:32<<10])
		if err != nil || !there.Backlog() {
			t.Errorf("%d of 50000, %v, and nothing is left", n, err)
		}
		for all := n; all < 50_000; all += n {
			if n, err = there.Read(buf); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Bytes arrive once and in order, however they are written and read, and then the end.
func TestReadAheadKeepsTheOrder(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			dialled, accepted := pair(t)
			here, there := secured(t, dialled, accepted)
			text := make([]byte, 1<<20)
			_, _ = rand.Read(text)
			go func() {
				r := mrand.New(mrand.NewPCG(seed, 1))
				for rest := text; len(rest) > 0; {
					n := min(len(rest), 1<<r.IntN(18)+r.IntN(100))
					_, _ = here.Write(rest[:n])
					rest = rest[n:]
				}
				_ = here.CloseWrite()
			}()
			r := mrand.New(mrand.NewPCG(seed, 2))
			var got []byte
			for {
				b := make([]byte, 1<<r.IntN(19)+r.IntN(100))
				if r.IntN(4) == 0 { // what is read after a deadline is what comes next
					_ = there.SetReadDeadline(time.Now().Add(-time.Second))
					_, _ = there.Read(b[:0])
					_ = there.SetReadDeadline(time.Time{})
				}
				n, err := there.Read(b)
				got = append(got, b[:n]...)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(got, text) {
				t.Errorf("seed %d: %d bytes of %d are not what was sent", seed, len(got), len(text))
			}
		})
	}
}
