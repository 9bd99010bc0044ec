package texts

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Check holds one host's log against what the clients have sent: each text once, and
// those of a client in their order. Make one with [NewCheck].
type Check struct {
	form Form
	last []int // the number seen last, by client
	line int   // lines seen
}

// NewCheck returns a check for texts of so many clients, in bytes with CRLF.
func NewCheck(clients, size int) *Check {
	return &Check{form: NewForm(size), last: make([]int, clients)}
}

// Lines takes the next lines of a log; they must be whole. A line ends with a text
// and CRLF or LF, whatever stands before. The error is about the first line that is
// wrong.
func (c *Check) Lines(r io.Reader) error {
	in := bufio.NewReaderSize(r, 256<<10)
	for {
		line, err := in.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil
		case errors.Is(err, io.EOF):
			return fmt.Errorf("line %d has no end: %q", c.line+1, line)
		case err != nil:
			return err
		}
		c.line++
		if err := c.add(bytes.TrimSuffix(line[:len(line)-1], []byte{'\r'})); err != nil {
			return fmt.Errorf("line %d: %w", c.line, err)
		}
	}
}

// add takes one line, without its end.
func (c *Check) add(line []byte) error {
	client, n, ok := c.form.Parse(line)
	switch {
	case !ok:
		return fmt.Errorf("no text that was sent: %q", line)
	case client >= len(c.last):
		return fmt.Errorf("there is no client %d", client)
	}
	if last := c.last[client]; n != last+1 {
		return fmt.Errorf("text %d of client %d comes behind its text %d", n, client, last)
	}
	c.last[client] = n
	return nil
}

// Done returns an error unless exactly so many texts of each client were there.
func (c *Check) Done(each []int) error {
	for client, want := range each {
		if got := c.last[client]; got != want {
			return fmt.Errorf("%d texts of client %d, not %d", got, client, want)
		}
	}
	return nil
}
