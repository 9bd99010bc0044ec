package tlsconn_test

import (
	"errors"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// tcpPair returns the two ends of a TCP connection.
func tcpPair(t *testing.T) (dialled, accepted net.Conn) {
	t.Helper()
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer port.Close()
	if dialled, err = net.Dial("tcp", port.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if accepted, err = port.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close(); accepted.Close() })
	return dialled, accepted
}

// One Read returns all that has come by TCP, and then the error of the connection.
func TestReadTakesAllThatHasComeByTCP(t *testing.T) {
	dialled, accepted := tcpPair(t)
	here, there := secured(t, dialled, accepted)
	buf := make([]byte, 256<<10)
	_ = there.SetReadDeadline(time.Now().Add(time.Minute)) // what has come is returned at once, or never
	for range 3 {
		if _, err := here.Write(buf[:60_000]); err != nil {
			t.Fatal(err)
		}
		arrived(t, accepted, 60_000)
		if n, err := there.Read(buf); n != 60_000 || err != nil {
			t.Errorf("%d of 60000, %v", n, err)
		}
	}
	if err := dialled.(*net.TCPConn).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	here.Close()
	for range 2 { // it stays so
		if _, err := there.Read(buf); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("after a reset: %v", err)
		}
	}
}

// arrived waits until a connection has so many bytes and more to read.
func arrived(t *testing.T, conn net.Conn, bytes int) {
	t.Helper()
	raw, err := conn.(*net.TCPConn).SyscallConn()
	for has := 0; has < bytes && err == nil; runtime.Gosched() {
		err = raw.Control(func(fd uintptr) { has, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	}
	if err != nil {
		t.Fatal(err)
	}
}
