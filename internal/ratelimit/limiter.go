package ratelimit

import (
	"cmp"
	"net/netip"
	"slices"
	"time"
)

const (
	// SumEvery is how often the caller should ask for Sums.
	SumEvery = 5 * time.Second
	// maxSources is how many addresses each of the two generations has.
	maxSources = 512
	// RepeatAfter is how long a reason is not shown again for an address, and not counted in a sum.
	RepeatAfter = time.Minute
	// maxSums is how many addresses Sums names at most.
	maxSums = 20
)

// Rates are how many lines a second are allowed. Values below 1 count as 1.
type Rates struct {
	All        int // in all
	PerAddress int // about one address
}

// all returns the time that one token of the bucket for all lines takes to come back.
func (r Rates) all() time.Duration { return time.Second / time.Duration(max(1, r.All)) }

func (r Rates) perAddress() time.Duration { return time.Second / time.Duration(max(1, r.PerAddress)) }

// sumReserve is what reports leave in the bucket for the sums. If SumEvery has passed since the
// last call of Sums, there are at least two tokens.
func (r Rates) sumReserve() time.Duration { return max(2*r.all(), burst/10) }

// Sum is how many reports about an address got no line of their own. The zero From stands for
// several addresses, or for an unknown one.
type Sum struct {
	From netip.Prefix
	N    uint64
}

// source is the state of an address.
type source struct {
	from    netip.Prefix
	bucket  Bucket
	counted uint64 // reports without a line, since the last sum

	reason   string    // of the last line of TakeRepeated
	shown    time.Time // when that was
	repeated uint64    // reports with this reason since; in no sum yet
}

// Limiter decides which reports become a line. The zero value is ready to use. It is not safe
// for concurrent use.
type Limiter struct {
	all Bucket
	// Each known address is in recent or in older. When recent is full it becomes older, and
	// the addresses of older are forgotten.
	recent, older map[netip.Prefix]*source
	counted       uint64 // reports without a line, in all
	forgotten     uint64 // of these, about addresses that are forgotten
	repeated      uint64 // reports that no sum has yet, as RepeatAfter has not passed
}

// Source returns the prefix that stands for an address: the address itself, or the /64 of an
// IPv6 address, as whoever has one address of that has them all. The zero address has the
// zero prefix.
func Source(a netip.Addr) netip.Prefix {
	a = a.Unmap()
	bits := 64
	if a.Is4() {
		bits = 32
	}
	from, _ := a.Prefix(bits) // fails for the zero address only
	return from
}

// Take reports whether a report about an address may become a line. Otherwise it counts the
// report.
func (l *Limiter) Take(from netip.Prefix, now time.Time, r Rates) bool {
	s := l.source(from)
	if !s.bucket.Has(now, r.perAddress(), burst) || !l.all.Has(now, r.all(), burst-r.sumReserve()) {
		l.count(s, 1)
		return false
	}
	s.bucket.Take(now, r.perAddress())
	l.all.Take(now, r.all())
	return true
}

// TakeRepeated is as Take, for what others do again and again without knowing better, such as dialling
// with TLS. Of one address a reason becomes a line, and for RepeatAfter it is only counted.
func (l *Limiter) TakeRepeated(from netip.Prefix, reason string, now time.Time, r Rates) bool {
	if s := l.source(from); s.reason == reason && now.Sub(s.shown) < RepeatAfter {
		s.repeated++
		l.repeated++
		return false
	}
	if !l.Take(from, now, r) {
		return false
	}
	s := l.source(from)
	l.settle(s)
	s.reason, s.shown = reason, now
	return true
}

// settle moves what was repeated to what the next sum has.
func (l *Limiter) settle(s *source) {
	l.count(s, s.repeated)
	l.repeated -= s.repeated
	s.repeated = 0
}

// Settle makes the next call of Sums return all that was repeated, also within RepeatAfter.
func (l *Limiter) Settle() {
	for _, sources := range []map[netip.Prefix]*source{l.recent, l.older} {
		for _, s := range sources {
			l.settle(s)
		}
	}
}

// settleOld does the same for what has begun long enough ago.
func (l *Limiter) settleOld(now time.Time) {
	if l.repeated == 0 {
		return
	}
	for _, sources := range []map[netip.Prefix]*source{l.recent, l.older} {
		for _, s := range sources {
			if now.Sub(s.shown) >= RepeatAfter {
				l.settle(s)
			}
		}
	}
}

// Count counts n reports about an address that become no lines.
func (l *Limiter) Count(from netip.Prefix, n uint64) { l.count(l.source(from), n) }

func (l *Limiter) count(s *source, n uint64) {
	s.counted += n
	l.counted += n
}

// source returns the state of an address, and moves it to recent.
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

// forget starts a new generation of addresses.
func (l *Limiter) forget() {
	for _, s := range l.older {
		l.settle(s)
		l.forgotten += s.counted
	}
	l.recent, l.older = nil, l.recent
}

// Sums returns what was counted since the last call, the largest sums first. Addresses for
// which no tokens are left are together in one sum, the last.
func (l *Limiter) Sums(now time.Time, r Rates) []Sum {
	l.settleOld(now)
	if l.counted == 0 {
		return nil
	}
	counted := l.countedSources()
	var sums []Sum
	for i, s := range counted {
		last := i == len(counted)-1 && l.forgotten == 0
		if i == maxSums || !last && !l.all.Has(now, r.all(), burst-r.all()) {
			break
		}
		l.all.Take(now, r.all())
		s.bucket.Take(now, r.perAddress())
		sums = append(sums, Sum{s.from, s.counted})
		l.counted -= s.counted
	}
	for _, s := range counted {
		s.counted = 0
	}
	if l.counted > 0 {
		l.all.Take(now, r.all())
		sums = append(sums, Sum{N: l.counted})
	}
	l.counted, l.forgotten = 0, 0
	return sums
}

// countedSources returns the addresses with counted reports, those with the most first.
func (l *Limiter) countedSources() (found []*source) {
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
