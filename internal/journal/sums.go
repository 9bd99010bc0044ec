package journal

import (
	"errors"
	"hash/crc32"
	"io"
)

// blockSize is how many bytes have a checksum of their own: damage costs the
// lines in one block, not the segment.
const blockSize = 64 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sums are the checksums (CRC-32C) of a file, block by block. The last block
// may be short.
type sums struct {
	size   int64
	blocks []uint32
}

// add takes in what is appended to the file.
func (s *sums) add(b []byte) {
	for len(b) > 0 {
		if s.size%blockSize == 0 {
			s.blocks = append(s.blocks, 0)
		}
		n := min(len(b), int(blockSize-s.size%blockSize))
		last := &s.blocks[len(s.blocks)-1]
		*last = crc32.Update(*last, castagnoli, b[:n])
		s.size += int64(n)
		b = b[n:]
	}
}

// length returns how long block i is.
func (s *sums) length(i int) int { return int(min(blockSize, s.size-int64(i)*blockSize)) }

// right tells whether b is what block i should be. Of a block that is longer
// than the sums know only the part that they know is judged.
func (s *sums) right(i int, b []byte) bool {
	n := s.length(i)
	return len(b) >= n && crc32.Checksum(b[:n], castagnoli) == s.blocks[i]
}

// Why a block is bad.
var (
	errSum        = errors.New("checksum is wrong")
	errUnreadable = errors.New("it cannot be read")
)

// audit compares a file with what it should be, and returns the sums that it
// has. Blocks that are wrong or cannot be read are named in bad. Of a block that
// is cut short nothing can be said. It is not about the file if of several
// blocks not one is right: then somebody has put another into its place.
func audit(file io.ReaderAt, size int64, want *sums) (got sums, bad map[int]bool, about bool) {
	bad = make(map[int]bool)
	buf := make([]byte, blockSize)
	judged, wrong := 0, 0
	for at := int64(0); at < size; at += blockSize {
		block, piece := int(at/blockSize), buf[:min(blockSize, size-at)]
		n, err := readBlock(file, piece, at)
		got.add(piece[:n])
		switch {
		case err != nil:
			bad[block] = true
		case block < len(want.blocks) && n >= want.length(block):
			judged++
			if !want.right(block, piece[:n]) {
				wrong++
				bad[block] = true
			}
		}
	}
	if judged > 1 && wrong == judged {
		_, bad, _ = audit(file, size, new(sums))
		return got, bad, false
	}
	return got, bad, true
}

// readBlock reads a block, or what there is of it. It tries twice: what a disk
// refuses once need not be lost.
func readBlock(file io.ReaderAt, b []byte, at int64) (n int, err error) {
	for range 2 {
		if n, err = file.ReadAt(b, at); err == nil || err == io.EOF {
			return n, nil
		}
	}
	return n, err
}

// checked is a file whose blocks are compared with their sums as they are read.
type checked struct {
	file io.ReaderAt
	sums *sums
	buf  []byte
}

// ReadAt implements io.ReaderAt. The error wraps errSum if a block is wrong.
func (c *checked) ReadAt(b []byte, at int64) (n int, err error) {
	if c.buf == nil {
		c.buf = make([]byte, blockSize)
	}
	for n < len(b) && at < c.sums.size {
		block := int(at / blockSize)
		length := c.sums.length(block)
		got, err := readBlock(c.file, c.buf[:length], int64(block)*blockSize)
		if err != nil {
			return n, err
		}
		if !c.sums.right(block, c.buf[:got]) {
			return n, errSum
		}
		copied := copy(b[n:], c.buf[at-int64(block)*blockSize:length])
		n, at = n+copied, at+int64(copied)
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
