package ringtest_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"xlattice.org/zog/client"
	"xlattice.org/zog/ringtest"
)

// inBubble starts a ring of three whose links are up, in virtual time.
func inBubble(t *testing.T, do func(t *testing.T, r *ringtest.Ring), opts ...ringtest.Option) {
	synctest.Test(t, func(t *testing.T) {
		r := ringtest.Start(t, append([]ringtest.Option{ringtest.Hosts(3)}, opts...)...)
		time.Sleep(2 * time.Second)
		do(t, r)
	})
}

// TestMail: what is done to an actor's mail is seen by those that wait for it.
func TestMail(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(a *ringtest.Actor, w ringtest.When) *ringtest.Fault
		lost  bool          // the first text is not taken
		late  time.Duration // it is taken so much later
	}{
		"panic":       {(*ringtest.Actor).Panic, true, 0},
		"panic after": {(*ringtest.Actor).PanicAfter, false, 0},
		"drop":        {(*ringtest.Actor).Drop, true, 0},
		"delay": {func(a *ringtest.Actor, w ringtest.When) *ringtest.Fault {
			return a.Delay(700*time.Millisecond, w)
		}, false, 700 * time.Millisecond},
		"reorder":   {(*ringtest.Actor).Reorder, false, time.Second}, // nothing comes to overtake it
		"duplicate": {(*ringtest.Actor).Duplicate, false, 0},         // a batch has one owner: it comes once
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				mv := r.Host("MV")
				p := mv.Actor("accesslog").Probe("Append")
				f := c.fault(mv.Actor("router"), ringtest.Nth(1, "Take"))
				began := time.Now()
				err := r.ClientWith(client.Config{Hosts: r.Addresses()[:1], NoResend: true, Timeout: 10 * time.Second}).Send("text")
				if (err != nil) != c.lost && name != "panic after" {
					t.Errorf("the answer is %v", err)
				}
				if fired := name != "duplicate"; (f.Fired() == 1) != fired {
					t.Errorf("it fired %d times", f.Fired())
				}
				taken := len(p.Heard()) > 0
				if taken == c.lost {
					t.Errorf("taken: %v", taken)
				}
				if took := time.Since(began); c.late > 0 && (took < c.late || took > c.late+100*time.Millisecond) {
					t.Errorf("it took %v", took)
				}
			}, ringtest.SyncTakes(0))
		})
	}
}

// TestMailThatIsLost: wherever a batch is lost on its way, without a panic, its
// connection is closed with the next, and all is sent again. Nobody waits for ever.
func TestMailThatIsLost(t *testing.T) {
	for _, c := range []struct{ actor, of string }{
		{"conns/*", "Batch"}, {"router", "Take"}, {"accesslog", "Append"}, {"conns/*", "Logged"},
	} {
		t.Run(c.of, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				for _, name := range []string{"MV", "PA"} { // of the client, and of a peer
					r.Host(name).Actor(c.actor).Drop(ringtest.Nth(3, c.of))
				}
				l := startLoad(r)
				time.Sleep(20 * time.Second)
				l.end()
				if n := r.Acknowledged(); n < 150 {
					t.Errorf("only %d messages were acknowledged", n)
				}
				r.RequireSettled()
			})
		})
	}
}

// TestTheOnlyMessageOfARunIsLost: no other message of its run shows the log that it
// lacks one, and the router has taken it. What comes again in its place shows it.
func TestTheOnlyMessageOfARunIsLost(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		f := r.Host("MV").Actor("accesslog").Drop(ringtest.Nth(1, "Append"))
		must(t, r.Client("PA").Send("text"))
		r.RequireSettled()
		if f.Fired() != 1 {
			t.Errorf("%d were dropped", f.Fired())
		}
	})
}

// TestMailComesTwice: what may be had twice is.
func TestMailComesTwice(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		f := mv.Actor("router").Duplicate(ringtest.Every("Appended"))
		before := mv.Count(reported)
		must(t, r.Client("MV").Send("text"))
		time.Sleep(time.Second)
		if f.Fired() == 0 || mv.Count(reported) != before {
			t.Errorf("%v fired %d times", f, f.Fired())
		}
		r.RequireSettled()
	})
}

// TestAnActorThatRefusesToStart comes up after some refusals; after too many its
// host has failed for good, and says so.
func TestAnActorThatRefusesToStart(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		mv := r.Host("MV")
		refusal := mv.Actor("router").RefuseStart(3)
		mv.Actor("router").Panic(ringtest.Nth(1, "Take"))
		must(t, r.Client("MV").Send("text"))
		if refusal.Fired() != 3 || mv.Failed() {
			t.Errorf("it refused %d times; failed: %v", refusal.Fired(), mv.Failed())
		}
		refusal = mv.Actor("router").RefuseStart(20)
		mv.Actor("router").Panic(ringtest.Nth(1, "Take"))
		_ = r.Client("MV").Send("text") // nobody can answer
		r.Await("the failure", mv.Failed)
		if err := mv.Ready(); err == nil || !strings.Contains(err.Error(), "refusal to start") {
			t.Errorf("its failure is %v", err)
		}
		refusal.Heal()
		mv.Restart()
		r.RequireSettled()
	})
}

