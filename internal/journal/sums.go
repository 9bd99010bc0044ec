package journal

import (
	"errors"
	"hash/crc32"
	"io"
	"sync"
)

// blockSize is how many bytes have a checksum of their own: damage costs the lines of
// one block, and not the whole segment.
const blockSize = 64 << 10

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sums are the CRC-32C checksums of a file, one for each block. The last block may be
// short.
type sums struct {
	size   int64
	blocks []uint32
}

// add continues the sums with bytes that are appended to the file.
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

// length returns the length of block i in bytes.
func (s *sums) length(i int) int { return int(min(blockSize, s.size-int64(i)*blockSize)) }

// matches tells whether b is block i. If b is longer than the block that the sums
// cover, the rest of it is not checked.
func (s *sums) matches(i int, b []byte) bool {
	n := s.length(i)
	return len(b) >= n && crc32.Checksum(b[:n], castagnoli) == s.blocks[i]
}

// Why a block is bad.
var (
	errSum        = errors.New("checksum is wrong")
	errUnreadable = errors.New("it cannot be read")
)

// audit compares a file with the sums that it should have, and returns the sums that
// it has. bad has the indexes of blocks that do not match or cannot be read. A block
// that is cut short cannot be checked. about is false if several blocks were checked
// and none matches: then somebody has put another file into its place, and the sums
// say nothing.
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
			if !want.matches(block, piece[:n]) {
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

// readBlock reads a block, or as much of it as there is. It tries twice: a read error
// need not be permanent.
func readBlock(file io.ReaderAt, b []byte, at int64) (n int, err error) {
	for range 2 {
		if n, err = file.ReadAt(b, at); err == nil || err == io.EOF {
			return n, nil
		}
	}
	return n, err
}

// verifiedFile is a file whose blocks are compared with their sums as they are read.
type verifiedFile struct {
	file io.ReaderAt
	sums *sums
	buf  *[blockSize]byte // from blockBufs, once it is needed
}

// blockBufs are shared by all readers.
var blockBufs = sync.Pool{New: func() any { return new([blockSize]byte) }}

// release gives the buffer back.
func (c *verifiedFile) release() {
	if c.buf != nil {
		blockBufs.Put(c.buf)
		c.buf = nil
	}
}

// ReadAt implements io.ReaderAt. The error wraps errSum if a block is wrong.
func (c *verifiedFile) ReadAt(b []byte, at int64) (n int, err error) {
	if c.buf == nil {
		c.buf = blockBufs.Get().(*[blockSize]byte)
	}
	for n < len(b) && at < c.sums.size {
		block := int(at / blockSize)
		length := c.sums.length(block)
		got, err := readBlock(c.file, c.buf[:length], int64(block)*blockSize)
		if err != nil {
			return n, err
		}
		if !c.sums.matches(block, c.buf[:got]) {
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
