package nats

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// speak is a server of one client: it answers the first PING with PONG, says what it
// is given, and returns what the client says to that in so many lines.
func speak(t *testing.T, said string, lines int) (at string, heard <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answers := make(chan string, 1)
	go func() {
		defer l.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		in := bufio.NewScanner(conn)
		for in.Scan() && in.Text() != "PING" {
		}
		fmt.Fprintf(conn, "PONG\r\n%s", said)
		var all []string
		for range lines {
			in.Scan()
			all = append(all, in.Text())
		}
		answers <- strings.Join(all, " ")
	}()
	return l.Addr().String(), answers
}

// A keeper writes the texts and nothing else, and answers a PING, or the server
// would cut it off.
func TestKeeper(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	at, heard := speak(t, "MSG log 1 3\r\none\r\nPING\r\nINFO {}\r\nMSG log 1 reply.to 5\r\nM\r\nSG\r\n", 1)
	k, err := subscribe(at, file)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.run(t.Context()); err == nil {
		t.Error("the end of the connection is no error")
	}
	if answer := <-heard; answer != "PONG" {
		t.Error(answer)
	}
	if lines, err := os.ReadFile(file); err != nil || string(lines) != "one\r\nM\r\nSG\r\n" {
		t.Errorf("%q, %v", lines, err)
	}
}

// What a server refuses is an error.
func TestKeeperIsRefused(t *testing.T) {
	at, _ := speak(t, "-ERR 'Slow Consumer'\r\n", 0)
	k, err := subscribe(at, filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.run(t.Context()); err == nil || !strings.Contains(err.Error(), "Slow Consumer") {
		t.Error(err)
	}
}
