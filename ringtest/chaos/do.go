package chaos

import (
	"cmp"
	"io/fs"
	"time"

	"xlattice.org/zog/ringtest"
)

// do carries out a step, and returns when it is over.
func (p *player) do(s Step) {
	switch s.Kind {
	case Crash, Restart, Wipe, Backup, Flip:
		p.takeDown(s)
	case CutLog:
		p.cutLog(s)
	case ClockStep:
		clock := p.host(s).Clock()
		clock.Step(s.Amount)
		time.Sleep(s.For)
		clock.Step(-s.Amount)
	case Reset:
		p.link(s).Reset()
	default:
		faults := p.inject(s)
		time.Sleep(cmp.Or(s.For, moment))
		for _, f := range faults {
			f.Heal()
		}
	}
}

// moment is how long a fault without For waits for a frame to hit.
const moment = 30 * time.Second

func (p *player) host(s Step) *target { return p.hosts[s.Hosts[0]] }

func (p *player) link(s Step) *ringtest.Link {
	return p.host(s).To(p.hosts[s.Hosts[1]].Host)
}

// takeDown carries out a step in which a host is down for a while.
func (p *player) takeDown(s Step) {
	h := p.host(s)
	switch s.Kind {
	case Crash:
		h.takeDown(map[string]func(){"synced": h.PowerCut, "all": h.Crash, "some": h.PowerCutTorn}[s.Mode])
	case Restart:
		h.takeDown(h.stop)
	case Wipe:
		defer p.holdClients(h, s.Amount).Heal()
		h.takeDown(func() { h.stop(); h.Wipe() })
	case Backup:
		copied := h.Backup()
		time.Sleep(s.For)
		defer p.holdClients(h, s.Amount).Heal()
		h.takeDown(func() { h.stop(); h.Restore(copied) })
		h.bringUp()
		return
	case Flip:
		defer p.holdClients(h, s.Amount).Heal()
		h.takeDown(func() { h.stop(); h.flip(int64(s.N)) })
	}
	time.Sleep(s.For)
	h.bringUp()
}

// holdClients keeps clients away from a host, and returns after a while.
func (p *player) holdClients(h *target, while time.Duration) *ringtest.Fault {
	f := h.Shun()
	time.Sleep(while)
	return f
}

// stop stops the host cleanly, or kills it if that fails.
func (h *target) stop() { h.player.addTrouble("did not stop", h.TryStop()) }

// flip inverts the nth bit from the end of the log, over all its segments.
func (h *target) flip(n int64) {
	segments, sizes := h.segments()
	for i := len(segments) - 1; i >= 0; i-- {
		if bits := 8 * sizes[i]; n <= bits {
			at := bits - n
			_ = h.Disk().Flip(segments[i], at/8, 1<<(at%8)) // the byte is there
			return
		}
		n -= 8 * sizes[i]
	}
}

// cutLog cuts the end off the log.
func (p *player) cutLog(s Step) {
	h := p.host(s)
	defer p.holdClients(h, s.Amount).Heal()
	segments, sizes := h.segments()
	if last := len(segments) - 1; last >= 0 {
		_ = h.Disk().Cut(segments[last], max(0, sizes[last]-int64(s.N))) // the file is there
	}
}

// segments returns the segments of the log, the oldest first, and their sizes.
func (h *target) segments() (names []string, sizes []int64) {
	files := h.Files()
	for _, name := range h.Segments() {
		if info, err := fs.Stat(files, name); err == nil {
			names, sizes = append(names, name), append(sizes, info.Size())
		}
	}
	return names, sizes
}

// inject injects the faults of a step that lasts until they are healed.
func (p *player) inject(s Step) []*ringtest.Fault {
	for _, on := range []func(Step) []*ringtest.Fault{p.onLink, p.onDisk, p.onActor, p.onMail, p.onRing} {
		if faults := on(s); faults != nil {
			return faults
		}
	}
	panic("chaos: no player for " + string(s.Kind))
}

// onRing injects the faults of a step that concerns whole hosts.
func (p *player) onRing(s Step) []*ringtest.Fault {
	switch s.Kind {
	case Pause:
		return p.host(s).pause()
	case Unplug:
		return []*ringtest.Fault{p.host(s).Unplug()}
	case ClockSkew:
		return []*ringtest.Fault{p.host(s).Clock().Skew(float64(s.N))}
	case Partition:
		return []*ringtest.Fault{p.ring.Partition(p.names(s.Hosts))}
	case Flap:
		return []*ringtest.Fault{p.ring.Flap(s.Amount, p.names(s.Hosts))}
	}
	return nil
}

