package client

import (
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"

	"xlattice.org/zog/internal/frame"
)

// confirm answers what comes in bulk and without allocating: one Ok for all the
// Data that a read brought.
func confirm(p *peer) {
	buf, out := make([]byte, 0, readBufferSize), make([]byte, 0, 64)
	var in frame.Frame
	for {
		n, err := p.conn.Read(buf[len(buf):cap(buf)])
		if err != nil {
			return
		}
		buf = buf[:len(buf)+n]
		used := 0
		for {
			body, n, _ := frame.Split(buf[used:], frame.ClientLimit)
			if n == 0 {
				break
			}
			if frame.Decode(body, &in) != nil {
				return
			}
			used += n
		}
		buf = buf[:copy(buf, buf[used:])]
		if used > 0 && in.Kind == frame.DataKind {
			out = frame.AppendOk(out[:0], &frame.Ok{ID: in.Data.ID + uint64(in.Data.More.Len()), Copies: 1})
			if _, err := p.conn.Write(out); err != nil {
				return
			}
		}
	}
}

var line = strings.Repeat("x", 46) // 48 bytes with its CRLF

func repeated(n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < n && yield(line); i++ {
		}
	}
}

func benchmarkSendAll(b *testing.B, cfg Config) {
	c, err := New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.SetBytes(int64(len(line) + len(crlf)))
	b.ReportAllocs()
	b.ResetTimer()
	summary, err := c.SendAll(b.Context(), repeated(b.N), nil)
	if err != nil || summary.Acknowledged != b.N {
		b.Errorf("%+v, %v", summary, err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msgs/s")
}

func BenchmarkSendAllPipe(b *testing.B) {
	n := newNetwork(b)
	n.serve("a", confirm)
	benchmarkSendAll(b, n.config(Specific, "a"))
}

func BenchmarkSendAllTCP(b *testing.B) {
	benchmarkSendAll(b, Config{Hosts: []string{listen(b)}, Order: Specific})
}

// listen returns the address of a host that takes one connection, on loopback.
func listen(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(wg.Wait)
	t.Cleanup(func() { l.Close() })
	wg.Go(func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		confirm(&peer{t: t, conn: conn})
	})
	return l.Addr().String()
}

func BenchmarkSend(b *testing.B) {
	n := newNetwork(b)
	n.serve("a", confirm)
	c, err := New(n.config(Specific, "a"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Send(b.Context(), line); err != nil {
				b.Error(err)
			}
		}
	})
}

// TestSendAllDoesNotAllocate guards the steady state: what allocates does so
// once a batch at most, never once a message. It is over TCP because net.Pipe
// allocates for each deadline.
func TestSendAllDoesNotAllocate(t *testing.T) {
	const count = 50_000
	c, err := New(Config{Hosts: []string{listen(t)}, Order: Specific})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	send := func(count int) {
		if s, err := c.SendAll(t.Context(), repeated(count), nil); err != nil || s.Acknowledged != count {
			t.Fatalf("%+v, %v", s, err)
		}
	}
	send(count) // the buffers reach their size
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	send(count)
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > count/50 {
		t.Errorf("%d allocations for %d messages", n, count)
	}
}
