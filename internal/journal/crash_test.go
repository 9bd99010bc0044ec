package journal_test

import (
	"errors"
	"flag"
	"math/rand/v2"
	"strings"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/test/crashdisk"
)

// losses are what a crash may leave of what was not synced. Chance has several
// trials.
func losses(n int) []crashdisk.Loss {
	all := []crashdisk.Loss{crashdisk.KeepAll(), crashdisk.KeepSynced()}
	for seed := range uint64(2) {
		all = append(all, crashdisk.KeepSome(rand.New(rand.NewPCG(seed, uint64(n)))))
	}
	return all
}

// playUntil plays the script with a crash at change n, and returns the step that
// was not done, or -1 if the script has come to its end.
func playUntil(t *testing.T, k *harness, n int) int {
	k.reopen()
	k.disk.CrashAt(n)
	for i, s := range script() {
		err := errors.Join(s.do(k), k.dead())
		if errors.Is(err, crashdisk.ErrCrashed) {
			return i
		}
		if err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
	}
	return -1
}

// Wherever the machine crashes, and whatever that leaves: every message for
// which Append has returned is there, once and in order, and the journal can be
// opened and goes on.
func TestLongACrashAnywhere(t *testing.T) {
	states := play(t)
	crashes := 0
	for n := 1; ; n++ {
		dead := newHarness(t)
		at := playUntil(t, dead, n)
		if at < 0 {
			break
		}
		for _, loss := range losses(n) {
			where := script()[at].name + ", " + dead.disk.Last() + ", " + loss.String()
			comeBack(dead.after(loss), where, states[at], states[at+1])
			crashes++
		}
	}
	t.Logf("%d crashes", crashes)
}

// comeBack is the next start after a crash, and the one after that.
func comeBack(k *harness, where string, before, after logState) {
	defer func() {
		if k.t.(*testing.T).Failed() {
			k.t.Log(where)
		}
	}()
	k.begin()
	k.scrub()
	k.between(before, after)
	all, first := k.onDisk(), k.recovery
	k.reopen()
	k.between(before, after)
	if got := k.onDisk(); got != all {
		k.t.Fatalf("after another start the log is\n%swas\n%s", got, all)
	}
	if r := k.recovery; len(r.Damaged) > 0 || r.Missing > 0 || r.TornTail > 0 || r.Salvaged > 0 {
		k.t.Fatalf("the next start finds something again: %+v, before that %+v", r, first)
	}
	k.mustLog(4)
	k.sound()
	k.end()
}

// thorough makes the tests that go through all combinations leave none out. It
// takes minutes.
var thorough = flag.Bool("thorough", false, "try all combinations of two crashes, or of a fault and a crash")

// stride is at which distance cases are tried where there are very many.
func stride() int {
	if *thorough {
		return 1
	}
	return 47
}

// So it is if there is another crash while the journal recovers from one.
func TestLongACrashDuringRecovery(t *testing.T) {
	states := play(t)
	crashes := 0
	for n := 1; ; n += stride() {
		dead := newHarness(t)
		at := playUntil(t, dead, n)
		if at < 0 {
			break
		}
		for i, loss := range losses(n) {
			for m := 1; ; m++ {
				k := dead.after(loss)
				k.disk.CrashAt(m)
				j, _, err := journal.Open(k.cfg)
				if err == nil {
					k.must(j.Close())
					break
				}
				if !errors.Is(err, crashdisk.ErrCrashed) {
					t.Fatal(err)
				}
				again := losses(m)[(i+n)%len(losses(m))]
				where := script()[at].name + ", " + dead.disk.Last() + ", " + loss.String() + ", then " + k.disk.Last() + ", " + again.String()
				comeBack(k.after(again), where, states[at], states[at+1])
				crashes++
			}
		}
	}
	t.Logf("%d crashes", crashes)
}

// Of a batch that is being synced anything may be left, and of the small files
// too: what was synced before is there in any case.
func TestAPowerCutDuringASync(t *testing.T) {
	k := open(t)
	k.cfg.SegmentBytes = 1 << 20
	k.reopen()
	k.must(k.log(la, 3))
	k.disk.CrashAt(2) // after the write
	if err := k.log(la, 60); !errors.Is(err, crashdisk.ErrCrashed) {
		t.Fatal(err)
	}
	for seed := range uint64(400) {
		after := k.after(crashdisk.KeepSome(rand.New(rand.NewPCG(seed, 7))))
		after.begin()
		after.sound()
		if !strings.HasPrefix(after.onDisk(), lines(1, 3)) {
			t.Fatalf("seed %d leaves\n%s%+v", seed, after.onDisk(), after.recovery)
		}
		after.end()
	}
}
