package ringtest_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/ringtest"
)

// TestRequireSettledFails where it should, and says why.
func TestRequireSettledFails(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(r *ringtest.Ring)
		says []string
	}{
		"nothing acknowledged": {func(r *ringtest.Ring) {}, []string{"idle: no message was acknowledged", "seed "}},
		"a host is down": {func(r *ringtest.Ring) {
			_ = r.Client("MV").Send("text")
			r.Host("PA").Crash()
		}, []string{"the ring cannot settle: PA is down", "crash of PA"}},
		"a fault never fired": {func(r *ringtest.Ring) {
			_ = r.Client("MV").Send("text")
			r.Host("MV").Actor("router").Panic(ringtest.Nth(7, "Drain"))
		}, []string{"a fault did not fire", "panic in router of MV (Drain, not the first 6, once)"}},
		"parted for ever": {func(r *ringtest.Ring) {
			r.Partition("MV")
			_ = r.Client("MV").Send("known to one")
		}, []string{`PA, G: lost "known to one", of which client 1 was told ok by MV at`, "still active: partition MV", "the last fault before, at 2", "s: partition MV"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fails(t, func(t ringtest.TB) {
					r := ringtest.Start(t, ringtest.Hosts(3))
					time.Sleep(2 * time.Second)
					c.do(r)
					r.RequireSettled()
				}, c.says...)
			})
		})
	}
}

// TestWrongUse: what cannot be is said, and ends the test.
func TestWrongUse(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(t ringtest.TB)
		says string
	}{
		"too many hosts":                  {func(t ringtest.TB) { ringtest.Start(t, ringtest.Hosts(65)) }, "Hosts(65): a ring has 1 to 64 hosts"},
		"no hosts":                        {func(t ringtest.TB) { ringtest.Start(t, ringtest.Hosts(0)) }, "Hosts(0): a ring has 1 to 64 hosts"},
		"sockets in a bubble":             {func(t ringtest.TB) { ringtest.Start(t, ringtest.Loopback()) }, "do not belong in a bubble"},
		"an unknown key":                  {func(t ringtest.TB) { ringtest.Start(t, ringtest.File("fsync: never")) }, `unknown key "fsync"`},
		"twice up":                        {func(t ringtest.TB) { ringtest.Start(t, ringtest.Hosts(1)).Host("MV").Start() }, "MV is up"},
		"a disk in use":                   {func(t ringtest.TB) { ringtest.Start(t, ringtest.Hosts(1)).Host("MV").Wipe() }, "its disk cannot be replaced"},
		"a golden file that is not there": {func(t ringtest.TB) { ringtest.Golden(t, "none.txt", "") }, "no such file"},
		"another text":                    {func(t ringtest.TB) { ringtest.Golden(t, "one-message.txt", "") }, "RINGTEST_UPDATE=1"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { fails(t, c.do, c.says) })
		})
	}
}

// TestDo cleans up in the reverse order, also after a fatal error.
func TestDo(t *testing.T) {
	var order []string
	err := ringtest.Do(func(t ringtest.TB) {
		t.Cleanup(func() { order = append(order, "first") })
		t.Cleanup(func() { order = append(order, "second"); t.Errorf("late") })
		t.Logf("said")
		t.Fatalf("over")
		order = append(order, "never")
	})
	if err == nil || err.Error() != "said\nover\nlate" || strings.Join(order, " ") != "second first" {
		t.Errorf("%v, %v", err, order)
	}
	if err := ringtest.Do(func(t ringtest.TB) { t.Logf("said") }); err != nil {
		t.Error(err)
	}
}
