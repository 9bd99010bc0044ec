package journal_test

import (
	"errors"
	"io"
	"maps"
	"strings"
	"testing"
	"time"

	"xlattice.org/zog/internal/journal"
	"xlattice.org/zog/internal/marks"
	"xlattice.org/zog/internal/test/crashdisk"
)

// A script is a life of a journal, with all that may happen to it. The tests
// that use it let the machine crash, or an operation fail, at each place of it.

// step is a part of the script.
type step struct {
	name string
	do   func(k *harness) error
}

var (
	ss = marks.Run{Origin: "S", Boot: 9}
	xx = marks.Run{Origin: "X", Boot: 3}
)

func script() []step {
	return []step{
		{"nothing", func(k *harness) error { return k.log(la, 0) }},
		{"a line", func(k *harness) error { return k.log(la, 1) }},
		{"more lines", func(k *harness) error { return errors.Join(k.log(la, 2), k.log(ss, 1)) }},
		{"a rotation", func(k *harness) error { return k.log(la, 2) }},
		{"a long batch", func(k *harness) error { return k.log(ss, 40) }},
		{"another rotation", func(k *harness) error { return errors.Join(k.log(la, 3), k.log(la, 1), k.log(ss, 1)) }},
		{"a hole", func(k *harness) error { return k.Declare([]marks.Mark{{Run: xx, Seq: 5}}) }},
		{"behind the hole", func(k *harness) error { return k.log(xx, 3) }},
		{"damage to a sealed segment", damageSealed},
		{"the missing lines", func(k *harness) error { return errors.Join(k.log(la, 2), k.log(ss, 1)) }},
		{"salvaging", tend},
		{"damage to the active segment", damageActive},
		{"the lines after that", func(k *harness) error { return errors.Join(k.log(la, 1), k.log(xx, 1)) }},
		{"a failed sync", failSync},
		{"removal", removeActive},
		{"renaming to a segment", func(k *harness) error { return renameActive(k, "access.log.30") }},
		{"renaming to something else", func(k *harness) error { return renameActive(k, "old.log") }},
		{"a shift", shift},
		{"what will be cut", func(k *harness) error { return k.log(la, 2) }},
		{"truncation", truncateActive},
		{"age", age90},
		{"retirement", retire},
		{"taking a segment away", takeAway},
		{"oblivion", func(k *harness) error { _, err := k.Forget([]marks.Run{xx, la}); return err }},
		{"an end", func(k *harness) error { return k.Close() }},
	}
}

func tend(k *harness) error {
	_, err := k.Maintain()
	return err
}

// damageSealed flips a bit in the first of LA's lines and has it found.
func damageSealed(k *harness) error {
	if !strings.Contains(k.content("access.log.1"), "LA.7.2 no 2") {
		return nil // an earlier one took it
	}
	k.flip("access.log.1", "o 2\r")
	s := k.Scrubber()
	err := s.Next()
	if !errors.Is(err, journal.ErrDamaged) {
		return errors.Join(err, s.Close())
	}
	if err := s.Close(); err != nil {
		return err
	}
	_, err = k.Recover()
	return err
}

func damageActive(k *harness) error {
	if err := k.log(la, 2); err != nil {
		return err
	}
	k.flip("access.log", "LA")
	_, err := k.Recover()
	return err
}

func failSync(k *harness) error {
	heal := k.disk.Fail(crashdisk.Fault{Op: crashdisk.OpSync, Name: "access.log", Times: 1, Lose: true})
	defer heal()
	if err := k.log(ss, 1); err == nil || errors.Is(err, crashdisk.ErrCrashed) {
		return errors.Join(err, errors.New("it should fail"))
	}
	_, err := k.Recover()
	return err
}

func removeActive(k *harness) error {
	if err := k.log(la, 1); err != nil {
		return err
	}
	k.atRisk = k.content("access.log") // if the process ends, it is gone
	k.remove("access.log")
	if err := k.log(la, 1); err == nil || errors.Is(err, crashdisk.ErrCrashed) {
		return errors.Join(err, errors.New("it should fail"))
	}
	_, err := k.Recover()
	if err == nil {
		k.atRisk = ""
	}
	return err
}

