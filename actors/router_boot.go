package actors

import (
	"crypto/rand"
	"encoding/binary"

	"xlattice.org/zog/internal/record"
)

// newBoot returns the number of a new run: 40 random bits, not 0, and not one
// that is known, so that no accident of a disk or a clock repeats a message's
// identity (DESIGN 5).
func newBoot(known func(uint64) bool) uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		if boot := binary.BigEndian.Uint64(b[:]) & record.MaxBoot; boot != 0 && !known(boot) {
			return boot
		}
	}
}
