package client_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"net"
	"strings"
	"sync"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
)

func ExampleClient_Send() {
	host := startHost()
	defer host.stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()

	c, err := client.Dial(ctx, client.Config{Hosts: []string{host.address()}})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	receipt, err := c.Send(ctx, "the cellar door was opened")
	fmt.Println(receipt.Copies, err)

	_, err = c.Send(ctx, "two\nlines")
	var refused *client.RefusedError
	fmt.Println(errors.As(err, &refused), err)
	// Output:
	// 1 <nil>
	// true refused: a line break inside
}

func ExampleClient_SendAll() {
	host := startHost()
	defer host.stop()

	c, err := client.New(client.Config{Hosts: []string{host.address()}, Order: client.Specific})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	input := "one\ntwo\nbe\all\nfour\n"
	summary, err := c.SendAll(context.Background(), lines(input), func(r client.Result) {
		switch {
		case r.Err == nil:
		case errors.Is(r.Err, client.ErrUnacknowledged):
			fmt.Printf("line %d may be kept or not\n", r.Index+1)
		default:
			fmt.Printf("line %d is not kept: %v\n", r.Index+1, r.Err)
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(summary.Acknowledged, "of", summary.Total())
	// Output:
	// line 3 is not kept: refused: a control character inside
	// 3 of 4
}

func lines(text string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for line := range strings.Lines(text) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// host is a daemon that says yes to everything, on a loopback address.
type host struct {
	listener net.Listener
	conns    sync.WaitGroup
}

func startHost() *host {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	h := &host{listener: l}
	h.conns.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			h.conns.Go(func() { agree(conn) })
		}
	})
	return h
}

func (h *host) address() string { return h.listener.Addr().String() }

// stop waits for the clients to leave.
func (h *host) stop() {
	h.listener.Close()
	h.conns.Wait()
}

// agree answers each Data, without a look at it.
func agree(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for id := uint64(1); ; id++ {
		size, err := binary.ReadUvarint(in)
		if err != nil {
			return
		}
		if _, err := in.Discard(int(size)); err != nil {
			return
		}
		if _, err := conn.Write(frame.AppendOk(nil, &frame.Ok{ID: id, Copies: 1})); err != nil {
			return
		}
	}
}
