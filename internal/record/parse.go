package record

import (
	"bytes"
	"math"
	"math/bits"
	"time"
)

// maxNames is how many origins a Parser keeps: as many as the largest ring has hosts.
// A log with more of them costs allocations, and not more memory.
const maxNames = 64

// Parser reads lines as records. It keeps the origins it has seen, and the beginning
// of its last line up to the seq, which the next line most often has too. The zero
// value is ready. It is not safe for concurrent use.
type Parser struct {
	prefix []byte
	shared Record // the fields in prefix
	names  map[string]string
}

// Parse returns the record of a line, CRLF included. It is strict: it accepts only
// what a [Formatter] writes, byte for byte. After an error the parser can be used
// further. The Text of the record is part of line. The Origin is not; it is allocated
// only the first time it is seen.
func (p *Parser) Parse(line []byte) (Record, error) {
	if len(line) > MaxLine {
		return Record{}, errLong
	}
	if len(p.prefix) == 0 || !bytes.HasPrefix(line, p.prefix) {
		if err := p.setPrefix(line); err != nil {
			return Record{}, err
		}
	}
	seq, text, ok := bytes.Cut(line[len(p.prefix):], []byte(" "))
	if !ok {
		return Record{}, errFields
	}
	r := p.shared
	if r.Seq, ok = parseUint(seq, 10, MaxSeq); !ok {
		return Record{}, errSeq
	}
	r.Text = text[:len(text):len(text)]
	if err := r.Check(); err != nil {
		return Record{}, err
	}
	return r, nil
}

// setPrefix keeps line up to its seq. Only a valid prefix is kept, so that no bad
// line can make the next one look good.
func (p *Parser) setPrefix(line []byte) error {
	stamp, rest, _ := bytes.Cut(line, []byte(" "))
	origin, rest, _ := bytes.Cut(rest, []byte("."))
	digits, rest, ok := bytes.Cut(rest, []byte("."))
	if !ok {
		return errFields
	}
	unix, ok := parseTime(stamp)
	if !ok {
		return errTime
	}
	boot, ok := parseUint(digits, 36, MaxBoot)
	if !ok {
		return errBoot
	}
	name, ok := p.name(origin)
	if !ok {
		return errOrigin
	}
	p.shared = Record{Origin: name, Boot: boot, Time: unix}
	p.prefix = append(p.prefix[:0], line[:len(line)-len(rest)]...)
	return nil
}

// name returns origin as a string, the same one each time, if it is a host name.
func (p *Parser) name(origin []byte) (name string, ok bool) {
	if name, ok = p.names[string(origin)]; ok {
		return name, true
	}
	if name = string(origin); !ValidName(name) {
		return "", false
	}
	if p.names == nil || len(p.names) == maxNames {
		p.names = make(map[string]string)
	}
	p.names[name] = name
	return name, true
}

// parseTime accepts only what appendTime writes, and compares with that: so the rules
// of the calendar are in one place.
func parseTime(stamp []byte) (unix int64, ok bool) {
	var t time.Time
	if err := t.UnmarshalText(stamp); err != nil {
		return 0, false
	}
	unix = t.Unix()
	var again [len(time.RFC3339)]byte
	return unix, bytes.Equal(appendTime(again[:0], unix), stamp)
}

// parseUint parses lower-case digits of base as a number from 1 to limit. A leading
// zero is an error: a number has one spelling only.
func parseUint(digits []byte, base, limit uint64) (n uint64, ok bool) {
	if len(digits) == 0 || digits[0] == '0' {
		return 0, false
	}
	for _, c := range digits {
		d := digit(c)
		if d >= base {
			return 0, false
		}
		over, low := bits.Mul64(n, base)
		sum, carry := bits.Add64(low, d, 0)
		if over|carry != 0 || sum > limit {
			return 0, false
		}
		n = sum
	}
	return n, true
}

// digit returns the value of c, or a number over 36 if c is no digit of any base.
func digit(c byte) uint64 {
	switch {
	case '0' <= c && c <= '9':
		return uint64(c - '0')
	case 'a' <= c && c <= 'z':
		return uint64(c-'a') + 10
	}
	return math.MaxUint64
}