// TestLinks: latency and rate are exact, and there is a way around.
func TestLinks(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		c := r.ClientWith(client.Config{Hosts: r.Addresses()[:1], MinCopies: 3, Timeout: 20 * time.Second})
		mv, pa := r.Host("MV"), r.Host("PA")
		round := func() time.Duration {
			began := time.Now()
			must(t, c.Send(strings.Repeat("t", 100)))
			return time.Since(began)
		}
		if took := round(); took != 0 {
			t.Errorf("without faults it takes %v", took)
		}
		slow := mv.To(pa).Slow(300*time.Millisecond, 0)
		if took := round(); took != 300*time.Millisecond {
			t.Errorf("over a slow link it takes %v", took)
		}
		back := pa.To(mv).Slow(50*time.Millisecond, 0)
		if took := round(); took != 350*time.Millisecond {
			t.Errorf("over two slow links it takes %v", took)
		}
		slow.Heal()
		back.Heal()
		limit := mv.To(pa).Limit(1000)
		if took := round(); took < 100*time.Millisecond || took > time.Second {
			t.Errorf("over a thin link it takes %v", took)
		}
		limit.Heal()
		dropped := mv.To(pa).Drop()
		time.AfterFunc(3*time.Second, dropped.Heal)
		if took := round(); took == 0 || took >= 3*time.Second {
			t.Errorf("around a link that drops all it takes %v", took)
		}
		if frames, writes := mv.To(pa).Sent("Data"); frames < 4 || writes < 4 || writes > frames {
			t.Errorf("%d frames in %d writes", frames, writes)
		}
	}, ringtest.SyncTakes(0))
}

// TestBrokenLinks: each way to break a connection breaks it once, and it comes back.
func TestBrokenLinks(t *testing.T) {
	for name, breaks := range map[string]func(l *ringtest.Link) *ringtest.Fault{
		"corrupt": func(l *ringtest.Link) *ringtest.Fault { return l.Corrupt(0, 4, ringtest.Nth(2, "Data")) },
		"vanish":  func(l *ringtest.Link) *ringtest.Fault { return l.Vanish(ringtest.Nth(2, "Data")) },
		"stall":   func(l *ringtest.Link) *ringtest.Fault { return l.Stall(ringtest.Nth(2, "Data")) },
		"cut":     func(l *ringtest.Link) *ringtest.Fault { return l.CutAfter(10, ringtest.Nth(2, "Data")) },
		"sever": func(l *ringtest.Link) *ringtest.Fault {
			f := l.Sever()
			time.AfterFunc(time.Second, f.Heal)
			return f
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				f := breaks(r.Host("MV").To(r.Host("PA")))
				must(t, r.Client("MV").Send(texts("text", 5)...))
				time.Sleep(10 * time.Second)
				if f.Fired() != 1 {
					t.Errorf("it fired %d times", f.Fired())
				}
				f.Heal()
				r.RequireSettled()
			})
		})
	}
}

// TestDisks: a disk that fails is answered for by its host, and by no other.
func TestDisks(t *testing.T) {
	for name, breaks := range map[string]func(d *ringtest.Disk) *ringtest.Fault{
		"full":        func(d *ringtest.Disk) *ringtest.Fault { return d.Fill(5) },
		"errors":      func(d *ringtest.Disk) *ringtest.Fault { return d.Fail(nil, ringtest.Every("write")) },
		"others":      func(d *ringtest.Disk) *ringtest.Fault { return d.Fail(syscall.EROFS, ringtest.Every("sync")) },
		"short write": func(d *ringtest.Disk) *ringtest.Fault { return d.ShortWrite(3, ringtest.When{}) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				c := r.Client("MV")
				must(t, c.Send("before"))
				f := breaks(r.Host("MV").Disk())
				var refused *client.RefusedError
				// The first message may be lost: it is what shows that the disk is bad.
				_ = c.Send("shows it")
				if err := c.Send("meanwhile"); !errors.As(err, &refused) || refused.Refusal != client.RefusalStorage {
					t.Errorf("the answer is %v", err)
				}
				must(t, r.Client("PA").Send("to another"))
				f.Heal()
				r.Await("the host", func() bool { return r.Host("MV").Ready() == nil })
				must(t, c.Send("after"))
				r.RequireSettled()
			})
		})
	}
}

// TestTampering: what others do to the files heals.
func TestTampering(t *testing.T) {
	for name, tamper := range map[string]func(d *ringtest.Disk) error{
		"cut":    func(d *ringtest.Disk) error { return d.Cut("access.log", 10) },
		"delete": func(d *ringtest.Disk) error { return d.Delete("access.log") },
		"rename": func(d *ringtest.Disk) error { return d.Rename("access.log", "access.log.7") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *ringtest.Ring) {
				must(t, r.Client("PA").Send(texts("text", 50)...))
				time.Sleep(5 * time.Second)
				must(t, tamper(r.Host("MV").Disk()))
				must(t, r.Client("PA").Send(texts("more", 50)...))
				time.Sleep(5 * time.Second)
				r.RequireSettled()
			})
		})
	}
}

// TestAFlippedBit is found at the next start, when it is looked at.
func TestAFlippedBit(t *testing.T) {
	inBubble(t, func(t *testing.T, r *ringtest.Ring) {
		must(t, r.Client("PA").Send(texts("text", 50)...))
		time.Sleep(5 * time.Second)
		mv := r.Host("MV")
		mv.Stop()
		must(t, mv.Disk().Flip("access.log", 300, 1))
		if err := mv.Disk().Flip("access.log", 1<<20, 1); err == nil {
			t.Error("a byte that is not there can be flipped")
		}
		mv.Start()
		r.RequireSettled()
		if r.Said("was damaged") == 0 {
			t.Error("nobody says that there was damage")
		}
	})
}
