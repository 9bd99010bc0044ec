package actors

import (
	"crypto/rand"
	"encoding/binary"

	"xlattice.org/zog/internal/record"
)

// newBoot returns a random boot of 40 bits for a new run: not 0, and not one that is used, so
// that no error of a disk or a clock gives a message the identity of another one.
func newBoot(used func(uint64) bool) uint64 {
	for {
		var b [8]byte
		rand.Read(b[:])
		if boot := binary.BigEndian.Uint64(b[:]) & record.MaxBoot; boot != 0 && !used(boot) {
			return boot
		}
	}
}