func renameActive(k *harness, to string) error {
	if err := k.log(la, 1); err != nil {
		return err
	}
	if err := k.disk.Rename("log/access.log", "log/"+to); err != nil {
		return err
	}
	_, err := k.Reopen()
	return err
}

// shift gives each segment the number of the next, as logrotate does.
func shift(k *harness) error {
	if err := k.log(la, 1); err != nil {
		return err
	}
	names := k.names("")
	names = names[:len(names)-1]
	for i := len(names) - 1; i >= 0; i-- {
		if err := k.disk.Rename("log/"+names[i], "log/"+numbered(age(names[i])+1)); err != nil {
			return err
		}
	}
	if err := k.disk.Rename("log/access.log", "log/access.log.1"); err != nil {
		return err
	}
	if _, err := k.Reopen(); err == nil || errors.Is(err, crashdisk.ErrCrashed) {
		return errors.Join(err, errors.New("it should fail"))
	}
	_, err := k.Recover()
	return err
}

func truncateActive(k *harness) error {
	k.must(k.disk.Cut("log/access.log", 5))
	if err := tend(k); err == nil || errors.Is(err, crashdisk.ErrCrashed) {
		return errors.Join(err, errors.New("it should fail"))
	}
	_, err := k.Recover()
	return err
}

func age90(k *harness) error {
	k.SetPolicy(time.Hour, 0, 0)
	defer k.SetPolicy(0, 0, 0)
	if err := k.log(la, 1); err != nil {
		return err
	}
	k.now = k.now.Add(90 * time.Minute)
	return tend(k)
}

func retire(k *harness) error {
	k.SetPolicy(0, 0, 300)
	defer k.SetPolicy(0, 0, 0)
	return tend(k)
}

func takeAway(k *harness) error {
	if err := errors.Join(k.log(la, 4), k.log(la, 1)); err != nil {
		return err
	}
	k.remove(k.names("")[0])
	r := k.Reader(new(marks.Vector))
	_, err := r.Next()
	for err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, journal.ErrDamaged) {
		return errors.Join(err, r.Close())
	}
	if err := r.Close(); err != nil {
		return err
	}
	_, err = k.Recover()
	return err
}

// state is what is in the log.
type logState struct {
	lines map[string]bool
	marks *marks.Vector
	ever  *marks.Vector // what was the highest until now
}

func (k *harness) state() logState {
	s := logState{lines: make(map[string]bool), marks: k.Marks(), ever: k.Marks()}
	for l := range strings.Lines(k.onDisk()) {
		s.lines[l] = true
	}
	return s
}

// play plays the script, and returns the states before each step and after it.
func play(t *testing.T) []logState {
	k := open(t)
	states := []logState{k.state()}
	for _, s := range script() {
		if err := s.do(k); err != nil {
			t.Fatalf("%s: %v", s.name, err)
		}
		k.sound()
		now := k.state()
		for _, m := range states[len(states)-1].ever.Marks() {
			now.ever.Raise(m.Run, m.Seq)
		}
		states = append(states, now)
	}
	return states
}

// between fails unless the journal is between two states: it has what both
// have, and nothing that was never in it.
func (k *harness) between(before, after logState) {
	k.t.Helper()
	k.sound()
	now := k.state()
	for l := range before.lines {
		if after.lines[l] && !now.lines[l] && !strings.Contains(k.atRisk, l) {
			k.t.Fatalf("%q is lost; the log is\n%s", l, k.onDisk())
		}
	}
	for _, m := range now.marks.Marks() {
		if m.Seq > after.ever.Seq(m.Run) {
			k.t.Fatalf("%v has come out of nowhere; the log is\n%s", m, k.onDisk())
		}
	}
	for run := range maps.Keys(runs(before.marks, after.marks, now.marks)) {
		if first := now.marks.First(run); first > max(before.marks.First(run), after.marks.First(run)) {
			k.t.Fatalf("%v is held only from %d on", run, first)
		}
		if seq := now.marks.Seq(run); seq < min(before.marks.Seq(run), after.marks.Seq(run)) && k.atRisk == "" {
			k.t.Fatalf("%v is marked only up to %d", run, seq)
		}
	}
}

func runs(tables ...*marks.Vector) map[marks.Run]bool {
	all := make(map[marks.Run]bool)
	for _, t := range tables {
		for _, m := range t.Marks() {
			all[m.Run] = true
		}
	}
	return all
}
