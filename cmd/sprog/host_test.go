package main

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"

	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// host is a daemon as a script wants it, on a loopback address.
type host struct {
	manner   string // what it does with messages
	listener net.Listener
	conns    sync.WaitGroup

	mu      sync.Mutex
	changed sync.Cond
	texts   []string // that came
	open    map[net.Conn]bool
	closed  bool
}

// A manner is one of these, or a number: that many messages of a connection are
// acknowledged one by one, then one is taken without an answer and the connection
// closed.
const (
	good   = "good"   // acknowledges all, with as many copies as are asked for
	naming = "naming" // the same, and says under which identity
	few    = "few"    // acknowledges all, with one copy
	mute   = "mute"   // takes all, answers nothing
	older  = "older"  // acknowledges all, and has lost the first two
	full   = "full"   // refuses all for want of storage
	absent = "absent" // nobody listens there
)

func newHost(manner, address string) (*host, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	h := &host{manner: manner, listener: l, open: map[net.Conn]bool{}}
	h.changed.L = &h.mu
	h.conns.Go(h.accept)
	return h, nil
}

func (h *host) port() int { return h.listener.Addr().(*net.TCPAddr).Port }

func (h *host) accept() {
	for {
		conn, err := h.listener.Accept()
		if err != nil {
			return
		}
		h.mu.Lock()
		h.open[conn] = true
		if h.closed {
			conn.Close()
		}
		h.mu.Unlock()
		h.conns.Go(func() {
			defer conn.Close()
			h.talk(conn)
		})
	}
}

func (h *host) talk(conn net.Conn) {
	var buf []byte
	piece := make([]byte, 32<<10)
	for {
		n, err := conn.Read(piece)
		if err != nil {
			return
		}
		buf = append(buf, piece[:n]...)
		for {
			body, n, err := frame.Split(buf, frame.ClientLimit)
			if n == 0 || err != nil {
				break
			}
			var f frame.Frame
			if frame.Decode(body, &f) != nil {
				return
			}
			if f.Kind == frame.KeepAlive && f.KeepAlive.Follow {
				h.conns.Go(func() { h.send(conn, f.KeepAlive) })
			}
			for d, ok := f.Data, f.Kind == frame.DataKind; ok; ok = d.Next() {
				if !h.take(conn, &d) {
					return
				}
			}
			buf = buf[n:]
		}
	}
}

// take notes a message and answers it; false ends the connection.
func (h *host) take(conn net.Conn, d *frame.Data) bool {
	h.mu.Lock()
	h.texts = append(h.texts, string(bytes.TrimSuffix(d.Text, []byte("\r\n"))))
	h.changed.Broadcast()
	h.mu.Unlock()
	answer := frame.Ok{ID: d.ID, Copies: max(1, d.MinCopies)}
	switch h.manner {
	case good, older:
	case naming:
		answer.Origin, answer.Boot, answer.Seq = "LA", 10995116278, 41+d.ID
	case few:
		answer.Copies, answer.Detail = 1, "kept, but not yet by G, S"
	case mute:
		return true
	case full:
		answer = frame.Ok{ID: d.ID, Refusal: pzog.Refusal_STORAGE, Detail: "0 bytes left"}
	default:
		if limit, _ := strconv.ParseUint(h.manner, 10, 64); d.ID > limit {
			return false
		}
	}
	_, err := conn.Write(frame.AppendOk(nil, &answer))
	return err == nil
}

// stop ends the host and all its connections.
func (h *host) stop() {
	h.listener.Close()
	h.mu.Lock()
	h.closed = true
	for conn := range h.open {
		conn.Close()
	}
	h.changed.Broadcast()
	h.mu.Unlock()
	h.conns.Wait()
}

// await returns once so many messages have come.
func (h *host) await(count int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.texts) < count {
		h.changed.Wait()
	}
}

// hosts are those of one script, by name, and the port that all of them have.
type hosts struct {
	named map[string]*host
	port  int
}

func (hs *hosts) stop() {
	for _, h := range hs.named {
		h.stop()
	}
}

// start starts hosts, "NAME=MANNER" each, at 127.0.77.1 and on, all on a port
// that is free on all these addresses. One called local is at 127.0.0.1.
func (hs *hosts) start(specs []string) (ring string, err error) {
	for range 20 {
		hs.stop()
		if ring, err = hs.try(specs); err == nil {
			return ring, nil
		}
	}
	return "", err
}

func (hs *hosts) try(specs []string) (string, error) {
	hs.named, hs.port = map[string]*host{}, 0
	var list strings.Builder
	for i, spec := range specs {
		name, manner, _ := strings.Cut(spec, "=")
		address := fmt.Sprintf("127.0.77.%d", i+1)
		if name == "local" {
			address = "127.0.0.1"
		}
		fmt.Fprintf(&list, "  - {name: %s, address: %s}\n", name, address)
		if manner == absent && hs.port > 0 {
			continue
		}
		h, err := newHost(manner, net.JoinHostPort(address, strconv.Itoa(hs.port)))
		if err != nil {
			return "", err
		}
		hs.port = h.port()
		if manner == absent { // the first finds a port, and goes
			h.stop()
			continue
		}
		hs.named[name] = h
	}
	return fmt.Sprintf("ring: test\nhosts:\n%sports: {client: %d}\n", list.String(), hs.port), nil
}

// The commands of scripts.
const hostsKey = "hosts"

// cmdRing is `ring NAME=MANNER ...`: starts hosts, and writes ring.yaml and
// $PORT.
func cmdRing(ts *testscript.TestScript, _ bool, args []string) {
	hs := ts.Value(hostsKey).(*hosts)
	ring, err := hs.start(args)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("ring.yaml"), []byte(ring), 0o600))
	ts.Setenv("PORT", strconv.Itoa(hs.port))
}

// cmdAwait is `await NAME N`: waits until N messages have come to a host.
func cmdAwait(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Value(hostsKey).(*hosts).named[args[0]].await(count)
}

// cmdGot is `got NAME FILE`: writes the texts that came to a host, a line each.
func cmdGot(ts *testscript.TestScript, _ bool, args []string) {
	h := ts.Value(hostsKey).(*hosts).named[args[0]]
	h.mu.Lock()
	defer h.mu.Unlock()
	var all strings.Builder
	for _, text := range h.texts {
		all.WriteString(text + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(all.String()), 0o600))
}
