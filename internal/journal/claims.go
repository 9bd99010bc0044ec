package journal

import (
	"encoding/binary"
	"hash/crc32"
	"os"

	"xlattice.org/zog/internal/disk"
)

// Claims are the checksums of the active segment as of the last sync: for each block
// how long it was, and its checksum. Bytes that are covered by a claim and do not
// match it are damage; a torn tail can only be behind them. The file has one claim a
// block. Each claim holds the segment's number and a checksum of its own, so that
// neither garbage nor the claims of another segment can condemn good lines.
//
// The file is not synced. An older version of it covers less, and nothing in it is
// false.
const claimSize = 16

// appendClaim appends the claim about block i of segment number.
func appendClaim(dst []byte, number, i int, length int, sum uint32) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(length))
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(number))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)+uint32(i))
}

// parseClaims reads claims about segment number. They end with the first block that
// is not full, or that has no valid claim.
func parseClaims(in []byte, number int) *sums {
	s := new(sums)
	for i := 0; len(in) >= claimSize; i, in = i+1, in[claimSize:] {
		length := int(binary.LittleEndian.Uint32(in))
		sum := binary.LittleEndian.Uint32(in[4:])
		if string(appendClaim(nil, number, i, length, sum)) != string(in[:claimSize]) || length == 0 || length > blockSize {
			break
		}
		s.blocks = append(s.blocks, sum)
		if s.size += int64(length); length < blockSize {
			break
		}
	}
	return s
}

// claims is the open file of the active segment's claims.
type claims struct {
	file   disk.File // nil if it could not be opened
	number int       // of the segment
	upTo   int64     // bytes of it that are covered
	buf    []byte
}

// renew makes the claims cover all of s, which must be synced. A failure is not an
// error: nothing is lost, but damage to the segment may go unnoticed.
func (c *claims) renew(s *sums) {
	if c.file == nil || s.size == c.upTo {
		return
	}
	from := int(c.upTo / blockSize)
	c.buf = c.buf[:0]
	for i := from; i < len(s.blocks); i++ {
		c.buf = appendClaim(c.buf, c.number, i, s.length(i), s.blocks[i])
	}
	if _, err := c.file.WriteAt(c.buf, int64(from)*claimSize); err == nil {
		c.upTo = s.size
	}
}

func (c *claims) close() error {
	if c.file == nil {
		return nil
	}
	err := c.file.Close()
	c.file = nil
	return err
}

// openClaims opens the claims of segment number. Claims behind those that are known
// are stale, and are cut off. If none is known, the file is created anew: a file of
// that name need not be ours.
func (j *Writer) openClaims(number int, known *sums) claims {
	path := j.claimsPath(number)
	if known.size == 0 {
		file, err := disk.Create(j.cfg.FS, path, os.O_RDWR)
		if err != nil {
			return claims{number: number}
		}
		return claims{file: file, number: number}
	}
	file, err := j.cfg.FS.OpenFile(path, os.O_RDWR)
	if err != nil {
		return claims{number: number}
	}
	if err := file.Truncate(int64(len(known.blocks)) * claimSize); err != nil {
		_ = file.Close() // nothing was written to it
		return claims{number: number}
	}
	return claims{file: file, number: number, upTo: known.size}
}

// readClaims reads the claims of segment number. A file that cannot be read counts as
// empty.
func (j *Writer) readClaims(number int) *sums {
	in, err := readFile(j.cfg.FS, j.claimsPath(number))
	if err != nil {
		return new(sums)
	}
	return parseClaims(in, number)
}
