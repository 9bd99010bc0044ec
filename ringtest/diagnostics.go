package ringtest

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"time"
)

// diagnostics holds the newest lines of the hosts' diagnostics. It is an io.Writer.
type diagnostics struct {
	began time.Time
	mu    sync.Mutex
	lines [][]byte // the newest
}

// maxLines is how many lines are kept at least; at most twice as many are.
const maxLines = 1 << 14

// Write implements io.Writer; it is called once per line. It adds the time since the ring was
// started, as the record of faults has it.
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

// tail returns the last n lines, without those at level debug.
func (d *diagnostics) tail(n int) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := slices.DeleteFunc(slices.Clone(d.lines), func(line []byte) bool { return bytes.Contains(line, []byte("level=debug")) })
	return bytes.Join(lines[max(0, len(lines)-n):], nil)
}
