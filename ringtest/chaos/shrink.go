package chaos

import (
	"slices"
	"time"
)

// Shrink looks for a shorter schedule that still fails. fails plays a schedule on a ring of its own
// and returns whether it failed; it is called at most budget times, and never twice for the same
// schedule. s must have failed. Shrink returns the shortest schedule that failed, or s.
//
// First it leaves out steps, halves of them and then fewer at a time, until it can leave out no more
// (the algorithm is Zeller's ddmin). Then it removes idle time and reduces durations and counts. A
// schedule that keeps the rule of [Config.MayBegin] still keeps it then.
func Shrink(s Schedule, fails func(Schedule) bool, budget int) Schedule {
	k := &shrinker{best: clone(s), fails: fails, budget: budget, tried: map[string]bool{s.String(): true}}
	k.leaveOut()
	for k.simplify() {
		k.leaveOut()
	}
	return k.best
}

type shrinker struct {
	best   Schedule // the shortest that failed
	fails  func(Schedule) bool
	budget int
	tried  map[string]bool // by text
}

// try plays a schedule, unless it was played before or the budget is used up, and keeps it if it
// fails.
func (k *shrinker) try(s Schedule) bool {
	text := s.String()
	if k.budget <= 0 || k.tried[text] {
		return false
	}
	k.tried[text] = true
	k.budget--
	if !k.fails(clone(s)) {
		return false
	}
	k.best = s
	return true
}

// leaveOut leaves out steps as long as the schedule still fails.
func (k *shrinker) leaveOut() {
	if len(k.best.Steps) == 0 || k.try(k.with(nil)) {
		return
	}
	for parts := 2; len(k.best.Steps) > 1 && k.budget > 0; {
		switch n := len(k.best.Steps); {
		case k.keepOne(parts):
			parts = 2
		case k.leaveOne(parts):
			parts = max(parts-1, 2)
		case parts < n:
			parts = min(2*parts, n)
		default:
			return
		}
	}
}

// keepOne tries each part of the steps alone.
func (k *shrinker) keepOne(parts int) bool {
	steps := k.best.Steps
	for i := range parts {
		from, to := i*len(steps)/parts, (i+1)*len(steps)/parts
		if k.try(k.with(steps[from:to])) {
			return true
		}
	}
	return false
}

// leaveOne tries to leave out each part of the steps, the last ones first: steps after the failure
// are not needed.
func (k *shrinker) leaveOne(parts int) bool {
	steps := k.best.Steps
	for i := parts - 1; i >= 0; i-- {
		from, to := i*len(steps)/parts, (i+1)*len(steps)/parts
		if k.try(k.with(slices.Concat(steps[:from], steps[to:]))) {
			return true
		}
	}
	return false
}

// with returns the best schedule with other steps.
func (k *shrinker) with(steps []Step) Schedule {
	s := k.best
	s.Steps = slices.Clone(steps)
	return s
}

// simplify tries, once, each change that makes the schedule simpler with the same steps. It returns
// false if none could be kept.
func (k *shrinker) simplify() bool {
	simpler := false
	for i := range k.best.Steps {
		simpler = k.try(sooner(k.best, i)) || simpler
		for _, change := range []func(Step) Step{lessFor, lessN, lessAmount} {
			for k.try(changed(k.best, i, change)) {
				simpler = true
			}
		}
	}
	for k.try(endSooner(k.best)) {
		simpler = true
	}
	return simpler
}

// idle is the longest time without a fault that Shrink leaves: the most that the rule for steps that
// take data requires.
const idle = 90 * second

// sooner shortens the time without a fault before a step to idle.
func sooner(s Schedule, i int) Schedule {
	s = clone(s)
	over := time.Duration(0)
	for _, step := range s.Steps[:i] {
		over = max(over, step.End())
	}
	if by := s.Steps[i].At - over - idle; by > 0 {
		for j := range s.Steps[i:] {
			s.Steps[i+j].At -= by
		}
		s.Lasts -= by
	}
	return s
}

// endSooner halves the time after the last fault.
func endSooner(s Schedule) Schedule {
	s = clone(s)
	over := time.Duration(0)
	for _, step := range s.Steps {
		over = max(over, step.End())
	}
	s.Lasts = over + (s.Lasts-over)/2/second*second
	return s
}

// changed returns a schedule with a step changed. The times at which steps begin stay the same.
func changed(s Schedule, i int, change func(Step) Step) Schedule {
	s = clone(s)
	s.Steps[i] = change(s.Steps[i])
	return s
}

func lessFor(s Step) Step {
	if half := round(s.For / 2); half < s.For && half > 0 {
		s.For = half
	}
	return s
}

func lessN(s Step) Step {
	if s.N/2 != 0 {
		s.N /= 2
	}
	return s
}

// lessAmount does not shorten the time in which clients are kept away before data is taken.
func lessAmount(s Step) Step {
	if half := s.Amount / 2 / ms * ms; half != 0 && !byKind[s.Kind].holdsClients {
		s.Amount = half
	}
	return s
}

// clone returns a schedule whose steps are its own.
func clone(s Schedule) Schedule {
	s.Steps = slices.Clone(s.Steps)
	return s
}
