package zog

import (
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"xlattice.org/zog/bench/peer"
	"xlattice.org/zog/bench/system"
	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/logname"
	"xlattice.org/zog/internal/record"
)

// cluster implements [system.Cluster].
type cluster struct {
	*peer.Cluster
	ring *config.Ring
	text int // bytes of each

	sealed []int // segments that were seen, by host
	begun  int64 // bytes that the first host's active segment had when it was started
	head   int   // bytes of a line before its number; 0 as long as it is not known
}

var _ system.Windowed = (*cluster)(nil)

// outOfWindow are what a daemon says of a peer that is out of its window: the first when a
// link that was up to date falls out, the second when the log is read for a peer.
var outOfWindow = []string{
	"is not where the window is any more",
	"asks for what the window no longer has",
}

// OutOfWindow implements [system.Windowed].
func (c *cluster) OutOfWindow() (count int) {
	for _, words := range outOfWindow {
		count += c.Count(words)
	}
	return count
}

// Address implements [system.Cluster]: all clients speak to the first host. With TLS the folder of
// the client's certificate follows.
func (c *cluster) Address(int) string {
	at := net.JoinHostPort(c.ring.Hosts[0].Address.String(), strconv.Itoa(int(c.ring.Ports.Client)))
	if c.ring.TLS.Mode == config.TLSOff {
		return at
	}
	return at + beforeFolder + clientFolder(c.Dir)
}

// Logs implements [system.Cluster].
func (c *cluster) Logs(host int) (files []string) {
	dir := c.ring.LogDir(c.ring.Hosts[host].Name)
	segment := func(number int) string { return filepath.Join(dir, logname.Segment(number)) }
	for {
		if _, err := os.Stat(segment(c.sealed[host] + 1)); err != nil {
			break
		}
		c.sealed[host]++
	}
	for number := range c.sealed[host] {
		files = append(files, segment(number+1))
	}
	return append(files, segment(0))
}

// LineBytes implements [system.Cluster]. A line begins with its time, origin and
// boot, and the boot, which the daemon chooses when it starts, may be shorter or
// longer.
func (c *cluster) LineBytes(first, last int) int64 {
	if c.head == 0 {
		c.head = c.measure()
	}
	if c.head == 0 {
		return -1
	}
	return int64(last-first+1)*int64(c.head+len(" ")+c.text) + system.Digits(first, last)
}

// measure returns the length of the head of the first line that the first host has
// written, 0 if there is none.
func (c *cluster) measure() int {
	files := c.Logs(0)
	f, err := os.Open(files[len(files)-1])
	if err != nil {
		return 0
	}
	defer f.Close()
	begin, err := io.ReadAll(io.NewSectionReader(f, c.begun, 2*record.MaxLine))
	if err != nil {
		return 0
	}
	line, _, whole := bytes.Cut(begin, []byte("\r\n"))
	fields := bytes.SplitN(line, []byte(" "), 3)
	if !whole || len(fields) < 3 {
		return 0
	}
	return len(fields[0]) + len(" ") + bytes.LastIndexByte(fields[1], '.') + 1
}
