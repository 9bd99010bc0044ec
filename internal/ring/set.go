package ring

import "math/bits"

// MaxHosts is the size of the largest ring. A [Set] has one bit for each host.
const MaxHosts = 64

// Set is a set of host indices, 0 to [MaxHosts]-1. The zero value is empty.
// Its methods return a new set. An index out of range is in no set.
type Set uint64

// All returns the set of the hosts 0 to n-1, for n from 0 to [MaxHosts].
func All(n int) Set { return bit(n) - 1 }

// Has reports whether host i is in the set.
func (s Set) Has(i int) bool { return s&bit(i) != 0 }

// With returns the set with host i.
func (s Set) With(i int) Set { return s | bit(i) }

// Without returns the set without host i.
func (s Set) Without(i int) Set { return s &^ bit(i) }

// Len returns how many hosts are in the set.
func (s Set) Len() int { return bits.OnesCount64(uint64(s)) }

// bit returns 0 for an index outside 0..63. The shift is unsigned, so no index panics.
func bit(i int) Set { return 1 << uint(i) }
