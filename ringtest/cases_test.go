package ringtest_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// TestCases are the cases of docs/testing.md that are about whole rings: each
// breaks a ring of five under load, lets it heal, and requires that nothing which
// was acknowledged is lost, nothing stands twice, and all logs are equal.
func TestCases(t *testing.T) {
	underLoadEach(t, map[string]func(t *testing.T, r *ringtest.Ring){
		"kill-before-append": func(t *testing.T, r *ringtest.Ring) {
			crashAt(r, r.Host("MV").Actor("accesslog").Hang(ringtest.Nth(3, "Append")))
		},
		"kill-after-append": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("MV").Disk().Hang("sync") // what is written is not synced
			time.Sleep(time.Second)
			crashAt(r, f)
		},
		"kill-after-sync": func(t *testing.T, r *ringtest.Ring) {
			crashAt(r, r.Host("MV").Actor("conns/*").Hang(ringtest.Nth(3, "Logged")))
		},
		"kill-after-forward": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("MV").Actor("accesslog").Hang(ringtest.Nth(3, "Append"))
			p := r.Host("PA").Actor("router").Probe("Take")
			p.Expect("Take", "Take", "Take", "Take", "Take", "Take")
			crashAt(r, f)
		},
		"kill-after-ok": func(t *testing.T, r *ringtest.Ring) {
			must(t, r.Client("MV").Send("the last before the end"))
			r.Host("MV").Crash()
		},
		"kill-all-at-once": func(t *testing.T, r *ringtest.Ring) {
			for _, h := range r.Hosts() {
				h.PowerCutTorn()
			}
		},
		"disk-wiped": func(t *testing.T, r *ringtest.Ring) {
			replace(t, r, func(h *ringtest.Host) { h.Wipe() })
		},
		"old-backup": func(t *testing.T, r *ringtest.Ring) {
			old := r.Host("PA").Backup()
			time.Sleep(10 * time.Second)
			replace(t, r, func(h *ringtest.Host) { h.Restore(old) })
		},
		"actor-hangs": func(t *testing.T, r *ringtest.Ring) {
			before := r.Acknowledged()
			r.Host("MV").Actor("router").Hang(ringtest.Every(""))
			time.Sleep(20 * time.Second)
			requireMore(t, r, before, 120)
		},
		"sync-hangs": func(t *testing.T, r *ringtest.Ring) {
			mv, before := r.Client("MV"), r.Acknowledged()
			f := r.Host("MV").Disk().Hang("sync")
			if err := mv.Send("without a sync"); !errors.Is(err, client.ErrUnacknowledged) {
				t.Errorf("without a sync there is an answer: %v", err)
			}
			time.Sleep(25 * time.Second)
			requireMore(t, r, before, 120)
			f.Heal()
		},
		"rst-mid-frame": func(t *testing.T, r *ringtest.Ring) {
			broken(t, r, func(l *ringtest.Link) *ringtest.Fault { return l.CutAfter(20, ringtest.Nth(5, "Data")) })
		},
		"fin-half-frame": func(t *testing.T, r *ringtest.Ring) {
			broken(t, r, func(l *ringtest.Link) *ringtest.Fault { return l.FinAfter(20, ringtest.Nth(5, "Data")) })
			if r.Host("PA").Count(reported) == 0 {
				t.Error("half a frame is not said in error.log")
			}
		},
		"half-close": func(t *testing.T, r *ringtest.Ring) {
			broken(t, r, func(l *ringtest.Link) *ringtest.Fault { return l.HalfClose(ringtest.Nth(5, "Data")) })
		},
		"lost-ok": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("MV").ToClients().CutAfter(0, ringtest.When{Of: "Ok", Times: 5})
			r.Await("five lost Oks", func() bool { return f.Fired() == 5 })
		},
		"dial-to-stopped": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("PA").Pause()
			began := time.Now()
			if err := r.Client("PA").Send("to who does not answer"); !errors.Is(err, client.ErrUnacknowledged) {
				t.Errorf("who does not answer has answered: %v", err)
			}
			if took := time.Since(began); took > client.DefaultTimeout {
				t.Errorf("the client gave up after %v", took)
			}
			f.Heal()
		},
		"old-frames": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("MV").To(r.Host("PA")).Drop()
			time.Sleep(2 * time.Second)
			r.Host("MV").Actor("links/+1").Panic(ringtest.Nth(1, "")) // it dials anew
			time.Sleep(4 * time.Second)
			f.Heal() // what it wrote on the old connection arrives beside the new one
		},
		"split-2-3":        func(t *testing.T, r *ringtest.Ring) { partition(t, r, "MV G") },
		"one-way-link":     func(t *testing.T, r *ringtest.Ring) { oneWay(r.Host("MV"), r.Host("PA")) },
		"flapping-shortly": func(t *testing.T, r *ringtest.Ring) { flapping(r, 6*time.Second) },
		"plus-one-dead":    func(t *testing.T, r *ringtest.Ring) { dead(t, r, "PA") },
		"plus-two-dead":    func(t *testing.T, r *ringtest.Ring) { dead(t, r, "G") },
		"both-dead":        func(t *testing.T, r *ringtest.Ring) { dead(t, r, "PA G") },
		"forwarder-dies": func(t *testing.T, r *ringtest.Ring) {
			f := r.Host("PA").Actor("router").Hang(ringtest.Nth(5, "Take"))
			r.Await("the hang", func() bool { return f.Fired() > 0 })
			r.Host("PA").Crash()
		},
		"origin-isolated": func(t *testing.T, r *ringtest.Ring) {
			f := r.Partition("MV")
			must(t, r.Client("MV").Send("known to one alone"))
			if logged(r.Host("PA"), "known to one alone") {
				t.Error("it crossed the partition")
			}
			f.Heal()
			r.Await("the message everywhere", func() bool { return logged(r.Host("S"), "known to one alone") })
		},
		"loss": func(t *testing.T, r *ringtest.Ring) {
			hosts := r.Hosts()
			for n := range 40 {
				f := hosts[n%5].To(hosts[(n+1+n*3%4)%5]).Drop()
				time.Sleep(300 * time.Millisecond)
				f.Heal()
			}
		},
		"clock-hour-forward": func(t *testing.T, r *ringtest.Ring) { step(r, time.Hour) },
		"clock-hour-back":    func(t *testing.T, r *ringtest.Ring) { step(r, -time.Hour) },
	})
}

// TestALyingDiskIsFoundOut: a disk that says it has synced and has not
// loses what it alone has, and the checker says so.
func TestALyingDiskIsFoundOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t)
		mv := r.Host("MV")
		mv.Disk().Lie(ringtest.Every(""))
		r.Partition("MV")
		must(t, r.Client("MV").Send("on a disk that lies"))
		mv.PowerCut()
		r.Heal()
		mv.Start()
		err := r.Settle()
		if err == nil || !strings.Contains(err.Error(), `lost "on a disk that lies", of which client 1 was told ok by MV`) || !strings.Contains(err.Error(), "the last fault before") {
			t.Errorf("what is lost is not named: %v", err)
		}
	})
}
