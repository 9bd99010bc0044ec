package ringtest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"
)

// diagnostics are what the hosts say of themselves, line by line.
type diagnostics struct {
	began time.Time
	mu    sync.Mutex
	lines [][]byte // the newest
}

// maxLines bounds how many lines of diagnostics are kept.
const maxLines = 1 << 14

// Write implements io.Writer; it is called once a line. The time is that of the
// record of faults.
func (d *diagnostics) Write(line []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, append(fmt.Appendf(nil, "%12v  ", time.Since(d.began)), line...))
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

// tail returns the last lines, without what is only for debugging.
func (d *diagnostics) tail(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	said := slices.DeleteFunc(slices.Clone(d.lines), func(line []byte) bool { return bytes.Contains(line, []byte("level=debug")) })
	return bytes.Join(said[max(0, len(said)-n):], nil)
}
