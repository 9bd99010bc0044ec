package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"xlattice.org/zog/internal/config"
	"xlattice.org/zog/internal/test/check"
	"xlattice.org/zog/internal/test/daemons"
	"xlattice.org/zog/internal/test/figures"
)

// size is how many hosts a ring has.
const size = 5

// stage is the ring of one attack. It is for one goroutine, apart from what clients and the attacker
// read.
type stage struct {
	*rig
	*daemons.Ring
	attack  *attack
	honest  [2]*honest // of the attacked host, and of the other
	new     *honest    // dials anew for each message
	from    [phases]time.Time
	to      [phases]time.Time
	figure  figure
	before  int64 // bytes in the log directory of the attacked daemon
	records []check.Message
	certs   *certificates // nil without --tls
	greeted chan struct{} // closed when a host that was away has asked the liar
}

// play runs an attack once, and leaves nothing running. After an error the figure has what was
// measured until then.
func (r *rig) play(ctx context.Context, a *attack) (figure, error) {
	f := figure{Attack: a.name, Verify: "-"}
	dir, err := os.MkdirTemp(r.dir, "ring-")
	if err != nil {
		return f, err
	}
	s := &stage{rig: r, attack: a, figure: f, greeted: make(chan struct{})}
	if s.Ring, err = r.newRing(dir); err != nil {
		return f, err
	}
	defer s.Clear()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // the clients end before the daemons do
	err = s.perform(ctx)
	if err == nil && !r.keep && len(r.missed(&s.figure)) == 0 {
		s.Clear()
		err = os.RemoveAll(dir) // the next attack may need the space
	}
	return s.figure, err
}

// newRing returns a ring with its files in a directory. No host runs.
func (r *rig) newRing(dir string) (*daemons.Ring, error) {
	ring := config.Loopback(size)
	if err := daemons.FreePorts(ring); err != nil {
		return nil, fmt.Errorf("%w: %w", errSkipped, err)
	}
	return daemons.New(dir, r.zog, ring)
}

// perform runs all phases, and checks the logs.
func (s *stage) perform(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	if err := s.phase(ctx, before, s.baseline()); err != nil {
		return err
	}
	a, end := s.startAttack(ctx)
	err := s.underAttack(ctx)
	end()
	if err == nil {
		err = s.phase(ctx, after, s.baseline())
	}
	s.figure.Wrong = append(s.figure.Wrong, a.failures...)
	s.finish(a)
	if err != nil {
		return err
	}
	if err := s.recover(ctx); err != nil {
		return err
	}
	return s.audit()
}

// baseline returns how long the ring is measured before and after the attack.
func (s *stage) baseline() time.Duration { return s.seconds * 3 / 5 }

// start starts daemons and clients, and stops the hosts that must not run.
func (s *stage) start(ctx context.Context) error {
	if err := s.OnlyDefaults(); err != nil {
		return err
	}
	if s.tls {
		if err := s.newCertificates(ctx); err != nil {
			return err
		}
	}
	s.Inside = s.attack.inside
	for i := range s.Hosts {
		if err := s.Launch(i); err != nil {
			return err
		}
	}
	for i := range s.Hosts {
		if err := s.Await(ctx, s.Name(i)+" does not come up", func() bool { return s.Ready(i) }); err != nil {
			return err
		}
	}
	if err := s.AwaitLinks(ctx); err != nil {
		return err
	}
	for _, i := range s.attack.stopped {
		if err := s.Stop(i); err != nil {
			return err
		}
	}
	if s.attack.before != nil {
		if err := s.attack.before(ctx, s); err != nil {
			return err
		}
	}
	return s.startClients(ctx)
}

func (s *stage) startClients(ctx context.Context) (err error) {
	for i, host := range []int{attacked, other} {
		if s.honest[i], err = s.startHonest(ctx, host); err != nil {
			return err
		}
	}
	s.new = s.startNewcomer(ctx, attacked)
	s.before, _ = s.sizes()
	return nil
}

// startAttack starts the attack. The function that it returns ends the attack and waits for that.
func (s *stage) startAttack(ctx context.Context) (*attacker, func()) {
	ctx, cancel := context.WithTimeout(ctx, s.attack.lasts(s.seconds))
	a := &attacker{stage: s, ctx: ctx}
	stop := context.AfterFunc(ctx, a.close)
	struck := make(chan struct{})
	go func() {
		defer close(struck)
		s.figure.Did = s.attack.run(a)
	}()
	return a, func() {
		cancel()
		if stop() {
			a.close()
		}
		<-struck
		a.close() // also what was dialled meanwhile
	}
}

// underAttack is the phase of the attack.
func (s *stage) underAttack(ctx context.Context) error {
	if s.attack.meanwhile != nil {
		if err := s.attack.meanwhile(ctx, s); err != nil {
			return err
		}
	}
	cpu, began := s.cpu(), time.Now()
	err := s.phase(ctx, during, s.attack.lasts(s.seconds))
	s.figure.CPU = 100 * (s.cpu() - cpu).Seconds() / time.Since(began).Seconds()
	return err
}

// cpu returns the processor time of the attacked daemon.
func (s *stage) cpu() time.Duration {
	if p := s.Host(s.attack.victim); p != nil {
		return p.CPU()
	}
	return 0
}

// gap is the time between two phases. Messages due then count for neither, because they may wait in
// both.
const gap = 200 * time.Millisecond

// phase waits, and measures the memory of the attacked daemon meanwhile.
func (s *stage) phase(ctx context.Context, which int, lasts time.Duration) error {
	s.from[which] = time.Now()
	s.to[which] = s.from[which].Add(lasts)
	return s.Await(ctx, "", func() bool {
		s.figure.Memory = max(s.figure.Memory, mebibytes(int64(s.Memory(s.attack.victim))))
		return !time.Now().Before(s.to[which].Add(gap))
	})
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// sizes returns the bytes in the log directory of the attacked daemon, and those of error.log and
// error.log.1.
func (s *stage) sizes() (all, errorLog int64) {
	_ = filepath.WalkDir(s.LogDir(s.Name(s.attack.victim)), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // a file may be removed meanwhile
		}
		if info, err := d.Info(); err == nil {
			all += info.Size()
			if strings.HasPrefix(d.Name(), "error.log") {
				errorLog += info.Size()
			}
		}
		return nil
	})
	return all, errorLog
}

// finish ends the clients, and computes the figures from their results.
func (s *stage) finish(a *attacker) {
	for _, h := range []*honest{s.honest[0], s.honest[1], s.new} {
		if wrong := h.finish(); wrong != "" {
			s.figure.Wrong = append(s.figure.Wrong, wrong)
		}
		s.records = append(s.records, h.messages...)
	}
	s.records = append(s.records, a.messages...)
	for i, l := range []*[phases]latency{&s.figure.Attacked, &s.figure.Other} {
		for which := range phases {
			times, failed := s.honest[i].between(s.from[which], s.to[which])
			l[which] = newLatency(times)
			s.figure.Failed += failed
		}
	}
	times, failed := s.new.between(s.from[during], s.to[during])
	s.figure.Newcomer, s.figure.Failed = milliseconds(figures.Percentile(times, 100)), s.figure.Failed+failed
	all, errorLog := s.sizes()
	s.figure.Logs, s.figure.ErrorLog = mebibytes(all-s.before), mebibytes(errorLog)
}
