package ringtest

import (
	"bytes"
	"sync"
)

// diagnostics are what the hosts say of themselves, line by line.
type diagnostics struct {
	mu    sync.Mutex
	lines [][]byte // the newest
}

// maxLines bounds how many lines of diagnostics are kept.
const maxLines = 1 << 16

// Write implements io.Writer; it is called once a line.
func (d *diagnostics) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, bytes.Clone(line))
	if len(d.lines) >= 2*maxLines {
		d.lines = append(d.lines[:0], d.lines[maxLines:]...)
	}
	return len(line), nil
}

func (d *diagnostics) count(text string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, line := range d.lines {
		if bytes.Contains(line, []byte(text)) {
			n++
		}
	}
	return n
}

func (d *diagnostics) tail(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Join(d.lines[max(0, len(d.lines)-n):], nil)
}
