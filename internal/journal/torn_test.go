package journal_test

import (
	"strings"
	"testing"

	"xlattice.org/zog/internal/test/crashdisk"
)

// Wherever a crash cuts the log, and whatever it leaves behind that point, the
// whole records before it are there, and the log goes on from them.
func TestATornTailIsCutOff(t *testing.T) {
	whole := lines(1, 5)
	for name, rest := range map[string]string{
		"nothing":        "",
		"zeros":          strings.Repeat("\x00", 90),
		"bad lines":      "x\ny\n",
		"much":           strings.Repeat("x", 300<<10),
		"lines of zeros": strings.Repeat("\x00", 200) + "\r\n\x00\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			for cut := len(lines(1, 3)); cut <= len(whole); cut++ {
				n := uint64(3)
				for n < 5 && cut >= len(lines(1, n+1)) {
					n++
				}
				k := newHarness(t)
				k.put("access.log", whole[:cut]+rest)
				k.begin()
				torn := int64(cut + len(rest) - len(lines(1, n)))
				if r := k.recovery; r.TornTail != torn || r.Records != n || len(r.Damaged) > 0 {
					t.Fatalf("cut at %d: %+v, want a torn tail of %d", cut, r, torn)
				}
				k.holds(lines(1, n))
				k.mustLog(2)
				k.reopen()
				k.holds(lines(1, n+2))
				k.undamaged()
				k.end()
			}
		})
	}
}

// A long line that has another in it is one bad line, however it is read.
func TestATornTailIsNotReadAsALine(t *testing.T) {
	for _, much := range []int{256 << 10, 256<<10 - len(lines(1, 1)), 512<<10 - len(lines(1, 1))} {
		k := newHarness(t)
		k.put("access.log", lines(1, 1)+strings.Repeat("\x00", much)+lines(2, 2))
		k.begin()
		k.holds(lines(1, 1))
		if k.recovery.TornTail == 0 {
			t.Errorf("%+v", k.recovery)
		}
		k.end()
	}
}

// What is torn off was not claimed. So is the end of a line that was appended
// behind what is synced; what was synced is not torn off but damaged.
func TestClaimsTellATornTailFromDamage(t *testing.T) {
	k := open(t)
	k.must(k.log(la, 2))
	k.end()
	k.put("access.log", lines(1, 2)+"2026-")
	k.begin()
	if r := k.recovery; r.TornTail != 5 || len(r.Damaged) > 0 {
		t.Errorf("behind the claims: %+v", r)
	}
	k.end()
	k.put("access.log", lines(1, 2)[:len(lines(1, 2))-3])
	k.begin()
	if r := k.recovery; r.TornTail != 0 || len(r.Damaged) != 1 || r.Damaged[0].Records != 1 {
		t.Errorf("before them: %+v", r)
	}
	k.holds(lines(1, 1))
	k.end()
}

// Of a batch that was not synced, units may be there in any order. Those that
// may not stand in the log yet are good all the same.
func TestATornBatch(t *testing.T) {
	k := newHarness(t)
	k.cfg.SegmentBytes = 1 << 20
	k.put("access.log", lines(1, 3)+strings.Repeat("\x00", 512)+"\r\n"+lines(6, 9)+line(ss, 1))
	k.begin()
	k.holds(lines(1, 3) + line(ss, 1))
	if r := k.recovery; r.Waiting != 1 || len(r.Damaged) != 1 || r.Damaged[0].SetAside == "" || r.TornTail != 0 {
		t.Errorf("%+v", r)
	}
	k.must(k.log(la, 2))
	if moved := k.tend().Moved; len(moved) != 1 || moved[0].Seq != 9 {
		t.Errorf("moved %v", moved)
	}
	k.holds(lines(1, 3) + line(ss, 1) + lines(4, 9))
	k.end()
}

// A claim that was torn, is of another segment or is no claim condemns nothing.
func TestClaimsThatAreNotTrue(t *testing.T) {
	other := open(t)
	other.must(other.log(ss, 4))
	other.must(other.log(ss, 1))
	theirs := other.content(".access.log.2.sums")
	for name, meddle := range map[string]func(k *harness){
		"removed":            func(k *harness) { k.remove(".access.log.2.sums") },
		"empty":              func(k *harness) { k.put(".access.log.2.sums", "") },
		"garbage":            func(k *harness) { k.put(".access.log.2.sums", strings.Repeat("\x10\x00\x00\x00garbage", 9)) },
		"torn":               func(k *harness) { k.must(k.disk.Cut("log/.access.log.2.sums", 9)) },
		"a bit":              func(k *harness) { k.must(k.disk.Flip("log/.access.log.2.sums", 5, 4)) },
		"another number":     func(k *harness) { k.move(".access.log.2.sums", ".access.log.3.sums") },
		"of an older one":    func(k *harness) { k.put(".access.log.3.sums", theirs) },
		"a directory's name": func(k *harness) { k.remove(".access.log.2.sums"); k.must(k.disk.MkdirAll("log/.access.log.2.sums")) },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.must(k.log(la, 3))
			k.must(k.log(la, 2))
			k.end()
			meddle(k)
			k.begin()
			k.holds(lines(1, 5))
			k.undamaged()
			k.mustLog(8)
			k.reopen()
			k.holds(lines(1, 13))
			k.undamaged()
			k.end()
		})
	}
}

// The claims of an access.log that grows past a block say what they should.
func TestLongClaimsAboutManyBlocks(t *testing.T) {
	k := newHarness(t)
	k.cfg.SegmentBytes = 1 << 20
	k.begin()
	for range 40 {
		k.must(k.log(la, 150)) // some 6 KiB
	}
	for _, at := range []int64{5, 64 << 10, 70 << 10, 200 << 10} {
		hit := k.after(crashdisk.KeepAll())
		hit.must(hit.disk.Flip("log/access.log", at, 1))
		hit.begin()
		hit.sound()
		if r := hit.recovery; len(r.Damaged) != 1 || r.Damaged[0].Records == 0 && at > 64<<10 {
			t.Errorf("byte %d: %+v", at, r)
		}
		hit.end()
	}
	k = k.after(crashdisk.KeepAll())
	k.begin()
	k.holds(lines(1, 6000))
	k.undamaged()
}
