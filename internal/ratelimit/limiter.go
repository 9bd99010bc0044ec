package ratelimit

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

const (
	// SumEvery is how often Sums is to be asked for.
	SumEvery = 5 * time.Second
	// maxSources is how many addresses are remembered in each of two generations.
	maxSources = 512
	// maxSums is how many addresses have a sum of their own at a time.
	maxSums = 20
)

// Rates are how many lines there may be a second, at least 1 each.
type Rates struct {
	All        int // in all
	PerAddress int // about one address
}

// all returns the time for which a line of all takes the place.
func (r Rates) all() time.Duration { return time.Second / time.Duration(max(1, r.All)) }

func (r Rates) perAddress() time.Duration { return time.Second / time.Duration(max(1, r.PerAddress)) }

// reserve is what lines leave for the sums: at each call of Sums there are two tokens at
// least, if SumEvery has passed since the one before.
func (r Rates) reserve() time.Duration { return max(2*r.all(), Burst/10) }

// Sum says how many reports about an address got no line. The zero From stands for
// several addresses, or for one that is not known.
type Sum struct {
	From netip.Prefix
	N    uint64
}

// source is what is known of an address.
type source struct {
	from    netip.Prefix
	bucket  bucket
	counted uint64 // reports without a line, since the last sum
}

// Limiter decides about lines. The zero value is ready; it is not for two goroutines at
// once.
type Limiter struct {
	all bucket
	// recent and older are the addresses, each in one of them. When recent is full it
	// becomes older, and what was in older is forgotten.
	recent, older map[netip.Prefix]*source
	counted       uint64 // reports without a line, in all
	forgotten     uint64 // of these, about addresses that are forgotten
}

// Source returns what stands for an address: itself, or the /64 that it is in, as whoever
// has one address of that has all. The zero address stands for one that is not known.
func Source(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 32
	}
	from, _ := a.Prefix(bits) // fails for the zero address only
	return from
}

// Take takes a token for a line about an address. If it returns false the report is
// counted.
func (l *Limiter) Take(from netip.Prefix, now time.Time, r Rates) bool {
	s := l.source(from)
	if !s.bucket.has(now, r.perAddress(), Burst) || !l.all.has(now, r.all(), Burst-r.reserve()) {
		l.count(s, 1)
		return false
	}
	s.bucket.take(now, r.perAddress())
	l.all.take(now, r.all())
	return true
}

// Count counts n reports about an address that are to have no line.
func (l *Limiter) Count(from netip.Prefix, n uint64) { l.count(l.source(from), n) }

func (l *Limiter) count(s *source, n uint64) {
	s.counted += n
	l.counted += n
}

// source returns what is known of an address, and remembers that it was asked for.
func (l *Limiter) source(from netip.Prefix) *source {
	if s, ok := l.recent[from]; ok {
		return s
	}
	s, ok := l.older[from]
	if ok {
		delete(l.older, from)
	} else {
		s = &source{from: from}
	}
	if len(l.recent) >= maxSources {
		l.forget()
	}
	if l.recent == nil {
		l.recent = make(map[netip.Prefix]*source)
	}
	l.recent[from] = s
	return s
}

// forget makes recent the older ones.
func (l *Limiter) forget() {
	for _, s := range l.older {
		l.forgotten += s.counted
	}
	l.recent, l.older = nil, l.recent
}

// Sums returns what was counted since the last time, the largest sums first. Those for
// which there are no tokens are one sum together, the last.
func (l *Limiter) Sums(now time.Time, r Rates) []Sum {
	if l.counted == 0 {
		return nil
	}
	counted := l.counting()
	var sums []Sum
	for i, s := range counted {
		last := i == len(counted)-1 && l.forgotten == 0
		if i == maxSums || !last && !l.all.has(now, r.all(), Burst-r.all()) {
			break
		}
		l.all.take(now, r.all())
		s.bucket.take(now, r.perAddress())
		sums = append(sums, Sum{s.from, s.counted})
		l.counted -= s.counted
	}
	for _, s := range counted {
		s.counted = 0
	}
	if l.counted > 0 {
		l.all.take(now, r.all())
		sums = append(sums, Sum{N: l.counted})
	}
	l.counted, l.forgotten = 0, 0
	return sums
}

// counting returns the addresses about which something was counted, the most first.
func (l *Limiter) counting() (found []*source) {
	for _, sources := range []map[netip.Prefix]*source{l.recent, l.older} {
		for _, s := range sources {
			if s.counted > 0 {
				found = append(found, s)
			}
		}
	}
	slices.SortFunc(found, func(a, b *source) int {
		return cmp.Or(cmp.Compare(b.counted, a.counted), a.from.Compare(b.from))
	})
	return found
}