// pause pauses a host, unless it is down because it failed to start.
func (h *target) pause() []*ringtest.Fault {
	h.lock <- struct{}{}
	defer func() { <-h.lock }()
	if !h.Up() {
		h.player.addTrouble("not paused", h.Ready())
		return []*ringtest.Fault{}
	}
	return []*ringtest.Fault{h.Pause()}
}

// onDisk injects the fault of a step that concerns a disk.
func (p *player) onDisk(s Step) []*ringtest.Fault {
	disk := p.host(s).Disk()
	switch {
	case s.Kind == Full:
		return []*ringtest.Fault{disk.Fill(0)}
	case s.Kind == DiskError:
		return []*ringtest.Fault{disk.Fail(nil, ringtest.When{Of: s.Of, Times: s.N})}
	case s.Kind == Short:
		return []*ringtest.Fault{disk.ShortWrite(s.N, ringtest.Nth(1, ""))}
	case s.Kind == SyncFail && s.Mode == "lose":
		return []*ringtest.Fault{disk.FailSync(ringtest.Nth(1, ""))}
	case s.Kind == SyncFail:
		return []*ringtest.Fault{disk.Fail(nil, ringtest.Nth(1, "sync"))}
	case s.Kind == Hang:
		return []*ringtest.Fault{disk.Hang(s.Of)}
	}
	return nil
}

// onActor injects the faults of a step that concerns what an actor does.
func (p *player) onActor(s Step) []*ringtest.Fault {
	h := p.host(s)
	switch {
	case s.Kind == Panic && s.Mode == "after":
		return []*ringtest.Fault{h.Actor("").PanicAfter(ringtest.Nth(s.N, s.Of))}
	case s.Kind == Panic:
		return []*ringtest.Fault{h.Actor("").Panic(ringtest.Nth(s.N, s.Of))}
	case s.Kind == Refuse: // the panic makes the supervisor start the actor again
		return []*ringtest.Fault{h.Actor(s.Of).RefuseStart(s.N), h.Actor(s.Of).Panic(ringtest.Nth(1, ""))}
	case s.Kind == HangActor:
		return []*ringtest.Fault{h.Actor(s.Of).Hang(ringtest.Every(""))}
	}
	return nil
}

// onMail injects the fault of a step that concerns the delivery of messages.
func (p *player) onMail(s Step) []*ringtest.Fault {
	all, when := p.host(s).Actor(""), ringtest.When{Of: s.Of, Times: s.N}
	switch s.Kind {
	case Drop:
		return []*ringtest.Fault{all.Drop(when)}
	case Delay:
		return []*ringtest.Fault{all.Delay(s.Amount, when)}
	case Duplicate:
		return []*ringtest.Fault{all.Duplicate(when)}
	case Reorder:
		return []*ringtest.Fault{all.Reorder(when)}
	}
	return nil
}

// frame is the approximate size of a frame, in bytes.
const frame = 64

// onLink injects the faults of a step that concerns a pair of hosts.
func (p *player) onLink(s Step) []*ringtest.Fault {
	if byKind[s.Kind].hosts != pair {
		return nil
	}
	there := p.link(s)
	back := p.hosts[s.Hosts[1]].To(p.host(s).Host)
	switch s.Kind {
	case OneWay:
		return []*ringtest.Fault{there.Drop()}
	case Sever:
		return []*ringtest.Fault{there.Sever(), back.Sever()}
	case Cut:
		if s.Mode == "frames" {
			return []*ringtest.Fault{there.CutAfter(1, ringtest.Nth(s.N, ""))}
		}
		return []*ringtest.Fault{there.CutAfter(s.N%frame, ringtest.Nth(1+s.N/frame, ""))}
	case Stall:
		return []*ringtest.Fault{there.Stall(ringtest.Every("")), back.Stall(ringtest.Every(""))}
	case HalfClose:
		return []*ringtest.Fault{there.HalfClose(ringtest.Nth(1, ""))}
	case Corrupt:
		// The tag of the frame's body: a wrong byte in a text would not be detected.
		return []*ringtest.Fault{there.Corrupt(0, 4, ringtest.Nth(s.N, s.Of))}
	case Latency:
		return []*ringtest.Fault{there.Slow(s.Amount, 0)}
	case Rate:
		return []*ringtest.Fault{there.Limit(int64(s.N))}
	}
	return nil
}
