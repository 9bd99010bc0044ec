package client_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"path/filepath"

	"xlattice.org/zog/client"
	"xlattice.org/zog/internal/frame"
	"xlattice.org/zog/messages/pzog"
)

// A program that deals with each message once it comes, and goes on where it was when it is
// started again.
func ExampleClient_Follow() {
	host := startLog("the cellar door was opened", "and shut again")
	defer host.stop()
	c, err := client.New(client.Config{Hosts: []string{host.address()}})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	place := filepath.Join(os.TempDir(), fmt.Sprint("example-", os.Getpid()))
	defer os.Remove(place)

	from := client.Begin()
	if kept, err := os.ReadFile(place); err == nil {
		if from, err = client.ParsePosition(string(kept)); err != nil {
			log.Fatal(err)
		}
	}
	for m, err := range c.Follow(context.Background(), from) {
		if missing := new(client.HoleError); errors.As(err, &missing) || errors.Is(err, client.ErrNoHost) {
			log.Print(err) // and on
			continue
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(m.ID, m.Text)
		if err := os.WriteFile(place, []byte(m.Position().String()), 0o600); err != nil {
			log.Fatal(err)
		}
		if m.Text == "and shut again" {
			break
		}
	}
	// Output:
	// MV.516ogpwa.1 the cellar door was opened
	// MV.516ogpwa.2 and shut again
}

// startLog starts a host with a log of these texts.
func startLog(texts ...string) *host {
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
			h.conns.Go(func() { sendLog(conn, texts) })
		}
	})
	return h
}

// sendLog sends all texts to one who follows from the beginning, and waits for the end of the
// connection.
func sendLog(conn net.Conn, texts []string) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	out := frame.AppendAck(nil, &pzog.Ack{Version: 1, Host: "MV"}, frame.ClientLimit)
	for i, text := range texts {
		out = frame.AppendData(out, &frame.Data{
			ID: uint64(i + 1), Origin: []byte("MV"), Boot: 394401490714, Seq: uint64(i + 1), TimeMS: 1795396726000, Text: []byte(text + "\r\n"),
		})
	}
	for {
		size, err := binary.ReadUvarint(in)
		if err != nil {
			return
		}
		if _, err := in.Discard(int(size)); err != nil {
			return
		}
		if _, err := conn.Write(out); err != nil {
			return
		}
		out = nil
	}
}
