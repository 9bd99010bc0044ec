package journal_test

import (
	"errors"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

// Every flipped bit in a line is found: in a sealed segment by whoever reads it,
// in the active one at the next start.
func TestEveryFlippedBitIsFound(t *testing.T) {
	whole := open(t)
	whole.must(whole.log(la, 3))
	whole.must(whole.log(la, 3))
	for name, find := range map[string]func(k *harness) int{
		"access.log":   func(k *harness) int { return len(k.recovery.Damaged) },
		"access.log.1": func(k *harness) int { return k.scrub() },
	} {
		for bit := range 8 * len(lines(1, 1)) {
			k := whole.after(crashdisk.KeepAll())
			k.must(k.disk.Flip(k.path(name), int64(len(lines(1, 1))+bit/8), 1<<(bit%8)))
			k.begin()
			if find(k) != 1 {
				t.Fatalf("%s: bit %d is not found", name, bit)
			}
			k.sound()
			seq := k.Marks()
			seq.Raise(la, 6)
			k.refill(seq)
			k.holds(lines(1, 6))
			k.end()
		}
	}
}

func TestAReaderFindsDamage(t *testing.T) {
	k := open(t)
	k.mustLog(10)
	want := k.Marks()
	r := k.Reader(new(marks.Vector))
	defer r.Close()
	k.flip("access.log.2", "no 5")
	if got, err := read(r); got != lines(1, 3) || err == nil || !k.Suspected() {
		t.Fatalf("read %q, %v", got, err)
	}
	k.recover()
	if k.Suspected() {
		t.Error("it is suspected still")
	}
	k.mark(la, 3, 1)
	k.refill(want)
	k.holds(lines(1, 10))
	// The reader goes on where it was.
	if got, err := read(r); got != lines(4, 10) || err != nil {
		t.Errorf("then read %q, %v", got, err)
	}
}

// What is before damage in access.log is returned, and then the damage.
func TestAReaderFindsDamageInTheActiveSegment(t *testing.T) {
	k := open(t)
	k.must(k.log(la, 3))
	want := k.Marks()
	r := k.Reader(new(marks.Vector))
	defer r.Close()
	k.must(k.disk.Flip("log/access.log", int64(len(lines(1, 1))+10), 'T'))
	if got, err := read(r); got != lines(1, 1) || !errors.Is(err, journal.ErrDamaged) || !k.Suspected() {
		t.Fatalf("read %q, %v", got, err)
	}
	k.recover()
	k.refill(want)
	if got, err := read(r); got != lines(2, 3) || err != nil {
		t.Errorf("then read %q, %v", got, err)
	}
}
