// Package netnstest is for tests of what is done to a network of package netns:
// it makes one of two hosts, and dials and listens in it. The test program
// itself is started in a place for that, so that the package under test calls
//
//	func TestMain(m *testing.M) { os.Exit(netnstest.Main(m)) }
package netnstest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/netns"
)

// Main runs the tests, or is the program that Listen or Dial starts. It returns
// the exit code.
func Main(m *testing.M) int {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "listen":
			return listen(os.Args[2])
		case "dial":
			return dial(os.Args[2])
		}
	}
	return m.Run()
}

// listen accepts connections and keeps them until it is killed.
func listen(address string) int {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("listening")
	for {
		if _, err := l.Accept(); err != nil {
			return 1
		}
	}
}

// dial says what becomes of a dial, and then of the connection, which nobody
// else closes.
func dial(address string) int {
	conn, err := net.DialTimeout("tcp", address, 500*time.Millisecond)
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		fmt.Println("silence")
		return 0
	case err != nil:
		fmt.Println("refused")
		return 0
	}
	fmt.Println("connected")
	_, err = conn.Read(make([]byte, 1))
	fmt.Println(err)
	return 0
}

// NeedNamespaces skips a test, loudly, where namespaces cannot be made.
func NeedNamespaces(t *testing.T) {
	t.Helper()
	if err := netns.Possible(); err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
}

// Made makes a network, until the test is over, or skips the test.
func Made(t *testing.T, n *netns.Network) {
	t.Helper()
	NeedNamespaces(t)
	t.Cleanup(func() {
		if err := n.Remove(); err != nil {
			t.Error(err)
		}
	})
	if err := n.Make(); errors.Is(err, netns.ErrSkipped) {
		t.Skipf("SKIPPED: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
}

// TwoHosts reads a ring file, and leaves the first two hosts in the ring.
func TwoHosts(t *testing.T, file string) *config.Ring {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := config.Parse(file, data)
	if err != nil {
		t.Fatal(err)
	}
	ring.Hosts = ring.Hosts[:2]
	return ring
}

// Listen listens at an address in a place until the test is over.
func Listen(t *testing.T, at netns.Place, address string) {
	t.Helper()
	Says(t, start(t, at, "listen", address), "listening")
}

// Dial dials an address from a place. It returns the process, which goes on, and
// what came of it: connected, refused or silence.
func Dial(t *testing.T, from netns.Place, address string) (*daemons.Process, string) {
	t.Helper()
	p := start(t, from, "dial", address)
	return p, Says(t, p, "silence", "refused", "connected")
}

// start starts the test itself in a place, until the test is over.
func start(t *testing.T, at netns.Place, args ...string) *daemons.Process {
	t.Helper()
	command := at.Inside(append([]string{os.Args[0]}, args...)...)
	process, err := daemons.Launch(t.TempDir(), "test", command[0], command[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(process.Kill)
	return process
}

// Says waits until a process has said something that is one of some words.
func Says(t *testing.T, p *daemons.Process, words ...string) string {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(daemons.Timeout); time.Now().Before(end); <-tick.C {
		for _, word := range words {
			if p.Count(word) > 0 {
				return word
			}
		}
	}
	t.Fatalf("%s says none of %q: %q", p, words, p.Last(3))
	return ""
}
