package journal_test

import (
	"errors"
	"syscall"
	"testing"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/test/crashdisk"
)

// trouble is a kind of operations that fail, and how often in a row.
type trouble struct {
	name  string
	fault crashdisk.Fault
}

func troubles() []trouble {
	const space = crashdisk.OpCreate | crashdisk.OpWrite | crashdisk.OpMkdir
	return []trouble{
		{"once", crashdisk.Fault{Op: crashdisk.Any, Times: 1}},
		{"a change, for a while", crashdisk.Fault{Op: crashdisk.Change, Times: 12}},
		{"a full disk", crashdisk.Fault{Op: space, Times: 9, Err: syscall.ENOSPC}},
		{"a full disk, with short writes", crashdisk.Fault{Op: space, Times: 4, Err: syscall.ENOSPC, Done: 20}},
		{"a sync, and what it was for is lost", crashdisk.Fault{Op: crashdisk.OpSync, Times: 2, Lose: true}},
	}
}

// Whatever fails, wherever: Recover may be tried until it succeeds, and then
// nothing that was committed is lost, neither now nor when the machine crashes.
func TestLongAFaultAnywhere(t *testing.T) {
	states := play(t)
	for _, trouble := range troubles() {
		t.Run(trouble.name, func(t *testing.T) {
			faults, quiet := 0, 0
			for skip := 0; quiet < 20; skip += 1 + stride()/9 {
				k := open(t)
				fault := trouble.fault
				fault.Skip = skip
				heal := k.disk.Fail(fault)
				at, err := playOn(k)
				if quiet++; at < 0 {
					heal()
					k.reopen()
					k.sound()
					continue
				}
				outlast(k, heal, script()[at].name+": "+err.Error(), states[at], states[at+1])
				faults, quiet = faults+1, 0
			}
			t.Logf("%d faults", faults)
		})
	}
}

// playOn plays the script up to the first error, and returns the step that it
// came from, or -1.
func playOn(k *harness) (at int, err error) {
	for i, s := range script() {
		if err := s.do(k); err != nil {
			return i, err
		}
	}
	return -1, nil
}

// outlast recovers until that succeeds.
func outlast(k *harness, heal func(), where string, before, after logState) {
	defer func() {
		if k.t.(*testing.T).Failed() {
			k.t.Log(where)
		}
	}()
	var err error
	for range 40 {
		if k.recovery, err = k.Recover(); err == nil {
			break
		}
	}
	k.must(err)
	heal()
	k.atRisk = ""
	k.scrub()
	k.between(before, after)
	all := k.onDisk()
	k.mustLog(4)
	k.sound()
	k = k.after(crashdisk.KeepSynced())
	k.begin()
	k.between(before, logState{lines: after.lines, marks: after.marks, ever: k.Marks()})
	if now := k.onDisk(); len(now) < len(all) {
		k.t.Fatalf("a crash leaves\n%sof\n%s", now, all)
	}
	k.end()
}

// A journal that cannot be opened leaves nothing open, and can be opened when
// the trouble is over.
func TestAFaultAtTheStart(t *testing.T) {
	for skip := 0; ; skip++ {
		k := open(t)
		k.must(k.log(la, 2))
		k.mustLog(4)
		want := k.onDisk()
		k.end()
		heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.Any, Skip: skip, Times: 1})
		j, _, err := journal.Open(k.cfg)
		if err == nil {
			k.must(j.Close())
		} else if !errors.Is(err, syscall.EIO) || j != nil {
			t.Fatal(err)
		}
		heal()
		k.begin()
		k.holds(want)
		k.undamaged()
		k.end()
		if err == nil && skip > 60 {
			break
		}
	}
}

// faultAll lets everything fail.
func faultAll(err error) crashdisk.Fault { return crashdisk.Fault{Op: crashdisk.Any, Err: err} }
