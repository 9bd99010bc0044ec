package journal

import (
	"encoding/binary"
	"hash/crc32"
	"os"

	"xlattice.org/zog/internal/disk"
)

// Claims say what of the active segment is synced: for each block how long it
// was at the last sync, and its checksum. What they cover and is not so is
// damage; a torn tail can only be behind it. They stand in a file block by
// block, with the number of the segment and a checksum of their own each, so
// that neither garbage nor another segment's claims can condemn good lines.
//
// They are not synced themselves: an older one says less, and nothing false.
const claimSize = 16

// appendClaim appends the claim about block i of segment number.
func appendClaim(dst []byte, number, i int, length int, sum uint32) []byte {
	start := len(dst)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(length))
	dst = binary.LittleEndian.AppendUint32(dst, sum)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(number))
	return binary.LittleEndian.AppendUint32(dst, crc32.Checksum(dst[start:], castagnoli)+uint32(i))
}

// parseClaims reads claims about segment number as sums. They end with the first
// block that is not full, or of which there is no claim.
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

// claims is the file of an active segment's claims.
type claims struct {
	file   disk.File // nil if it cannot be had
	number int       // of the segment
	upTo   int64     // how much of it they cover
	buf    []byte
}

// renew makes the claims cover all that s does, and that is synced. If that
// cannot be done, damage to the segment may go unnoticed, but nothing is lost:
// that is no error.
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

// openClaims opens the file of the claims about segment number, to go on behind
// those that there are. Any that are behind these are of another time. Where there are
// none the file is begun anew: the one that has its name is not known to be ours.
func (j *Writer) openClaims(number int, there *sums) claims {
	path := j.claimsPath(number)
	if there.size == 0 {
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
	if err := file.Truncate(int64(len(there.blocks)) * claimSize); err != nil {
		_ = file.Close() // nothing was written to it
		return claims{number: number}
	}
	return claims{file: file, number: number, upTo: there.size}
}

// readClaims reads the claims about segment number. None are as good as none
// that can be read.
func (j *Writer) readClaims(number int) *sums {
	in, err := readFile(j.cfg.FS, j.claimsPath(number))
	if err != nil {
		return new(sums)
	}
	return parseClaims(in, number)
}
