package nats

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"

	"xlattice.org/zog/bench/peer"
)

// keeper is the subscriber that writes the log of a host. It speaks the protocol
// itself: with nats.go, which is made for handlers that are called for each message,
// a host takes half more processor time for the same lines.
type keeper struct {
	conn net.Conn
	in   *bufio.Reader
	log  *peer.Log
}

// subscribe connects to a server, and returns when the server knows that the
// messages are wanted.
func subscribe(at, file string) (*keeper, error) {
	log, err := peer.OpenLog(file)
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("tcp", at)
	if err != nil {
		return nil, errors.Join(err, log.Close())
	}
	k := &keeper{conn, bufio.NewReaderSize(conn, 256<<10), log}
	if _, err = fmt.Fprintf(conn, "CONNECT {\"verbose\":false}\r\nSUB %s 1\r\nPING\r\n", subject); err == nil {
		err = k.awaitPong()
	}
	if err != nil {
		return nil, errors.Join(err, k.close())
	}
	return k, nil
}

// awaitPong reads until the server has done what it was told.
func (k *keeper) awaitPong() error {
	for {
		switch line, err := k.in.ReadSlice('\n'); {
		case err != nil:
			return err
		case bytes.HasPrefix(line, []byte("-ERR")):
			return fmt.Errorf("the server says %q", line)
		case bytes.HasPrefix(line, []byte("PONG")):
			return nil
		}
	}
}

// run writes what comes, a batch for what is there to be read, until ctx ends.
func (k *keeper) run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { k.conn.Close() })
	defer stop()
	for {
		err := k.next()
		if err == nil && k.in.Buffered() == 0 {
			err = k.log.Write()
		}
		if err != nil {
			err = errors.Join(err, k.close())
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
	}
}

// next takes whatever the server says next.
func (k *keeper) next() error {
	line, err := k.in.ReadSlice('\n')
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(line, []byte("MSG ")):
		return k.message(bytes.TrimSuffix(line, []byte("\r\n")))
	case bytes.HasPrefix(line, []byte("PING")):
		_, err = k.conn.Write([]byte("PONG\r\n"))
		return err
	case bytes.HasPrefix(line, []byte("-ERR")):
		return fmt.Errorf("the server says %q", line)
	}
	return nil
}

// message takes one message: head is MSG, subject, subscription and size.
func (k *keeper) message(head []byte) error {
	size, err := strconv.Atoi(string(head[bytes.LastIndexByte(head, ' ')+1:]))
	if err != nil {
		return err
	}
	text, err := k.in.Peek(size)
	if err == nil {
		err = k.log.Add(text)
	}
	if err == nil {
		_, err = k.in.Discard(size + len("\r\n"))
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (k *keeper) close() error { return errors.Join(k.conn.Close(), k.log.Close()) }
