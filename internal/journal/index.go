package journal

import (
	"bytes"
	"fmt"
	"strconv"
	"time"

	"xlattice.org/zog/internal/disk"
)

// indexHeading begins an index.
const indexHeading = "zog index 1"

// index is what is known of a sealed segment without reading it.
type index struct {
	sealed time.Time
	holds  ranges
	sums   sums
}

func (s *segment) index() *index {
	return &index{sealed: s.sealed, holds: s.holds, sums: s.sums}
}

// appendIndex appends the text of an index.
func appendIndex(dst []byte, x *index) []byte {
	dst = fmt.Appendf(dst, "%s\nsealed %d\nbytes %d\n", indexHeading, x.sealed.Unix(), x.sums.size)
	for _, s := range x.holds.all {
		dst = appendRun(append(dst, "run "...), s.Run)
		dst = fmt.Appendf(dst, " %d %d\n", s.first, s.last)
	}
	dst = append(dst, "blocks"...)
	for _, sum := range x.sums.blocks {
		dst = fmt.Appendf(dst, " %08x", sum)
	}
	return appendChecksum(append(dst, '\n'))
}

// parseIndex reads what appendIndex wrote. Any other input is errCorrupt.
func parseIndex(in []byte) (*index, error) {
	lines, err := parseLines(in, indexHeading)
	if err != nil {
		return nil, err
	}
	x := new(index)
	for _, line := range lines {
		if err := x.parse(bytes.Split(line, []byte(" "))); err != nil {
			return nil, err
		}
	}
	x.holds.compact()
	if string(appendIndex(nil, x)) != string(in) {
		return nil, errCorrupt
	}
	return x, nil
}

func (x *index) parse(words [][]byte) error {
	kind, words := string(words[0]), words[1:]
	switch {
	case kind == "sealed" && len(words) == 1:
		unix, err := strconv.ParseInt(string(words[0]), 10, 64)
		x.sealed = time.Unix(unix, 0)
		return err
	case kind == "bytes" && len(words) == 1:
		n, err := strconv.ParseUint(string(words[0]), 10, 48)
		x.sums.size = int64(n)
		return err
	case kind == "run" && len(words) == 4:
		return x.parseRange(words)
	case kind == "blocks" && int64(len(words)) == (x.sums.size+blockSize-1)/blockSize:
		return x.parseBlocks(words)
	}
	return errCorrupt
}

func (x *index) parseRange(words [][]byte) error {
	run, err := parseRun(words[0], words[1])
	if err != nil {
		return err
	}
	first, err := parseSeq(words[2])
	if err != nil {
		return err
	}
	last, err := parseSeq(words[3])
	before := x.holds.find(run)
	if err != nil || first == 0 || first > last || before != nil && first <= before.last+1 {
		return errCorrupt
	}
	x.holds.extend(seqRange{run, first, last})
	return nil
}

func (x *index) parseBlocks(words [][]byte) error {
	for _, w := range words {
		sum, err := strconv.ParseUint(string(w), 16, 32)
		if err != nil {
			return err
		}
		x.sums.blocks = append(x.sums.blocks, uint32(sum))
	}
	return nil
}

// readIndex reads the index of a segment.
func readIndex(fsys disk.FS, path string) (*index, error) {
	in, err := readFile(fsys, path)
	if err != nil {
		return nil, err
	}
	return parseIndex(in)
}
