package ring

import "math/bits"

// MaxHosts is the largest ring: a [Set] has one bit a host.
const MaxHosts = 64

// Set is a set of host indices, 0 to [MaxHosts]-1. The zero value is empty.
// Methods return a new set; an index out of range is in no set.
type Set uint64

// All returns the set of the hosts 0 to n-1, for n from 0 to [MaxHosts].
func All(n int) Set { return bit(n) - 1 }

// Has reports whether host i is in the set.
func (s Set) Has(i int) bool { return s&bit(i) != 0 }

// With returns the set and host i.
func (s Set) With(i int) Set { return s | bit(i) }

// Without returns the set less host i.
func (s Set) Without(i int) Set { return s &^ bit(i) }

// Len returns how many hosts are in the set.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// bit is unsigned in its shift so that no index, however wrong, can panic:
// outside 0..63 the shift leaves nothing.
func bit(i int) Set { return 1 << uint(i) }
