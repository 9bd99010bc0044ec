package journal_test

import (
	"testing"

	"xlattice.org/zog/internal/test/crashdisk"
)

// After a failed sync the kernel may have dropped what it was for. What was
// synced before is there all the same.
func TestAFailedSyncThatLoses(t *testing.T) {
	for name, meddle := range map[string]func(k *harness){
		"in its place": func(*harness) {},
		"removed":      func(k *harness) { k.remove("access.log") },
	} {
		t.Run(name, func(t *testing.T) {
			k := open(t)
			k.must(k.log(la, 2))
			k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: "access.log", Times: 1})
			if err := k.log(la, 1); err == nil {
				t.Fatal("it succeeds")
			}
			for at := len(lines(1, 2)); at < len(lines(1, 3)); at++ {
				k.must(k.disk.Flip("log/access.log", int64(at), k.content("access.log")[at]))
			}
			meddle(k)
			k.recover()
			k.holds(lines(1, 2))
			k.mustLog(1)
		})
	}
}

// After a failed sync the kernel may show what is not on the disk. What can be
// read is written again, and nothing is lost in a power cut then.
func TestAFailedSync(t *testing.T) {
	k := open(t)
	k.must(k.log(la, 2))
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: "access.log", Times: 1, Lose: true})
	if err := k.log(la, 1); err == nil {
		t.Fatal("it succeeds")
	}
	// Others have renamed it meanwhile, or not.
	k.move("access.log", "access.log.4")
	k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: ".access.log.4.kept", Times: 1, Lose: true})
	if _, err := k.Recover(); err == nil {
		t.Fatal("it recovers")
	}
	k.recover()
	k.holds(lines(1, 3))
	k.undamaged()
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.holds(lines(1, 3))
	k.undamaged()
}
