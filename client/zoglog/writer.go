package zoglog

import (
	"bytes"
	"context"
	"os"
	"sync"

	"xlattice.org/zog/client"
)

// maxPartial is how much of a line without an end is kept, in bytes. It is more than a message can
// have, as bytes that are not UTF-8 become fewer.
const maxPartial = 8 * client.MaxText

// Writer sends each line that is written to it as a message. A line ends with LF or CRLF. What a
// message must not have is replaced as by client.Sanitize, and a line that is too long is cut off. It
// is safe for concurrent use; a line that is written in one piece stays in one piece.
type Writer struct {
	client *client.Client

	mu      sync.Mutex
	partial []byte            // the beginning of a line, up to maxPartial bytes
	pending []*client.Pending // lines whose result was not looked at, in their order
	err     error             // the first of a line
	closed  bool
}

// NewWriter returns a Writer on a client, which it does not close. The caller closes the Writer
// before the client.
func NewWriter(c *client.Client) *Writer { return &Writer{client: c} }

// Write sends the lines that p completes, and keeps the rest until the next call. It does not wait
// for answers; it waits while the client has too many texts without one. The error is os.ErrClosed
// after Close, or that of Client.Enqueue, and then the line and those after it are not sent.
func (w *Writer) Write(p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return 0, os.ErrClosed
	}
	for {
		end := bytes.IndexByte(p[n:], '\n')
		if end < 0 {
			w.keep(p[n:])
			return len(p), nil
		}
		w.keep(p[n : n+end])
		if err := w.send(); err != nil {
			return n, err
		}
		n += end + 1
	}
}

// keep appends to the line.
func (w *Writer) keep(p []byte) {
	w.partial = append(w.partial, p[:min(len(p), maxPartial-len(w.partial))]...)
}

// send sends the line.
func (w *Writer) send() error {
	text := client.Sanitize(string(bytes.TrimSuffix(w.partial, []byte("\r"))))
	w.partial = w.partial[:0]
	p, err := w.client.Enqueue(context.Background(), text)
	if err != nil {
		return err
	}
	w.pending = append(w.pending, p)
	w.look()
	return nil
}

// look takes the results that are there.
func (w *Writer) look() {
	for len(w.pending) > 0 {
		select {
		case <-w.pending[0].Done():
			w.take()
		default:
			return
		}
	}
}

// take waits for the oldest result, and takes it.
func (w *Writer) take() {
	_, err := w.pending[0].Wait(context.Background())
	if w.err == nil {
		w.err = err
	}
	w.pending = w.pending[1:]
}

// Close sends a last line that has no end, and waits for all answers, each for at most the timeout of
// the client. It returns the first error of a line, or nil if all are kept.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	if len(w.partial) > 0 {
		if err := w.send(); w.err == nil {
			w.err = err
		}
	}
	for len(w.pending) > 0 {
		w.take()
	}
	return w.err
}
