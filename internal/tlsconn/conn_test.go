package tlsconn_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/internal/test/memnet"
	"xlattice.org/zog/internal/tlsconn"
)

// configs returns the configurations of both sides.
func configs(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	own := []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}
	return &tls.Config{Certificates: own, MinVersion: tls.VersionTLS13}, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
}

// pair returns the two ends of a connection.
func pair(t *testing.T) (dialled, accepted net.Conn) {
	t.Helper()
	network, at := memnet.New(), netip.MustParseAddrPort("127.0.0.1:1000")
	port, err := network.Listen(at)
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if dialled, err = network.Dial(context.Background(), at.Addr(), at); err != nil {
		t.Fatal(err)
	}
	if accepted, err = port.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); accepted.Close() })
	return dialled, accepted
}

// After a deadline of a write has passed, the rest can be written, and all arrives once.
func TestWriteGoesOnAfterItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server, client := configs(t)
		dialled, accepted := pair(t)
		there := tlsconn.Accept(accepted, tlsconn.Policy{TLS: server, Within: 10 * time.Second, Done: func(*tlsconn.Conn) error { return nil }})
		shaken := make(chan error)
		go func() { shaken <- there.Handshake() }()
		here, err := tlsconn.Dial(context.Background(), dialled, client)
		if err := errors.Join(err, <-shaken); err != nil {
			t.Fatal(err)
		}
		text := make([]byte, 4<<20)
		_, _ = rand.Read(text)
		got := make(chan []byte)
		go func() {
			time.Sleep(time.Minute)
			b := make([]byte, len(text))
			_, _ = io.ReadFull(there, b)
			got <- b
		}()
		late := 0
		for rest := text; len(rest) > 0; {
			_ = here.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
			n, err := here.Write(rest)
			if rest = rest[n:]; err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			if err != nil {
				late++
			}
		}
		if b := <-got; !bytes.Equal(b, text) || late < 100 {
			t.Errorf("equal: %v; %d deadlines passed", bytes.Equal(b, text), late)
		}
	})
}

// Plain text is taken if the policy says so, and the first bytes are not lost.
func TestPlain(t *testing.T) {
	for _, taken := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			server, _ := configs(t)
			dialled, accepted := pair(t)
			there := tlsconn.Accept(accepted, tlsconn.Policy{TLS: server, Plain: taken, Within: time.Second, Done: func(*tlsconn.Conn) error { return nil }})
			text := "\x16\x0ahello" // a frame of 22 bytes begins as TLS does
			_, _ = io.WriteString(dialled, text)
			b := make([]byte, len(text))
			_, err := io.ReadFull(there, b)
			if taken && (err != nil || string(b) != text || there.Secure()) {
				t.Errorf("%q, %v", b, err)
			}
			if !taken && !errors.Is(err, tlsconn.ErrPlain) {
				t.Error(err)
			}
		})
	}
}

// A handshake ends after its time, whatever deadlines were set.
func TestHandshakeTimeout(t *testing.T) {
	for _, first := range []string{"", "\x16", "\x16\x03\x01\x00"} {
		synctest.Test(t, func(t *testing.T) {
			server, _ := configs(t)
			dialled, accepted := pair(t)
			there := tlsconn.Accept(accepted, tlsconn.Policy{TLS: server, Within: 10 * time.Second, Done: func(*tlsconn.Conn) error { return nil }})
			_ = there.SetReadDeadline(time.Now().Add(time.Hour))
			_, _ = io.WriteString(dialled, first)
			began := time.Now()
			if _, err := there.Read(make([]byte, 1)); !errors.Is(err, tlsconn.ErrTimeout) || time.Since(began) > 11*time.Second {
				t.Errorf("%v after %v", err, time.Since(began))
			}
		})
	}
}

// A handshake of more than 32 KiB ends, however long its first message says that it is.
func TestLongHandshakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dialled, accepted := pair(t)
		server, _ := configs(t)
		there := tlsconn.Accept(accepted, tlsconn.Policy{TLS: server, Within: 10 * time.Second, Done: func(*tlsconn.Conn) error { return nil }})
		go func() {
			body := append([]byte{1, 0, 0xff, 0xff}, make([]byte, 16<<10)...)
			for range 4 {
				_, _ = dialled.Write(append([]byte{0x16, 3, 1, 0x40, 0}, body[:16<<10]...))
				body = make([]byte, 16<<10)
			}
		}()
		var failed *tlsconn.Failure
		if err := there.Handshake(); !errors.As(err, &failed) || failed.Error() != "a TLS handshake that is too long" {
			t.Errorf("it ends with %v", err)
		}
	})
}

// A handshake waits for its turn once the hello has come, until the connection is closed.
func TestTurnOfAHandshake(t *testing.T) {
	for _, closes := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			dialled, accepted := pair(t)
			server, config := configs(t)
			turn, asked := make(chan struct{}), new(atomic.Bool)
			there := tlsconn.Accept(accepted, tlsconn.Policy{
				TLS: server, Within: 10 * time.Second, Done: func(*tlsconn.Conn) error { return nil },
				Turn: func(closed <-chan struct{}, until time.Time) error {
					asked.Store(true)
					select {
					case <-turn:
						return nil
					case <-closed:
						return net.ErrClosed
					}
				},
			})
			done := make(chan error, 1)
			go func() { done <- there.Handshake() }()
			time.Sleep(time.Second)
			if asked.Load() {
				t.Error("it asks for a turn before a hello has come")
			}
			go func() { _ = tls.Client(dialled, config).Handshake() }()
			time.Sleep(time.Second)
			if len(done) > 0 || !asked.Load() {
				t.Error("it does not wait")
			}
			if closes {
				there.Close()
			} else {
				close(turn)
			}
			if err := <-done; (err != nil) != closes {
				t.Errorf("closed %t: %v", closes, err)
			}
			dialled.Close()
		})
	}
}
