package redis

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// replies reads what a server says, in RESP version 2.
type replies struct{ in *bufio.Reader }

// newReplies returns one that reads much at once.
func newReplies(r io.Reader) replies { return replies{bufio.NewReaderSize(r, 256<<10)} }

// head reads the beginning of the next value: its type, and of a number or of what
// has a length that number. An error that the server says is an error.
func (r replies) head() (kind byte, n int, err error) {
	line, err := r.in.ReadSlice('\n')
	if err != nil {
		return 0, 0, err
	}
	line = bytes.TrimSuffix(line, []byte("\r\n"))
	if len(line) == 0 {
		return 0, 0, errors.New("an empty line")
	}
	switch line[0] {
	case '-':
		return 0, 0, fmt.Errorf("the server says %q", line[1:])
	case '+':
		return '+', 0, nil
	case ':', '$', '*':
		n, err = strconv.Atoi(string(line[1:]))
		return line[0], n, err
	}
	return 0, 0, fmt.Errorf("%q is no reply", line)
}

// array reads the head of an array, and returns its length.
func (r replies) array() (int, error) {
	kind, n, err := r.head()
	if err == nil && (kind != '*' || n < 0) {
		err = fmt.Errorf("%q is no array", kind)
	}
	return n, err
}

// bulk reads a string. It is good until the next one is read.
func (r replies) bulk() ([]byte, error) {
	kind, n, err := r.head()
	if err != nil {
		return nil, err
	}
	if kind != '$' {
		return nil, fmt.Errorf("%q is no string", kind)
	}
	return r.body(n)
}

// body reads a string of which the head is read.
func (r replies) body(n int) ([]byte, error) {
	if n < 0 {
		return nil, errors.New("nothing where a string should be")
	}
	text, err := r.in.Peek(n + len("\r\n"))
	if err != nil {
		return nil, err
	}
	_, err = r.in.Discard(len(text))
	return text[:n], err
}

// more tells whether the next value has begun to be there.
func (r replies) more() bool { return r.in.Buffered() > 0 }

// command appends a command to b, as a server wants it.
func command(b []byte, words ...string) []byte {
	b = append(strconv.AppendInt(append(b, '*'), int64(len(words)), 10), "\r\n"...)
	for _, w := range words {
		b = word(b, w)
	}
	return b
}

// word appends a word of a command.
func word[text string | []byte](b []byte, w text) []byte {
	b = append(strconv.AppendInt(append(b, '$'), int64(len(w)), 10), "\r\n"...)
	return append(append(b, w...), "\r\n"...)
}
