// Package peertest holds a peer to what the driver expects of one: all texts of
// all clients are in the log of each host, each once and in its client's order.
package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
)

// Main is for the TestMain of a peer: the test's binary is then a node when the
// peer starts it as one.
func Main(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "node" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := peer.RunNode(ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Small is work of a moment, in tests.
func Small() system.Work {
	return system.Work{Hosts: 3, Messages: 500, Text: 48, Clients: 1, Copies: 1, Limit: 30 * time.Second}
}

// Drive has a peer do some work, and looks at every line.
func Drive(t *testing.T, s system.System, w system.Work) {
	t.Helper()
	if err := s.Missing(); err != nil {
		t.Skipf("%s: %v", s.Name(), err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), w.Limit)
	defer cancel()
	c, err := s.Start(ctx, t.TempDir(), w)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Stop()
	var clients sync.WaitGroup
	for i := range w.Clients {
		clients.Go(func() {
			if err := send(ctx, s, c.Address(i), i, w); err != nil {
				t.Errorf("client %d: %v", i, err)
			}
		})
	}
	clients.Wait()
	for host := range w.Hosts {
		if files := c.Logs(host); len(files) > 0 {
			awaitLog(ctx, t, files[0], c.LineBytes(1, w.Messages))
			check(t, files[0], w)
		}
	}
}

// text is message i of a client.
func text(client, i, size int) []byte {
	t := fmt.Appendf(nil, "%d %d ", client, i)
	return append(t, bytes.Repeat([]byte("x"), size-2-len(t))...)
}

// send is one client.
func send(ctx context.Context, s system.System, at string, client int, w system.Work) error {
	c, err := s.Dial(ctx, at, w)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	acked, failed := 0, error(nil)
	told := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		acked++
		failed = errors.Join(failed, err)
	}
	count := w.Messages / w.Clients
	for i := range count {
		if err := c.Send(text(client, i, w.Text), told); err != nil {
			return err
		}
	}
	if err := c.Flush(ctx); err != nil {
		return err
	}
	mu.Lock()
	defer mu.Unlock()
	if acked != count {
		failed = errors.Join(failed, fmt.Errorf("%d of %d are acknowledged", acked, count))
	}
	return errors.Join(failed, c.Close())
}

// awaitLog waits until a file is as large as it must become.
func awaitLog(ctx context.Context, t *testing.T, file string, size int64) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		is, err := os.Stat(file)
		if err == nil && is.Size() >= size {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not %d bytes: %v, %v", file, size, is, err)
		case <-tick.C:
		}
	}
}

// check reads all lines of a log.
func check(t *testing.T, file string, w system.Work) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	next := make([]int, w.Clients)
	for line := range bytes.Lines(data) {
		var client, i int
		if _, err := fmt.Sscan(string(line), &client, &i); err != nil {
			t.Fatalf("%s: %q: %v", file, line, err)
		}
		if i != next[client] || !bytes.Equal(line, append(text(client, i, w.Text), '\r', '\n')) {
			t.Fatalf("%s: %q, want number %d", file, line, next[client])
		}
		next[client]++
	}
	for client, count := range next {
		if count != w.Messages/w.Clients {
			t.Errorf("%s: %d messages of client %d", file, count, client)
		}
	}
}
